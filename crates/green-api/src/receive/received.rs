//! What a handler gets.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::types::Notification;
use crate::{Drift, InstanceId, RawJson};

/// A notification, received by long polling or from a webhook: what a handler gets.
///
/// For a test of a handler, or from a place where the JSON was kept, it is read like any other type; then it is a first attempt:
///
/// ```
/// use green_api::Received;
///
/// let received: Received = serde_json::from_str(
///     r#"{"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 7103000001}, "timestamp": 1, "stateInstance": "authorized"}"#,
/// )?;
/// assert_eq!(received.notification.kind(), "stateInstanceChanged");
/// assert_eq!((received.instance().unwrap().get(), received.attempt()), (7103000001, 1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// The notification.
    pub notification: Notification,
    pub(super) raw: RawJson,
    pub(super) instance: Option<InstanceId>,
    pub(crate) attempt: u32,
}

impl Received {
    /// Returns the instance this notification belongs to: the one that was polled or, from a webhook, the one in its body or, failing that, the one
    /// of the token it came with. Every known kind names its instance.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.instance
    }

    /// Returns how often this notification has been given to the handler, this time included.
    ///
    /// Long polling counts as long as its loop lives, a webhook since the program started.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the JSON of the notification as it came, with everything that this version does not know.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }

    /// Looks for fields, values and kinds that this version does not know; see [`Drift`].
    #[must_use]
    pub fn drift(&self) -> Drift {
        Drift::of::<Notification>(self.raw.as_str())
    }
}

impl<'de> Deserialize<'de> for Received {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        // Whatever is JSON is a notification, if only an unrecognised one.
        let notification: Notification =
            Deserialize::deserialize(&mut serde_json::Deserializer::from_str(raw.as_str()))
                .map_err(D::Error::custom)?;
        Ok(Self {
            instance: notification.instance_id(),
            notification,
            raw,
            attempt: 1,
        })
    }
}

impl fmt::Debug for Received {
    // What came can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("kind", &self.notification.kind())
            .field("instance", &self.instance)
            .field("attempt", &self.attempt)
            .field("raw", &self.raw)
            .finish()
    }
}
