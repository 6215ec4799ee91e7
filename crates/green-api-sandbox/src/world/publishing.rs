//! How statuses are published and seen.

use std::time::Duration;

use super::World;
use super::messages::{MessageStatus, person_id};
use super::statuses::{Published, Status, StatusContent};

/// For how long others see a status.
const VISIBLE: Duration = Duration::from_secs(24 * 60 * 60);

/// How many are kept: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;

impl World {
    /// Publishes a status for the chat ids that it is meant for, or for everybody if the list is empty.
    pub(crate) fn publish(
        &mut self,
        author: &str,
        content: StatusContent,
        meant_for: Vec<String>,
        sent_by: Option<u64>,
    ) -> String {
        let (id, now, own) = (self.new_message_id(), self.now, person_id(author));
        let knows = self
            .people
            .iter()
            .filter(|(number, person)| person.contacts.contains_key(&own) && *number != author);
        let audience = knows
            .map(|(number, _)| number)
            .filter(|number| meant_for.is_empty() || meant_for.contains(&person_id(number)));
        let views = audience
            .map(|number| {
                let status = if self.is_reachable(number) {
                    MessageStatus::Delivered
                } else {
                    MessageStatus::Sent
                };
                (number.clone(), (status, now))
            })
            .collect();
        let status = Status {
            id: id.clone(),
            author: own.clone(),
            content,
            at: now,
        };
        self.statuses.push(Published {
            status,
            author: author.to_owned(),
            sent_by,
            meant_for,
            views,
            deleted: false,
        });
        if self.statuses.len() > KEPT {
            self.statuses.remove(0);
        }
        self.changed = true;
        id
    }

    /// Returns the statuses of others that reached somebody, newest first.
    pub(crate) fn statuses_for<'w>(
        &'w self,
        number: &'w str,
    ) -> impl Iterator<Item = &'w Published> {
        self.statuses
            .iter()
            .rev()
            .filter(move |published| published.views.contains_key(number))
    }

    /// Returns the statuses that somebody published, newest first.
    pub(crate) fn statuses_by<'w>(
        &'w self,
        number: &'w str,
    ) -> impl Iterator<Item = &'w Published> {
        self.statuses
            .iter()
            .rev()
            .filter(move |published| published.author == number)
    }

    /// Returns the statuses that somebody can see now, newest first.
    pub(crate) fn visible_statuses(&self, number: &str) -> Vec<Status> {
        let visible = self
            .statuses_for(number)
            .filter(|published| !published.deleted && self.now < published.status.at + VISIBLE);
        visible.map(|published| published.status.clone()).collect()
    }

    /// Marks a status as seen by somebody and returns whether it had reached them.
    pub(crate) fn view_status(&mut self, number: &str, id: &str) -> bool {
        self.changed = true;
        let view = self
            .statuses
            .iter_mut()
            .find(|published| published.status.id == id)
            .and_then(|published| published.views.get_mut(number));
        view.map(|view| *view = (MessageStatus::Read, self.now))
            .is_some()
    }
}
