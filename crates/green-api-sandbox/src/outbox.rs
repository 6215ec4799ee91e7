//! The sending queue of an instance.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::account::Account;
use crate::messages::{Content, Draft, Peer};
use crate::state::State;
use crate::world::{Event, World};

/// How long the server keeps a message that it cannot send.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause between two messages when the settings do not say.
const PAUSE: u64 = 500;

/// The messages of one instance that have not been sent yet, oldest first.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Queued>,
    last_sent: Option<SystemTime>,
    /// The wake-up that was asked for last. While it is to come, it need not be asked for again.
    wake: Option<SystemTime>,
}

/// One request that waits to be carried out.
pub(crate) struct Queued {
    /// The ids that were answered: one, or as many as are forwarded.
    pub(crate) ids: Vec<String>,
    pub(crate) peer: Peer,
    pub(crate) load: Load,
    /// How long the account is shown as typing first.
    pub(crate) typing: Duration,
    pub(crate) since: SystemTime,
    /// The method, as `showMessagesQueue` names it.
    pub(crate) kind: String,
    /// The request, as `showMessagesQueue` shows it.
    pub(crate) body: Value,
}

/// What is to be sent.
pub(crate) enum Load {
    Message {
        content: Content,
        quoted: Option<String>,
    },
    /// The ids of messages that are forwarded.
    Forward(Vec<String>),
}

impl Outbox {
    /// What waits, the next one first.
    pub(crate) fn waiting(&mut self, now: SystemTime) -> &VecDeque<Queued> {
        while self
            .waiting
            .front()
            .is_some_and(|queued| queued.since + RETENTION <= now)
        {
            self.waiting.pop_front();
        }
        &self.waiting
    }

    pub(crate) fn push(&mut self, queued: Queued) {
        // Where nobody is linked, nobody looks, and the queue must not fill the memory.
        self.waiting(queued.since);
        self.waiting.push_back(queued);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}

impl Account {
    /// When the next message is to leave; `None` while none can.
    fn next_sending(&mut self, now: SystemTime) -> Option<SystemTime> {
        // With `yellowCard` they leave, and WhatsApp refuses them.
        if !matches!(
            self.state(),
            State::Authorized | State::SleepMode | State::YellowCard
        ) {
            return None;
        }
        let pause = self
            .settings
            .get("delaySendMessagesMilliseconds")
            .and_then(Value::as_u64)
            .unwrap_or(PAUSE);
        let last_sent = self.outbox.last_sent;
        let head = self.outbox.waiting(now).front()?;
        let rested = last_sent.map_or(head.since, |last_sent| {
            last_sent + Duration::from_millis(pause)
        });
        Some(rested.max(head.since) + head.typing)
    }
}

impl World {
    /// Puts a request into the sending queue of an instance.
    pub(crate) fn enqueue(&mut self, instance: u64, queued: Queued) {
        if let Some(account) = self.accounts.get_mut(&instance) {
            account.outbox.push(queued);
        }
        self.stirred = true;
        self.send_what_is_due(instance);
    }

    /// Sends whatever is due in the queue of an instance, and makes a note of when to look again.
    pub(crate) fn send_what_is_due(&mut self, instance: u64) {
        let now = self.now;
        while let Some(account) = self.accounts.get_mut(&instance)
            && let Some(due) = account.next_sending(now)
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
                    self.read(&sender, &queued.peer.chat_id(), None);
                }
                self.send(instance, &sender, queued);
            }
        }
    }

    fn send(&mut self, instance: u64, sender: &str, queued: Queued) {
        let draft = |content, quoted, forwarding_score| {
            let peer = queued.peer.clone();
            Draft {
                sender: sender.to_owned(),
                peer,
                content,
                quoted,
                forwarding_score,
                sent_by: Some(instance),
            }
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
                    let original = self
                        .messages
                        .get(&original)
                        .filter(|original| original.is_with(sender));
                    if let Some(original) = original.map(|original| {
                        (
                            original.draft.content.clone(),
                            original.draft.forwarding_score + 1,
                        )
                    }) {
                        self.post(id, draft(original.0, None, original.1));
                    }
                }
            }
        }
    }
}
