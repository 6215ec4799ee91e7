//! What is in the outbox, as it is read.

use std::fmt;
use std::time::SystemTime;

use green_api::{InstanceId, MessageId};
use serde_json::Value;

use super::{OutboxState, draft};
use crate::Error;
use crate::store::conn::Row;
use crate::store::{Store, time_of};

/// The columns that [`OutboxEntry::read`] reads, in this order.
pub(super) const COLUMNS: &str = "id, key, instance, chat, operation, state, priority, not_before, not_after, attempts, sending_since, message_id, problem, created, changed, input";

/// A message in the outbox and what became of it.
#[derive(Clone)]
pub struct OutboxEntry {
    pub(super) id: i64,
    key: String,
    instance: InstanceId,
    chat: String,
    operation: String,
    state: OutboxState,
    priority: i64,
    not_before: Option<SystemTime>,
    not_after: Option<SystemTime>,
    attempts: u32,
    in_doubt: bool,
    message_id: Option<MessageId>,
    problem: Option<String>,
    created: SystemTime,
    changed: SystemTime,
    input: Option<Value>,
}

impl OutboxEntry {
    pub(super) fn read(store: &Store, row: &Row) -> Result<Self, Error> {
        let key = row.text(1)?;
        let input = row.maybe_bytes(15)?;
        let input = input.map(|sealed| draft::read(&store.sealing().open(&key, sealed)?));
        let not_before = row.int(7)?;
        Ok(Self {
            id: row.int(0)?,
            key,
            instance: instance_id(row.int(2)?)?,
            chat: row.text(3)?,
            operation: row.text(4)?,
            state: OutboxState::of(row.int(5)?)?,
            priority: row.int(6)?,
            not_before: (not_before > 0).then(|| time_of(not_before)),
            not_after: row.maybe_int(8)?.map(time_of),
            attempts: u32::try_from(row.int(9)?).unwrap_or_default(),
            in_doubt: row.maybe_int(10)?.is_some(),
            message_id: row.maybe_text(11)?.map(MessageId::from),
            problem: row.maybe_text(12)?,
            created: time_of(row.int(13)?),
            changed: time_of(row.int(14)?),
            input: input.transpose()?,
        })
    }

    /// Returns the key that it was put in with.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the instance that sends it.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        self.instance
    }

    /// Returns the chat; `None` for a status, which goes to no chat.
    #[must_use]
    pub fn chat(&self) -> Option<&str> {
        Some(self.chat.as_str()).filter(|chat| !chat.is_empty())
    }

    /// Returns the documented name of the operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Returns the input of the operation under its documented names, without a file that was uploaded; `None` if it is kept no more.
    #[must_use]
    pub fn input(&self) -> Option<&Value> {
        self.input.as_ref()
    }

    /// Returns what became of it so far.
    #[must_use]
    pub fn state(&self) -> OutboxState {
        self.state
    }

    /// Returns `true` if it may have been sent and nobody knows.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Returns the id of the message, once it was sent.
    #[must_use]
    pub fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }

    /// Returns what went wrong, in words.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Returns its priority.
    #[must_use]
    pub fn priority(&self) -> i64 {
        self.priority
    }

    /// Returns when it is sent at the earliest, if that was set.
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        self.not_before
    }

    /// Returns when it is sent at the latest, if that was set.
    #[must_use]
    pub fn not_after(&self) -> Option<SystemTime> {
        self.not_after
    }

    /// Returns how often it was sent, as far as it may have left.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns when it was put in.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        self.created
    }

    /// Returns when its state last changed.
    #[must_use]
    pub fn changed(&self) -> SystemTime {
        self.changed
    }
}

impl fmt::Debug for OutboxEntry {
    // What people write, and to whom, is not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxEntry")
            .field("key", &self.key)
            .field("instance", &self.instance)
            .field("operation", &self.operation)
            .field("state", &self.state)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

pub(super) fn instance_id(number: i64) -> Result<InstanceId, Error> {
    InstanceId::try_from(number)
        .map_err(|_| Error::Unreadable(format!("{number} is not an instance")))
}
