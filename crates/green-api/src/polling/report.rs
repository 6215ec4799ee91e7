//! What the loop tells beside the notifications: what it has trouble with, and what it gives up.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Error;
use crate::types::Notification;

/// Whatever a handler fails with.
pub type BoxError = Box<dyn StdError + Send + Sync>;
/// The same, once it is kept.
pub type SharedError = Arc<dyn StdError + Send + Sync>;

/// What is given up, so that the notifications behind it can be handled; see [`Notifications::dead_letter`](crate::Notifications::dead_letter).
#[non_exhaustive]
pub enum DeadLetter {
    /// It was handled as often as allowed, and failed each time.
    Failed {
        /// The notification.
        notification: Box<Notification>,
        /// How often it was tried.
        attempts: u32,
        /// Why it failed the last time, if the handler said so.
        error: Option<SharedError>,
    },
    /// Not even its envelope can be read.
    Unreadable {
        /// What came, byte for byte. What is longer than 16 MiB ends there.
        raw: Vec<u8>,
        /// Why it cannot be read.
        error: Error,
    },
}

impl DeadLetter {
    /// The JSON of the notification, or what came instead of JSON; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            // A notification is a tree of texts and numbers, which is always JSON.
            Self::Failed { notification, .. } => serde_json::to_string(notification).unwrap_or_default().into(),
            Self::Unreadable { raw, .. } => String::from_utf8_lossy(raw),
        }
    }
}

impl fmt::Debug for DeadLetter {
    // What came can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { notification, attempts, error } => {
                f.debug_struct("Failed").field("kind", &notification.kind()).field("attempts", attempts).field("error", error).finish()
            }
            Self::Unreadable { raw, error } => f.debug_struct("Unreadable").field("raw_bytes", &raw.len()).field("error", error).finish(),
        }
    }
}

/// Something that the loop waits out by itself; see [`Notifications::on_trouble`](crate::Notifications::on_trouble).
///
/// `Display` is one sentence. It never holds a message, unless the error of a handler does.
#[derive(Debug)]
#[non_exhaustive]
pub enum Trouble<'a> {
    /// The server could not be asked.
    Receiving {
        /// Why.
        error: &'a Error,
        /// How long it is left alone.
        wait: Duration,
    },
    /// A notification was dealt with, but could not be deleted. It is deleted later, and not given out again.
    Deleting {
        /// Why.
        error: &'a Error,
        /// How long it is left alone.
        wait: Duration,
    },
    /// The head of the queue cannot be read. With a receipt it goes to the dead letters when it stays so; without one it cannot be deleted, and
    /// blocks the queue until the server drops it after 24 hours or `clearWebhooksQueue` does.
    Unreadable {
        /// Why.
        error: &'a Error,
        /// Its receipt, if there is one in it.
        receipt_id: Option<i64>,
        /// How long it is left alone.
        wait: Duration,
    },
    /// The handler failed, or dropped the notification.
    Handling {
        /// Which attempt it was, counted from 1.
        attempt: u32,
        /// Why, if the handler said so.
        error: Option<&'a (dyn StdError + Send + Sync)>,
        /// How long it is left alone.
        wait: Duration,
    },
    /// The dead letter was not taken. It is offered again.
    DeadLetter {
        /// Why.
        error: &'a (dyn StdError + Send + Sync),
        /// How long it is left alone.
        wait: Duration,
    },
}

impl Trouble<'_> {
    /// How long the loop waits before it goes on.
    #[must_use]
    pub fn wait(&self) -> Duration {
        match self {
            Self::Receiving { wait, .. }
            | Self::Deleting { wait, .. }
            | Self::Unreadable { wait, .. }
            | Self::Handling { wait, .. }
            | Self::DeadLetter { wait, .. } => *wait,
        }
    }
}

impl fmt::Display for Trouble<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receiving { error, .. } | Self::Deleting { error, .. } => write!(f, "{error}")?,
            Self::Unreadable { error, receipt_id: Some(receipt_id), .. } => write!(f, "{error}; its receipt is {receipt_id}")?,
            Self::Unreadable { error, receipt_id: None, .. } => {
                write!(f, "{error}; it has no receipt to delete it by, so clear the queue if it stays")?
            }
            Self::Handling { attempt, error: Some(error), .. } => write!(f, "attempt {attempt} to handle a notification failed: {error}")?,
            Self::Handling { attempt, error: None, .. } => write!(f, "attempt {attempt} to handle a notification was given up")?,
            Self::DeadLetter { error, .. } => write!(f, "the dead letter was not taken: {error}")?,
        }
        if self.wait().is_zero() { Ok(()) } else { write!(f, " (again in {:.1?})", self.wait()) }
    }
}
