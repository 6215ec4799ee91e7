//! What a handler gets.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

use bytes::Bytes;
use green_api_types::drift::shown;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::types::Notification;
use crate::{Drift, InstanceId, RawJson};

/// A notification, received by long polling or from a webhook: what a handler gets.
///
/// For a test of a handler, or from a place where the JSON was kept, it is read like any other type; then it is a first attempt, unless
/// [`with_attempt`](Self::with_attempt) says otherwise:
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
    pub(super) json: Bytes,
    /// The same, once somebody asked for it: most handlers do not.
    pub(super) raw: OnceLock<RawJson>,
    pub(super) instance: Option<InstanceId>,
    pub(crate) attempt: u32,
}

impl Received {
    /// Puts together what was read before, as a first attempt.
    pub(super) fn new(notification: Notification, json: Bytes) -> Self {
        Self {
            instance: notification.instance_id(),
            notification,
            json,
            raw: OnceLock::new(),
            attempt: 1,
        }
    }

    /// Reads a notification. Whatever is JSON is one, if only an unrecognised one.
    pub(super) fn read(json: Bytes) -> serde_json::Result<Self> {
        Ok(Self::new(serde_json::from_slice(&json)?, json))
    }

    /// Digests what it says, in whatever order the server writes that. Seeded, so that nobody can make contents that are taken for each other.
    pub(super) fn digest(&self, seed: &RandomState) -> u64 {
        // What is too deep for a value is told apart by its bytes.
        seed.hash_one(serde_json::from_slice::<Value>(&self.json).map_err(|_| &self.json))
    }

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

    /// Sets how often it has been given to the handler, for a place that keeps notifications and hands them on itself.
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// Sets the instance it belongs to, which its JSON may not name, for a place that keeps notifications and hands them on itself.
    #[must_use]
    pub fn with_instance(mut self, instance: InstanceId) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Returns the JSON of the notification as it came, with everything that this version does not know.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        // It was read before, so it is JSON.
        let read = || serde_json::from_slice(&self.json).unwrap_or_default();
        self.raw.get_or_init(read)
    }

    /// Looks for fields, values and kinds that this version does not know; see [`Drift`].
    #[must_use]
    pub fn drift(&self) -> Drift {
        Drift::of::<Notification>(self.raw().as_str())
    }
}

impl<'de> Deserialize<'de> for Received {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        Self::read(Bytes::copy_from_slice(raw.as_str().as_bytes())).map_err(D::Error::custom)
    }
}

impl fmt::Debug for Received {
    // What came can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("kind", &shown(self.notification.kind()))
            .field("instance", &self.instance)
            .field("attempt", &self.attempt)
            .field("raw", self.raw())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use allocation_counter::measure;

    use super::*;
    use crate::DeadLetter;

    #[test]
    fn what_was_kept_is_handed_on_with_its_attempt_and_instance() {
        let json = r#"{"typeWebhook": "newerThanThis", "a": 1.50}"#;
        let kept: Received = serde_json::from_str(json).unwrap();
        assert_eq!((kept.instance(), kept.attempt()), (None, 1));
        let instance = InstanceId::try_from(7_103_000_001_i64).unwrap();
        let handed_on: Received = serde_json::from_str(kept.raw().as_str()).unwrap();
        let handed_on = handed_on.with_instance(instance).with_attempt(3);
        assert_eq!(
            (handed_on.instance(), handed_on.attempt()),
            (Some(instance), 3)
        );
        assert_eq!(handed_on.notification, kept.notification);
        assert_eq!(handed_on.raw().as_str(), json);
    }

    #[test]
    fn a_kind_that_somebody_wrote_is_not_shown() {
        for (kind, is_shown) in [
            ("newerThanThis", true),
            ("+447700900145 wrote: hello", false),
            (&*"a".repeat(1_000), false),
        ] {
            let json = serde_json::json!({ "typeWebhook": kind }).to_string();
            let received = Received::read(json.into()).unwrap();
            assert_eq!(format!("{received:?}").contains(kind), is_shown);
            let letter = DeadLetter::Failed {
                received: Box::new(received),
                error: None,
            };
            for text in [format!("{letter:?}"), letter.to_string()] {
                assert_eq!(text.contains(kind), is_shown, "{text}");
            }
        }
    }

    #[test]
    fn the_json_as_it_came_costs_nothing_until_somebody_asks() {
        let json = Bytes::from_static(
            br#" {"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 7103000001}, "stateInstance": "authorized"} "#,
        );
        let mut read = None;
        let whole = measure(|| read = Received::read(json.clone()).ok()).count_total;
        let typed = measure(|| drop(serde_json::from_slice::<Notification>(&json))).count_total;
        assert_eq!(whole, typed);
        let received = read.unwrap();
        let first = measure(|| assert!(received.raw().as_str().starts_with('{'))).count_total;
        let again = measure(|| assert!(received.raw().as_str().ends_with('}'))).count_total;
        assert!(first > 0 && again == 0, "{first}, {again}");
    }
}
