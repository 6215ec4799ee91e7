use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Lane, OwnedMutexGuard};

/// A lane for each key, in which one is at the front and the others wait in the order in which they came. A lane is there only as long as somebody
/// is in it.
pub(super) struct Lanes<K: Hash + Eq + Clone>(Mutex<HashMap<K, Arc<Lane<()>>>>);

/// Whoever holds it is at the front.
pub(super) struct Front<'a, K: Hash + Eq + Clone> {
    // Dropped first, so that the next in the lane does not keep it alive for nothing.
    _front: OwnedMutexGuard<()>,
    _place: Place<'a, K>,
}

struct Place<'a, K: Hash + Eq + Clone> {
    lanes: &'a Lanes<K>,
    key: K,
    lane: Arc<Lane<()>>,
}

impl<K: Hash + Eq + Clone> Default for Lanes<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> Lanes<K> {
    fn all(&self) -> MutexGuard<'_, HashMap<K, Arc<Lane<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_empty(&self, key: &K) -> bool {
        !self.all().contains_key(key)
    }

    /// Waits for the front of a lane.
    pub(super) async fn front(&self, key: K) -> Front<'_, K> {
        let lane = Arc::clone(self.all().entry(key.clone()).or_default());
        let place = Place {
            lanes: self,
            key,
            lane,
        };
        Front {
            _front: Arc::clone(&place.lane).lock_owned().await,
            _place: place,
        }
    }
}

impl<K: Hash + Eq + Clone> Drop for Place<'_, K> {
    fn drop(&mut self) {
        let mut all = self.lanes.all();
        // The map's and this one.
        if Arc::strong_count(&self.lane) == 2 {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lane_is_gone_with_the_last_who_waits() {
        let lanes = Lanes::<u8>::default();
        let front = lanes.front(1).await;
        {
            let given_up = lanes.front(1);
            tokio::select! {
                biased;
                _ = given_up => panic!("the front is taken"),
                () = std::future::ready(()) => {}
            }
        }
        assert!(!lanes.is_empty(&1));
        drop(front);
        assert!(lanes.is_empty(&1));
    }
}
