//! What is reported beside the notifications.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::{Error, InstanceId};

/// A temporary problem while receiving, passed to the `on_problem` callback. Webhooks report only [`Handling`](ProblemKind::Handling) and
/// [`DeadLetter`](ProblemKind::DeadLetter); there, `wait` is the server's own retry interval.
///
/// `Display` is one sentence. It never holds a message, unless the error of a handler does.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReceiveProblem<'a> {
    /// The instance whose notifications are affected, if that is known.
    pub instance: Option<InstanceId>,
    /// What happened.
    pub kind: ProblemKind<'a>,
    /// The time until the next try; zero if there is nothing to wait for.
    pub wait: Duration,
}

/// The kinds of [`ReceiveProblem`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ProblemKind<'a> {
    /// The server could not be asked.
    Receiving {
        /// Why.
        error: &'a Error,
    },
    /// A notification was dealt with but could not be deleted. It is deleted later, and not given to the handler again.
    Deleting {
        /// Why.
        error: &'a Error,
    },
    /// The head of the queue cannot be read. With a receipt it is dead-lettered if it stays so; without one it cannot be deleted, and
    /// blocks the queue until the server drops it after 24 hours or `clearWebhooksQueue` does.
    Unreadable {
        /// Why.
        error: &'a Error,
        /// Its receipt, if one was found in it.
        receipt_id: Option<i64>,
    },
    /// The handler failed, or dropped the notification.
    Handling {
        /// Which attempt it was, counted from 1.
        attempt: u32,
        /// Why, if the handler gave an error.
        error: Option<&'a (dyn StdError + Send + Sync)>,
    },
    /// The `dead_letter` callback failed. It is called again with the same notification.
    DeadLetter {
        /// Why.
        error: &'a (dyn StdError + Send + Sync),
    },
}

impl fmt::Display for ProblemKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receiving { error } | Self::Deleting { error } => write!(f, "{error}"),
            Self::Unreadable {
                error,
                receipt_id: Some(receipt_id),
            } => write!(f, "{error}; its receipt is {receipt_id}"),
            Self::Unreadable {
                error,
                receipt_id: None,
            } => write!(
                f,
                "{error}; it has no receipt to delete it by, so clear the queue if it stays"
            ),
            Self::Handling {
                attempt,
                error: Some(error),
            } => write!(
                f,
                "attempt {attempt} to handle a notification failed: {error}"
            ),
            Self::Handling {
                attempt,
                error: None,
            } => write!(f, "attempt {attempt} to handle a notification was given up"),
            Self::DeadLetter { error } => {
                write!(f, "the dead letter could not be handed over: {error}")
            }
        }
    }
}

impl fmt::Display for ReceiveProblem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if self.wait.is_zero() {
            Ok(())
        } else {
            write!(f, " (again in {:.1?})", self.wait)
        }
    }
}
