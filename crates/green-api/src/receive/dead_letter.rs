//! Notifications that could not be processed, whichever door they came by.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use green_api_types::drift::shown;

use super::Received;
use crate::InstanceId;
use crate::types::Notification;

/// Any error that a handler or callback fails with.
pub type BoxError = Box<dyn StdError + Send + Sync>;
/// A [`BoxError`] that is kept and can be cloned.
pub type SharedError = Arc<dyn StdError + Send + Sync>;

/// A notification that was given up on. It is passed to the [`dead_letter`](crate::ReceiveOptions::dead_letter) callback so that the queue can
/// move on.
///
/// `Display` is one sentence with the instance. It never holds a message, unless the error of a handler does.
#[non_exhaustive]
pub enum DeadLetter {
    /// The handler failed at it for as long as allowed, or said that it is hopeless.
    Failed {
        /// The notification; [`Received::attempt`] is the last attempt.
        received: Box<Received>,
        /// The error of the last attempt, if the handler gave one; of a [`HandlerError`](crate::HandlerError), the error in it.
        error: Option<SharedError>,
    },
    /// Not even its envelope can be read.
    Unreadable {
        /// The instance it belongs to, if that is known.
        instance: Option<InstanceId>,
        /// The bytes as they came, up to 16 MiB or to the limit that was set.
        raw: Vec<u8>,
        /// Why it cannot be read: an [`Error`](crate::Error) from long polling, an `UnreadableBody` from a webhook.
        error: BoxError,
    },
}

impl DeadLetter {
    /// Returns the instance that the notification belongs to, if that is known.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        match self {
            Self::Failed { received, .. } => received.instance(),
            Self::Unreadable { instance, .. } => *instance,
        }
    }

    /// Returns the notification, if it could be read.
    pub(super) fn notification(&self) -> Option<&Notification> {
        match self {
            Self::Failed { received, .. } => Some(&received.notification),
            Self::Unreadable { .. } => None,
        }
    }

    /// Returns the JSON of the notification as it came, or whatever came instead of JSON. Invalid UTF-8 is replaced with U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Failed { received, .. } => received.raw().as_str().into(),
            Self::Unreadable { raw, .. } => String::from_utf8_lossy(raw),
        }
    }
}

impl fmt::Display for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        named(f, self.instance())?;
        match self {
            Self::Failed { received, error } => {
                let kind = shown(received.notification.kind());
                let attempts = received.attempt;
                write!(
                    f,
                    "gave up on a notification ({kind}), attempts: {attempts}"
                )?;
                error
                    .as_ref()
                    .map_or(Ok(()), |error| write!(f, ": {error}"))
            }
            Self::Unreadable { error, .. } => {
                write!(f, "gave up on a notification that cannot be read: {error}")
            }
        }
    }
}

/// Names the instance at the beginning of a sentence.
pub(super) fn named(f: &mut fmt::Formatter<'_>, instance: Option<InstanceId>) -> fmt::Result {
    match instance {
        Some(instance) => write!(f, "instance {instance}: "),
        None => f.write_str("an unknown instance: "),
    }
}

impl fmt::Debug for DeadLetter {
    // What came can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { received, error } => f
                .debug_struct("Failed")
                .field("received", received)
                .field("error", error)
                .finish(),
            Self::Unreadable {
                instance,
                raw,
                error,
            } => f
                .debug_struct("Unreadable")
                .field("instance", instance)
                .field("raw_bytes", &raw.len())
                .field("error", error)
                .finish(),
        }
    }
}
