//! What makes two notifications repetitions of the same one.

use std::sync::Arc;

use crate::types::{MessageNotification, Notification};

/// What tells a notification from others: its kind, the kind of message, the message's id, and the status.
pub(crate) type Key = Arc<[String; 4]>;

/// The key of a notification; `None` for those about no message, which are never taken for repeated.
pub(crate) fn key(notification: &Notification) -> Option<Key> {
    let message = |message: &MessageNotification| (message.id_message.to_string(), message.message_data.kind().to_owned(), String::new());
    let (id, content, status) = match notification {
        Notification::IncomingMessageReceived(inner)
        | Notification::OutgoingMessageReceived(inner)
        | Notification::OutgoingApiMessageReceived(inner) => message(inner),
        Notification::OutgoingMessageStatus(inner) => (inner.id_message.to_string(), String::new(), text_of(inner.status.as_ref())),
        Notification::IncomingCall(inner) | Notification::OutgoingCall(inner) => {
            (text_of(inner.id_message.as_ref()), String::new(), text_of(inner.status.as_ref()))
        }
        Notification::Unrecognized(what) => {
            let value = what.raw().to_value();
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            (text(&value["idMessage"]), text(&value["messageData"]["typeMessage"]), text(&value["status"]))
        }
        _ => return None,
    };
    (!id.is_empty()).then(|| Arc::new([notification.kind().to_owned(), content, id, status]))
}

fn text_of(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key_of(body: serde_json::Value) -> Option<Key> {
        key(&serde_json::from_value(body).unwrap())
    }

    #[test]
    fn id_kind_and_status_make_the_difference() {
        let status = |kind: &str, id: &str, status: &str| key_of(json!({"typeWebhook": kind, "idMessage": id, "status": status}));
        let delivered = status("somethingNew", "3EB0", "delivered");
        assert!(delivered.is_some());
        assert_eq!(delivered, status("somethingNew", "3EB0", "delivered"));
        assert_ne!(delivered, status("somethingNew", "3EB0", "read"));
        assert_ne!(delivered, status("somethingNew", "3EB1", "delivered"));
        assert_ne!(delivered, status("somethingElse", "3EB0", "delivered"));
        assert_eq!(key_of(json!({"typeWebhook": "somethingNew", "timestamp": 1})), None);
    }
}
