//! Which notifications were dealt with already.

use std::collections::{HashSet, VecDeque};

use crate::DeduplicationKey;

/// The notifications that were dealt with last.
#[derive(Debug)]
pub(super) struct Seen {
    capacity: usize,
    order: VecDeque<DeduplicationKey>,
    keys: HashSet<DeduplicationKey>,
}

impl Seen {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, order: VecDeque::new(), keys: HashSet::new() }
    }

    pub(super) fn contains(&self, key: &DeduplicationKey) -> bool {
        self.keys.contains(key)
    }

    /// Remembers one more and, when there are too many, forgets the oldest.
    pub(super) fn insert(&mut self, key: DeduplicationKey) {
        if self.capacity == 0 || !self.keys.insert(key.clone()) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types::Notification;

    fn key_of(id: &str) -> DeduplicationKey {
        let notification: Notification = serde_json::from_value(json!({"typeWebhook": "new", "idMessage": id})).unwrap();
        notification.deduplication_key().unwrap()
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut seen = Seen::new(2);
        let keys = ["a", "b", "c"].map(key_of);
        for _ in 0..3 {
            keys.iter().for_each(|key| seen.insert(key.clone()));
        }
        assert_eq!(keys.iter().map(|key| seen.contains(key)).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!((seen.order.len(), seen.keys.len()), (2, 2));
        let mut none = Seen::new(0);
        none.insert(keys[0].clone());
        assert!(!none.contains(&keys[0]));
    }
}
