//! The sending queue of an instance.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::messages::{Content, Peer};

/// How long the server keeps a message that it cannot send.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The messages of one instance that have not been sent yet, oldest first.
#[derive(Default)]
pub(crate) struct Outbox {
    pub(super) waiting: VecDeque<Queued>,
    pub(super) last_sent: Option<SystemTime>,
    /// The wake-up that was asked for last. While it is to come, it need not be asked for again.
    pub(super) wake: Option<SystemTime>,
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
    /// The operation, as `showMessagesQueue` names it.
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
    /// Returns the requests that wait, the next one first.
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
