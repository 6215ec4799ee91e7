//! What is told beside the notifications: what there is trouble with.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::Error;

/// Something that is waited out; what an `on_trouble` callback gets. From a webhook there is [`Handling`](Self::Handling) and
/// [`DeadLetter`](Self::DeadLetter) only, and the wait is the server's.
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

/// An `on_trouble` callback.
pub(crate) type TellTrouble = Box<dyn Fn(&Trouble<'_>) + Send + Sync>;

impl Trouble<'_> {
    /// Logs it, and tells whoever wants to know.
    pub(crate) fn report(&self, tell: Option<&TellTrouble>) {
        // The error of a handler can hold messages.
        match self {
            Self::Handling { attempt, wait, .. } => {
                tracing::warn!(attempt, ?wait, "a notification was not handled")
            }
            Self::DeadLetter { wait, .. } => tracing::warn!(?wait, "a dead letter was not taken"),
            other => tracing::warn!("{other}"),
        }
        if let Some(tell) = tell {
            tell(self);
        }
    }

    /// How long it takes until it is tried again.
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
            Self::Unreadable {
                error,
                receipt_id: Some(receipt_id),
                ..
            } => write!(f, "{error}; its receipt is {receipt_id}")?,
            Self::Unreadable {
                error,
                receipt_id: None,
                ..
            } => write!(
                f,
                "{error}; it has no receipt to delete it by, so clear the queue if it stays"
            )?,
            Self::Handling {
                attempt,
                error: Some(error),
                ..
            } => write!(
                f,
                "attempt {attempt} to handle a notification failed: {error}"
            )?,
            Self::Handling {
                attempt,
                error: None,
                ..
            } => write!(f, "attempt {attempt} to handle a notification was given up")?,
            Self::DeadLetter { error, .. } => write!(f, "the dead letter was not taken: {error}")?,
        }
        if self.wait().is_zero() {
            Ok(())
        } else {
            write!(f, " (again in {:.1?})", self.wait())
        }
    }
}
