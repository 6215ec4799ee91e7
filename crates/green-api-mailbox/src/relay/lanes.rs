//! The order of messages: one after another within a chat, at once across chats.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::subject::lane;

/// A chat of an instance.
pub(super) type Key = Arc<(String, String)>;

/// Messages that are not dealt with, by chats.
#[derive(Debug)]
pub(super) struct Lanes<M> {
    held: HashMap<u64, Arc<M>>,
    lanes: HashMap<Key, Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    /// By their places in the stream, in whatever order they come.
    waiting: BTreeSet<u64>,
    busy: bool,
}

impl<M> Default for Lanes<M> {
    fn default() -> Self {
        Self {
            held: HashMap::new(),
            lanes: HashMap::new(),
        }
    }
}

impl<M> Lanes<M> {
    /// Holds a message, unless it is held already.
    pub(super) fn hold(&mut self, sequence: u64, subject: &str, message: M) {
        if let Entry::Vacant(place) = self.held.entry(sequence) {
            place.insert(Arc::new(message));
            let lane = self.lanes.entry(Arc::new(lane(subject))).or_default();
            lane.waiting.insert(sequence);
        }
    }

    /// Takes the oldest message whose chat is free, and makes the chat busy.
    pub(super) fn take(&mut self) -> Option<(Key, u64, Arc<M>)> {
        let free = self.lanes.iter_mut().filter(|(_, lane)| !lane.busy);
        let (key, lane) = free
            .filter(|(_, lane)| !lane.waiting.is_empty())
            .min_by_key(|(_, lane)| lane.waiting.first().copied())?;
        let sequence = lane.waiting.pop_first()?;
        lane.busy = true;
        let message = self.held.get(&sequence)?.clone();
        Some((key.clone(), sequence, message))
    }

    /// Lets go of a message that was taken and is dealt with.
    pub(super) fn dealt_with(&mut self, key: &Key, sequence: u64) {
        self.held.remove(&sequence);
        if let Some(lane) = self.lanes.get_mut(key) {
            lane.busy = false;
            if lane.waiting.is_empty() {
                self.lanes.remove(key);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn held(&self) -> impl Iterator<Item = &Arc<M>> {
        self.held.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_in_order_and_others_do_not_wait() {
        let mut lanes = Lanes::default();
        let subject = |chat: &str| format!("green-api.1.someKind.{chat}");
        // Redelivered ones come in any order, and perhaps twice.
        for (sequence, chat) in [(7, "ann"), (5, "ann"), (6, "bob"), (5, "ann")] {
            lanes.hold(sequence, &subject(chat), sequence);
        }
        lanes.hold(8, "green-api.1.another.ann", 8);
        let (ann, first, _) = lanes.take().unwrap();
        let (bob, other, _) = lanes.take().unwrap();
        assert_eq!((first, other, lanes.len()), (5, 6, 4));
        assert!(lanes.take().is_none());
        lanes.dealt_with(&ann, 5);
        assert_eq!(lanes.take().unwrap().1, 7);
        lanes.dealt_with(&bob, 6);
        lanes.dealt_with(&ann, 7);
        assert_eq!(lanes.take().unwrap().1, 8);
        lanes.dealt_with(&ann, 8);
        assert!(lanes.len() == 0 && lanes.lanes.is_empty());
    }
}
