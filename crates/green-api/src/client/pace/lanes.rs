use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Lane, OwnedMutexGuard};

/// A lane for each key, in which one is at the front and the others wait in the order in which they came. A lane is there only as long as somebody
/// is in it.
pub(super) struct Lanes<K: Hash + Eq + Clone>(Mutex<HashMap<K, Arc<Lane<()>>>>);

/// A place in a lane. As long as there is one, the lane is not empty.
pub(super) struct Place<'a, K: Hash + Eq + Clone> {
    lanes: &'a Lanes<K>,
    key: K,
    lane: Option<Arc<Lane<()>>>,
}

/// Whoever holds it is at the front.
pub(super) struct Front<'a, K: Hash + Eq + Clone> {
    // Dropped first: the place looks for others who hold the lane.
    _front: Option<OwnedMutexGuard<()>>,
    _place: Place<'a, K>,
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

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.all().len()
    }

    pub(super) fn enter(&self, key: K) -> Place<'_, K> {
        let lane = Arc::clone(self.all().entry(key.clone()).or_default());
        Place {
            lanes: self,
            key,
            lane: Some(lane),
        }
    }
}

impl<'a, K: Hash + Eq + Clone> Place<'a, K> {
    /// Waits for the front of the lane.
    pub(super) async fn front(self) -> Front<'a, K> {
        let front = match &self.lane {
            Some(lane) => Some(Arc::clone(lane).lock_owned().await),
            None => None,
        };
        Front {
            _front: front,
            _place: self,
        }
    }
}

impl<K: Hash + Eq + Clone> Drop for Place<'_, K> {
    fn drop(&mut self) {
        let mut all = self.lanes.all();
        // Given up under the lock, so that of two who leave at once one sees that it is the last.
        self.lane = None;
        if all
            .get(&self.key)
            .is_some_and(|lane| Arc::strong_count(lane) == 1)
        {
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
        let front = lanes.enter(1).front().await;
        {
            let given_up = lanes.enter(1).front();
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn those_who_leave_at_the_same_moment_leave_no_lane() {
        let lanes = Arc::new(Lanes::<u8>::default());
        for _ in 0..2_000 {
            let both = [(); 2].map(|()| {
                let lanes = Arc::clone(&lanes);
                tokio::spawn(async move { drop(lanes.enter(1)) })
            });
            for one in both {
                one.await.unwrap();
            }
            assert!(lanes.is_empty(&1));
        }
    }
}
