//! Which notifications were dealt with already.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::types::{MessageNotification, Notification};

/// What tells a notification from others: its kind, the kind of message, the message's id, and the status.
pub(super) type Key = Arc<[String; 4]>;

/// The notifications that were dealt with last.
#[derive(Debug)]
pub(super) struct Seen {
    capacity: usize,
    order: VecDeque<Key>,
    keys: HashSet<Key>,
}

impl Seen {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, order: VecDeque::new(), keys: HashSet::new() }
    }

    pub(super) fn contains(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// Remembers one more and, when there are too many, forgets the oldest.
    pub(super) fn insert(&mut self, key: Key) {
        if self.capacity == 0 || !self.keys.insert(Arc::clone(&key)) {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
    }
}

/// The key of a notification; `None` for those about no message, which are never taken for repeated.
pub(super) fn key(notification: &Notification) -> Option<Key> {
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
    fn the_oldest_is_forgotten() {
        let mut seen = Seen::new(2);
        let keys: Vec<Key> = ["a", "b", "c"].map(|id| key_of(json!({"typeWebhook": "new", "idMessage": id})).unwrap()).into();
        for _ in 0..3 {
            keys.iter().for_each(|key| seen.insert(Arc::clone(key)));
        }
        assert_eq!(keys.iter().map(|key| seen.contains(key)).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!((seen.order.len(), seen.keys.len()), (2, 2));
        let mut none = Seen::new(0);
        none.insert(Arc::clone(&keys[0]));
        assert!(!none.contains(&keys[0]));
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
