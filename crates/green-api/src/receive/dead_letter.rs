//! What is given up, whichever door it came by.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::types::Notification;
use crate::{InstanceId, RawJson};

/// Whatever a handler fails with.
pub type BoxError = Box<dyn StdError + Send + Sync>;
/// The same, once it is kept.
pub type SharedError = Arc<dyn StdError + Send + Sync>;

/// What is given up, so that the notifications behind it can be handled: what a `dead_letter` callback gets.
#[non_exhaustive]
pub enum DeadLetter {
    /// It was handled as often as allowed, and failed each time.
    Failed {
        /// The instance that it is about, if that is known.
        instance: Option<InstanceId>,
        /// The notification.
        notification: Box<Notification>,
        /// Its JSON as it came, with what this version does not know.
        raw: RawJson,
        /// How often it was tried.
        attempts: u32,
        /// Why it failed the last time, if the handler said so.
        error: Option<SharedError>,
    },
    /// Not even its envelope can be read.
    Unreadable {
        /// The instance that it is about, if that is known.
        instance: Option<InstanceId>,
        /// What came, byte for byte. What is longer than 16 MiB, or than the limit that was set, ends there.
        raw: Vec<u8>,
        /// Why it cannot be read: an [`Error`](crate::Error) from long polling, an `UnreadableBody` from a webhook.
        error: BoxError,
    },
}

impl DeadLetter {
    /// The JSON of the notification as it came, or what came instead of JSON; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Failed { raw, .. } => raw.as_str().into(),
            Self::Unreadable { raw, .. } => String::from_utf8_lossy(raw),
        }
    }
}

impl fmt::Debug for DeadLetter {
    // What came can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed {
                instance,
                notification,
                raw,
                attempts,
                error,
            } => f
                .debug_struct("Failed")
                .field("instance", instance)
                .field("kind", &notification.kind())
                .field("raw", raw)
                .field("attempts", attempts)
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

type Taken = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
/// A `dead_letter` callback, whatever its types.
pub(crate) type TakeDeadLetter = Box<dyn Fn(DeadLetter) -> Taken + Send + Sync>;

pub(crate) fn boxed<H, F, E>(handler: H) -> TakeDeadLetter
where
    H: Fn(DeadLetter) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<BoxError>,
{
    Box::new(move |letter| {
        let taken = handler(letter);
        Box::pin(async move { taken.await.map_err(Into::into) })
    })
}
