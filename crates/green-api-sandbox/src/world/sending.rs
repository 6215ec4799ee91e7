//! How the sending queue of an instance empties itself.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::World;
use super::account::Account;
use super::agenda::Event;
use super::messages::Draft;
use super::outbox::{Load, Queued};
use super::state::State;

/// The default pause between two messages, in milliseconds.
const PAUSE: u64 = 500;

impl Account {
    /// Returns when the next message is to leave; `None` while none can.
    fn next_sending(&mut self, now: SystemTime, pause: Option<Duration>) -> Option<SystemTime> {
        // With `yellowCard` they leave, and WhatsApp refuses them.
        if !matches!(
            self.state(),
            State::Authorized | State::SleepMode | State::YellowCard
        ) {
            return None;
        }
        let pause = pause.unwrap_or_else(|| {
            let setting = self.settings.get("delaySendMessagesMilliseconds");
            Duration::from_millis(setting.and_then(Value::as_u64).unwrap_or(PAUSE))
        });
        let last_sent = self.outbox.last_sent;
        let head = self.outbox.waiting(now).front()?;
        let rested = last_sent.map_or(head.since, |last_sent| last_sent + pause);
        Some(rested.max(head.since) + head.typing)
    }
}

impl World {
    /// Returns how long the account is shown as typing before a message that does not say so itself, by the settings.
    pub(crate) fn auto_typing(&mut self, instance: u64) -> Duration {
        let time = self.account(instance).settings.get("autoTyping");
        Duration::from_millis(time.and_then(Value::as_u64).unwrap_or_default())
    }

    /// Puts a request into the sending queue of an instance.
    pub(crate) fn enqueue(&mut self, instance: u64, queued: Queued) {
        self.account(instance).outbox.push(queued);
        self.changed = true;
        self.send_what_is_due(instance);
    }

    /// Sends whatever is due in the queue of an instance, and schedules the next look.
    pub(crate) fn send_what_is_due(&mut self, instance: u64) {
        let now = self.now;
        let pause = self.options.sending_delay;
        while let Some(account) = self.accounts.get_mut(&instance)
            && let Some(due) = account.next_sending(now, pause)
        {
            if let Ok(wait) = due.duration_since(now)
                && !wait.is_zero()
            {
                if account.outbox.wake.replace(due) != Some(due) {
                    self.schedule(wait, Event::Sending(instance));
                }
                return;
            }
            account.outbox.last_sent = Some(now);
            let sender = account.phone.clone();
            let reads = account.wants("markIncomingMessagesReadedOnReply");
            if let (Some(queued), Some(sender)) = (account.outbox.waiting.pop_front(), sender) {
                if reads {
                    self.read_by(&sender, &queued.peer.chat_id(), None, true);
                }
                self.send(instance, &sender, queued);
            }
        }
    }

    fn send(&mut self, instance: u64, sender: &str, queued: Queued) {
        let draft = |content, quoted, forwarding_score| Draft {
            quoted,
            forwarding_score,
            sent_by: Some(instance),
            ..Draft::new(sender, queued.peer.clone(), content)
        };
        match queued.load {
            Load::Message { content, quoted } => {
                if let Some(id) = queued.ids.into_iter().next() {
                    self.post(id, draft(content, quoted, 0));
                }
            }
            Load::Forward(originals) => {
                for (id, original) in queued.ids.into_iter().zip(originals) {
                    // What does not exist, or not for this account, cannot be forwarded.
                    let original = self.messages.get(&original);
                    if let Some(original) = original.filter(|original| original.is_with(sender)) {
                        let (content, score) = original.draft.forwarded();
                        self.post(id, draft(content, None, score));
                    }
                }
            }
        }
    }
}
