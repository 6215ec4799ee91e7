//! The journals: which instance has a message in its own, and from when on.

use std::time::{Duration, SystemTime};

use super::World;
use super::account::Account;
use super::calls::Call;
use super::messages::Message;
use super::notifications::{self, Direction};

/// The latest that a journal has what happened, by the documentation.
pub(crate) const MAX_JOURNAL_DELAY: Duration = Duration::from_secs(120);

impl World {
    /// Writes a message down in the journal of every instance that is linked to this number and whose settings ask for its kind.
    pub(super) fn write_down(&mut self, id: &str, viewer: &str, direction: Direction<'_>) {
        let now = self.now;
        let Some(message) = self.messages.get_mut(id) else {
            return;
        };
        let writes = |account: &&Account| {
            account.is_linked_to(viewer)
                && notifications::kind_of_message(account, message, direction).is_some()
        };
        let writers = self.accounts.values().filter(writes);
        let writers: Vec<u64> = writers.map(|account| account.id).collect();
        for instance in writers {
            message.noted.entry(instance).or_insert(now);
        }
    }

    /// Returns the messages in the journal of an instance that somebody is linked to, newest first.
    pub(crate) fn journal<'w>(
        &'w self,
        instance: u64,
        number: &'w str,
    ) -> impl Iterator<Item = &'w Message> {
        let shows = move |message: &&Message| {
            let noted = message.noted.get(&instance);
            noted.is_some_and(|noted| self.is_journaled(*noted))
        };
        self.messages.of(number).filter(shows)
    }

    /// Returns whether a call is in the journal of an instance: it is over, and the settings asked for it.
    pub(crate) fn has_call(&self, instance: u64, call: &Call) -> bool {
        call.noted_by.contains(&instance) && self.is_journaled(call.at + call.length())
    }

    /// Returns whether what happened at this time is in the journals by now.
    fn is_journaled(&self, at: SystemTime) -> bool {
        at + self.options.journal_delay <= self.now
    }
}
