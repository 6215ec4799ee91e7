//! The key by which a repeated delivery is recognised.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::types::Notification;

/// Real ones have about 100 bytes. Whoever remembers ten thousand of them must not need gigabytes because somebody made up others.
const MAX_LENGTH: usize = 1_024;

/// Identifies a notification, so that one that the server delivers twice is recognised.
///
/// It consists of the instance, the kind, the kind of message, the status and the id of the message, and can be stored as text.
///
/// ```
/// use std::collections::HashSet;
/// use green_api_types::types::Notification;
///
/// let body = r#"{
///     "typeWebhook": "outgoingMessageStatus", "instanceData": {"idInstance": 7103000001}, "timestamp": 1700000000,
///     "idMessage": "3EB0C767D097B7C7C030", "status": "delivered"
/// }"#;
/// let notification: Notification = serde_json::from_str(body)?;
/// let key = notification.deduplication_key().unwrap();
/// assert_eq!(key.as_str(), "7103000001/outgoingMessageStatus//delivered/3EB0C767D097B7C7C030");
/// let mut seen = HashSet::new();
/// assert!(seen.insert(key.clone()) && !seen.insert(key));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeduplicationKey(Arc<str>);

impl DeduplicationKey {
    /// Returns the key as text. Keys are equal exactly if their texts are.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeduplicationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for DeduplicationKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Notification {
    /// Returns the key that this notification shares only with repeated deliveries of itself.
    ///
    /// `None` if it is about neither a message nor a call, since a state that is reported again may be news, and for made-up ids of more
    /// than a thousand bytes.
    #[must_use]
    pub fn deduplication_key(&self) -> Option<DeduplicationKey> {
        let instance = self
            .instance_id()
            .map(|id| id.to_string())
            .unwrap_or_default();
        let key = |content: &str, status: &str, id: &str| {
            // The id comes last, since it is the one part that may have any character.
            let length =
                instance.len() + self.kind().len() + content.len() + status.len() + id.len();
            (!id.is_empty() && length <= MAX_LENGTH).then(|| {
                DeduplicationKey(
                    format!("{instance}/{}/{content}/{status}/{id}", self.kind()).into(),
                )
            })
        };
        if let Self::Unrecognized(what) = self {
            let value = what.raw().to_value();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            return key(
                &text(&value["messageData"]["typeMessage"]),
                &text(&value["status"]),
                &text(&value["idMessage"]),
            );
        }
        let status = match self {
            Self::OutgoingMessageStatus(inner) => {
                inner.status.as_ref().map(|status| status.as_str())
            }
            Self::IncomingCall(inner) | Self::OutgoingCall(inner) => {
                inner.status.as_ref().map(|status| status.as_str())
            }
            _ => None,
        };
        let content = self.message().map(|message| message.message_data.kind());
        key(
            content.unwrap_or_default(),
            status.unwrap_or_default(),
            self.id_message()?.as_str(),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key_of(body: &Value) -> Option<DeduplicationKey> {
        serde_json::from_value::<Notification>(body.clone())
            .unwrap()
            .deduplication_key()
    }

    #[test]
    fn instance_kind_status_and_id_make_the_difference() {
        let body = json!({"typeWebhook": "somethingNew", "instanceData": {"idInstance": 7103000001_i64}, "idMessage": "3EB0", "status": "delivered"});
        let key = key_of(&body).unwrap();
        assert_eq!(key.as_str(), "7103000001/somethingNew//delivered/3EB0");
        for (pointer, value) in [
            ("/typeWebhook", json!("other")),
            ("/instanceData/idInstance", json!(7)),
            ("/idMessage", json!("3EB1")),
            ("/status", json!("read")),
        ] {
            let mut other = body.clone();
            *other.pointer_mut(pointer).unwrap() = value;
            assert_ne!(key_of(&other).unwrap(), key, "{pointer}");
        }
        assert_eq!(
            key_of(&json!({"typeWebhook": "somethingNew", "timestamp": 1})),
            None
        );
        assert_eq!(
            key_of(&json!({"typeWebhook": "somethingNew", "idMessage": "3".repeat(1_024)})),
            None
        );
    }

    #[test]
    fn a_message_that_is_read_and_one_that_is_not_have_the_same_key() {
        let known = json!({
            "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7103000001_i64}, "idMessage": "3EB0",
            "senderData": {"chatId": "447700900123@c.us"}, "messageData": {"typeMessage": "deletedMessage"}
        });
        let mut unread = known.clone();
        unread["senderData"] = json!([]);
        assert!(matches!(
            serde_json::from_value(unread.clone()).unwrap(),
            Notification::Unrecognized(_)
        ));
        assert_eq!(key_of(&unread), key_of(&known));
    }
}
