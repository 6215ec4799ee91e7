//! Where a relay delivers to: one trait for any broker.

use std::fmt;
use std::future::Future;

use green_api::{BoxError, ChatId, HandlerError, InstanceId, Received};

use crate::key::key_of;

/// A destination for notifications from a [`Relay`](crate::Relay): a broker, a queue, a file.
///
/// A relay gives the same notification again when it does not know that it was taken: after an error, and after a crash between the
/// confirmation and the deletion at the server. The [`key`](Relayed::key) is the same then, and a sink that remembers it stores it once.
///
/// ```
/// use green_api_mailbox::{Relayed, Sink, SinkError};
///
/// /// Passes each notification to a service within the house.
/// struct Service;
///
/// impl Sink for Service {
///     async fn deliver(&self, notification: &Relayed) -> Result<(), SinkError> {
///         if notification.json().len() > 1_000_000 {
///             return Err(SinkError::refused("it is larger than the service takes"));
///         }
///         store(notification.key(), notification.json()).await.map_err(SinkError::temporary)
///     }
/// }
/// # async fn store(_: &str, _: &str) -> std::io::Result<()> { Ok(()) }
/// ```
pub trait Sink: Send + Sync + 'static {
    /// Delivers a notification, and completes when it is taken for good: written to a disk, or confirmed by whoever does that. It is deleted
    /// at the server then.
    ///
    /// Calls for one instance come one after another, in the order of the notifications; calls for several instances come side by side.
    /// Dropped before it completes, it is repeated some time.
    ///
    /// # Errors
    ///
    /// [`SinkError::Temporary`] has the same notification delivered again after a wait, and everything behind it waits;
    /// [`SinkError::Refused`] makes a dead letter of it.
    fn deliver(&self, notification: &Relayed)
    -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// An error returned when a [`Sink`] does not take a notification.
#[derive(Debug)]
pub enum SinkError {
    /// It has nothing to do with this notification, or passes: it is delivered again, however long that takes.
    Temporary(BoxError),
    /// This notification will never be taken, such as one that is too large: it is a dead letter.
    Refused(BoxError),
}

impl SinkError {
    /// Creates a [`Temporary`](Self::Temporary) error.
    pub fn temporary(error: impl Into<BoxError>) -> Self {
        Self::Temporary(error.into())
    }

    /// Creates a [`Refused`](Self::Refused) error.
    pub fn refused(error: impl Into<BoxError>) -> Self {
        Self::Refused(error.into())
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Temporary(error) | Self::Refused(error)) = self;
        error.fmt(f)
    }
}

impl std::error::Error for SinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let (Self::Temporary(error) | Self::Refused(error)) = self;
        error.source()
    }
}

impl From<SinkError> for HandlerError {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Temporary(error) => Self::later(error),
            SinkError::Refused(error) => Self::hopeless(error),
        }
    }
}

/// A notification on its way to a [`Sink`].
#[derive(Clone)]
pub struct Relayed {
    key: String,
    received: Received,
}

impl Relayed {
    /// Prepares a notification, such as for the test of a sink.
    #[must_use]
    pub fn new(received: Received) -> Self {
        Self {
            key: key_of(&received),
            received,
        }
    }

    /// Returns the instance that the notification belongs to. A relay always knows it.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.received.instance()
    }

    /// Returns the kind of the notification, such as `incomingMessageReceived`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.received.notification.kind()
    }

    /// Returns the chat that the notification is about, if it is about one.
    #[must_use]
    pub fn chat(&self) -> Option<&ChatId> {
        self.received.notification.chat_id()
    }

    /// Returns the key that only repeated deliveries of this notification share: its
    /// [`deduplication_key`](green_api::types::Notification::deduplication_key) or, where it has none, its instance, its kind and the SHA-256
    /// of its JSON. At most 1,024 bytes.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the JSON of the notification as it came.
    #[must_use]
    pub fn json(&self) -> &str {
        self.received.raw().as_str()
    }

    /// Returns the notification itself.
    #[must_use]
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// Returns the notification itself.
    #[must_use]
    pub fn into_received(self) -> Received {
        self.received
    }
}

impl fmt::Debug for Relayed {
    // A key may have a person's words in it, where somebody made up the id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relayed")
            .field("instance", &self.instance())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relayed(json: &str) -> Relayed {
        Relayed::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn there_is_always_a_key() {
        let status = relayed(
            r#"{"typeWebhook": "outgoingMessageStatus", "instanceData": {"idInstance": 7103000001}, "timestamp": 1,
                "chatId": "447700900145@c.us", "idMessage": "3EB0", "status": "delivered"}"#,
        );
        assert!(status.key().ends_with("447700900145@c.us///3EB0"));
        assert_eq!(status.chat().unwrap().as_str(), "447700900145@c.us");
        let state = |time: u32| {
            relayed(&format!(
                r#"{{"typeWebhook": "stateInstanceChanged", "instanceData": {{"idInstance": 7103000001}}, "timestamp": {time}, "stateInstance": "authorized"}}"#
            ))
        };
        assert!(
            state(1)
                .key()
                .starts_with("7103000001/stateInstanceChanged/")
        );
        assert_eq!(state(1).key(), state(1).key());
        assert_ne!(state(1).key(), state(2).key());
        let odd = relayed(&format!(r#"{{"typeWebhook": "{}"}}"#, "ü".repeat(1_000)));
        assert!(odd.key().len() < 256, "{}", odd.key().len());
        assert_eq!(crate::key::sha256("abc")[..8], *"ba7816bf");
    }

    #[test]
    fn nothing_shows_what_people_write() {
        let shown = format!(
            "{:?}",
            relayed(
                r#"{"typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7103000001}, "idMessage": "secret-id",
                "senderData": {"chatId": "447700900145@c.us"}, "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "a secret"}}}"#,
            )
        );
        assert!(!shown.contains("secret"), "{shown}");
    }
}
