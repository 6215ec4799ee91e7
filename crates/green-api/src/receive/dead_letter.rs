//! Notifications that could not be processed, whichever door they came by.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::Received;
use crate::InstanceId;

/// Any error that a handler or callback fails with.
pub type BoxError = Box<dyn StdError + Send + Sync>;
/// A [`BoxError`] that is kept and can be cloned.
pub type SharedError = Arc<dyn StdError + Send + Sync>;

/// A notification that could not be processed. It is passed to the `dead_letter` callback so that the queue can move on.
#[non_exhaustive]
pub enum DeadLetter {
    /// The handler failed at it as often as allowed.
    Failed {
        /// The notification; [`Received::attempt`] is the last attempt.
        received: Box<Received>,
        /// The error of the last attempt, if the handler gave one.
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

    /// Returns the JSON of the notification as it came, or whatever came instead of JSON. Invalid UTF-8 is replaced with U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Failed { received, .. } => received.raw().as_str().into(),
            Self::Unreadable { raw, .. } => String::from_utf8_lossy(raw),
        }
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
