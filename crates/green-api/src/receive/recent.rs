//! A map of bounded size.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A map that forgets the oldest when there are too many. What is inserted again is the newest.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    capacity: usize,
    values: HashMap<K, (u64, V)>,
    /// The keys by their age.
    order: BTreeMap<u64, K>,
    inserted: u64,
}

impl<K: Clone + Eq + Hash, V> Recent<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            values: HashMap::new(),
            order: BTreeMap::new(),
            inserted: 0,
        }
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.values.contains_key(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.remove(&key);
        self.order.insert(self.inserted, key.clone());
        self.values.insert(key, (self.inserted, value));
        self.inserted += 1;
        if self.values.len() > self.capacity
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.values.remove(&oldest);
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (age, value) = self.values.remove(key)?;
        self.order.remove(&age);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut recent = Recent::new(2);
        for _ in 0..3 {
            ["a", "b", "c"]
                .into_iter()
                .for_each(|key| recent.insert(key, ()));
        }
        assert_eq!(
            ["a", "b", "c"].map(|key| recent.contains(&key)),
            [false, true, true]
        );
        recent.insert("b", ());
        recent.insert("d", ());
        assert_eq!(
            ["b", "c", "d"].map(|key| recent.contains(&key)),
            [true, false, true]
        );
        assert_eq!((recent.values.len(), recent.order.len()), (2, 2));
        assert_eq!((recent.remove(&"b"), recent.remove(&"b")), (Some(()), None));
        assert_eq!((recent.values.len(), recent.order.len()), (1, 1));

        let mut none = Recent::new(0);
        none.insert("a", ());
        assert!(!none.contains(&"a") && none.order.is_empty());
    }
}
