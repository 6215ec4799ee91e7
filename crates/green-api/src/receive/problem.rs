//! What is reported beside the notifications.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::dead_letter::named;
use super::human::Human;
use crate::{Error, InstanceId};

/// A temporary problem while receiving, or its end, passed to the [`on_problem`](crate::ReceiveOptions::on_problem) callback. Webhooks report
/// problems of handling and of dead letters; there, `wait` is the server's own retry interval. They report silences only
/// where [`Webhook::report_silence`](crate::Webhook::report_silence) runs.
///
/// `Display` is one sentence with the instance. It never holds a message, unless the error of a handler does.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReceiveProblem<'a> {
    /// The instance whose notifications are affected, if that is known.
    pub instance: Option<InstanceId>,
    /// The kind of problem.
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
        /// The error.
        error: &'a Error,
    },
    /// A notification was dealt with but could not be deleted. It is deleted later, and not given to the handler again.
    Deleting {
        /// The error.
        error: &'a Error,
    },
    /// The head of the queue cannot be read. With a receipt it is dead-lettered if it stays so; without one it cannot be deleted, and
    /// blocks the queue until the server drops it after 24 hours or `clearWebhooksQueue` does.
    Unreadable {
        /// The error.
        error: &'a Error,
        /// Its receipt, if one was found in it.
        receipt_id: Option<i64>,
    },
    /// The handler failed, or dropped the notification.
    Handling {
        /// The number of the attempt, counted from 1.
        attempt: u32,
        /// The error, if the handler gave one.
        error: Option<&'a (dyn StdError + Send + Sync)>,
    },
    /// A notification failed for as long as is allowed, is hopeless or cannot be read, and nobody takes dead letters. It stays in the queue and is
    /// tried again, and everything behind it waits. Set [`dead_letter`](crate::ReceiveOptions::dead_letter), or
    /// [`drop_dead_letters`](crate::ReceiveOptions::drop_dead_letters) if it may be lost.
    Blocked {
        /// The number of the attempt, counted from 1.
        attempt: u32,
        /// The time since the first attempt.
        lasting: Duration,
        /// The error, if the handler gave one.
        error: Option<&'a (dyn StdError + Send + Sync)>,
    },
    /// The `dead_letter` callback failed. It is called again with the same notification.
    DeadLetter {
        /// The error.
        error: &'a (dyn StdError + Send + Sync),
    },
    /// The server shows a receipt again that was deleted. What was dealt with is not given to the handler again; the deletion is repeated after the
    /// wait. Another notification under the same receipt is given to it, with increasing waits in between.
    NoProgress {
        /// Its receipt.
        receipt_id: i64,
    },
    /// A notification disappeared from the queue while it was in hand here. Most likely another program receives the notifications of the same
    /// instance, and then both handle most of them. Otherwise somebody has cleared the queue, or the notification was older than 24 hours.
    /// Reported at most once a minute.
    OtherReceiver {
        /// Its receipt.
        receipt_id: i64,
    },
    /// No notification has come for as long as [`Notifications::silence`](crate::Notifications::silence) or
    /// [`Webhook::report_silence`](crate::Webhook::report_silence) says, though the instance is linked. Reported once, and followed by
    /// [`Recovered`](Self::Recovered) when one comes.
    Silence {
        /// The time without a notification.
        lasting: Duration,
    },
    /// A problem that was reported is over: the server answers again, the notification that failed was handled, or one has come after a silence.
    #[non_exhaustive]
    Recovered {
        /// The time it lasted.
        after: Duration,
        /// The kind of recovery.
        from: Recovery,
    },
}

/// The kind of recovery from a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Recovery {
    /// The server answers again.
    Server,
    /// A notification that failed was handled, or handed over as a dead letter.
    Notification,
    /// A notification has come after a [silence](ProblemKind::Silence).
    Silence,
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
            Self::Blocked {
                attempt,
                lasting,
                error,
            } => {
                write!(
                    f,
                    "a notification blocks the queue, attempt {attempt} in {}",
                    Human(*lasting)
                )?;
                if let Some(error) = error {
                    write!(f, ": {error}")?;
                }
                f.write_str("; it is kept, since nobody takes dead letters: set dead_letter, or drop_dead_letters if it may be lost")
            }
            Self::DeadLetter { error } => {
                write!(f, "the dead letter could not be handed over: {error}")
            }
            Self::NoProgress { receipt_id } => write!(
                f,
                "the server shows the notification with receipt {receipt_id} again although it was deleted; what was handled is not handled again"
            ),
            Self::OtherReceiver { receipt_id } => write!(
                f,
                "the notification with receipt {receipt_id} disappeared while it was in hand; if another program receives for this instance, \
                 stop one of the two, since both handle the same notifications"
            ),
            Self::Silence { lasting } => write!(
                f,
                "no notification has come for {} though the instance is linked; see whether its settings have notifications switched on",
                Human(*lasting)
            ),
            Self::Recovered { after, from } => {
                let what = match from {
                    Recovery::Server => "the server answers again",
                    Recovery::Notification => "the notification that failed was dealt with",
                    Recovery::Silence => "a notification has come",
                };
                write!(f, "recovered after {}: {what}", Human(*after))
            }
        }
    }
}

impl ProblemKind<'_> {
    /// Returns how long the server asked to wait.
    fn asked_for(&self) -> Option<Duration> {
        match self {
            Self::Receiving { error }
            | Self::Deleting { error }
            | Self::Unreadable { error, .. } => error.retry_after(),
            _ => None,
        }
    }
}

impl fmt::Display for ReceiveProblem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        named(f, self.instance)?;
        self.kind.fmt(f)?;
        if self.wait.is_zero() {
            return Ok(());
        }
        write!(f, " (again in {}", Human(self.wait))?;
        // Nobody waits for a year.
        if let Some(asked_for) = self.kind.asked_for().filter(|time| *time > self.wait) {
            write!(f, ", though the server asked for {}", Human(asked_for))?;
        }
        f.write_str(")")
    }
}
