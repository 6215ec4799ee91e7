//! Instances that are worked on.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use green_api::{Instance, InstanceId};
use tokio::sync::watch;

use crate::store::Store;
use crate::store::lanes::Claim;

/// A set of instances that can change while they are worked on; clones are the same set.
///
/// [`Outbox::work_on`](crate::Outbox::work_on) and [`InboxWork::instances`](crate::InboxWork::instances) take one. What is in hand of an instance
/// that is removed is finished, and the rest stays for whoever works on it next.
///
/// ```no_run
/// use green_api::Instance;
/// use green_api_mailbox::{Instances, Store};
///
/// # async fn example(first: Instance, second: Instance) -> Result<(), green_api_mailbox::Error> {
/// let instances = Instances::from_iter([first]);
/// let outbox = Store::sqlite("mailbox.db").await?.outbox();
/// let work = tokio::spawn(outbox.work_on(&instances).into_future());
///
/// // A customer has come.
/// instances.add(second);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Instances(Arc<watch::Sender<BTreeMap<i64, Instance>>>);

impl Instances {
    /// Creates an empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an instance, and returns the one that had its number, which it replaces.
    pub fn add(&self, instance: Instance) -> Option<Instance> {
        let mut old = None;
        self.0
            .send_modify(|all| old = all.insert(instance.id().get(), instance));
        old
    }

    /// Removes an instance, and returns it if it was there.
    pub fn remove(&self, id: InstanceId) -> Option<Instance> {
        let mut old = None;
        self.0.send_if_modified(|all| {
            old = all.remove(&id.get());
            old.is_some()
        });
        old
    }

    /// Returns the instance with this number.
    #[must_use]
    pub fn get(&self, id: InstanceId) -> Option<Instance> {
        self.of(id.get())
    }

    /// Returns the numbers of all, in ascending order.
    #[must_use]
    pub fn ids(&self) -> Vec<InstanceId> {
        self.0.borrow().values().map(Instance::id).collect()
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Returns `true` if it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Waits for the next change after this call.
    pub fn changed(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        // It lives as long as somebody waits.
        let (set, mut changes) = (self.clone(), self.0.subscribe());
        async move {
            let _ = changes.changed().await;
            drop(set);
        }
    }

    /// Removes what the other set lacks, returns the numbers of that, and takes over its handles of the rest.
    pub(crate) fn keep_to(&self, other: &Self) -> Vec<i64> {
        let mut gone = Vec::new();
        self.0.send_modify(|all| {
            let others = other.0.borrow();
            all.retain(|id, instance| match others.get(id) {
                Some(other) => {
                    instance.clone_from(other);
                    true
                }
                None => {
                    gone.push(*id);
                    false
                }
            });
        });
        gone
    }

    pub(crate) fn extend(&self, instances: impl IntoIterator<Item = Instance>) {
        let instances = instances.into_iter();
        let more = instances.map(|instance| (instance.id().get(), instance));
        self.0.send_modify(|all| all.extend(more));
    }

    pub(crate) fn of(&self, id: i64) -> Option<Instance> {
        self.0.borrow().get(&id).cloned()
    }

    /// Returns in how long the next message of each instance may leave whose messages are [spaced](Self::is_spaced).
    pub(crate) fn spaced(&self) -> Vec<(i64, Duration)> {
        let all = self.0.borrow();
        let spaced = all.iter();
        spaced
            .filter_map(|(id, instance)| Some((*id, instance.until_next_message()?)))
            .collect()
    }

    /// Returns whether the pace of an instance has a time between messages, so that its next one may be another chat's.
    pub(crate) fn is_spaced(&self, id: i64) -> bool {
        let all = self.0.borrow();
        let instance = all.get(&id);
        instance.is_some_and(|instance| instance.until_next_message().is_some())
    }

    pub(crate) fn all(&self) -> Vec<Instance> {
        self.0.borrow().values().cloned().collect()
    }
}

impl FromIterator<Instance> for Instances {
    fn from_iter<T: IntoIterator<Item = Instance>>(instances: T) -> Self {
        let instances = instances.into_iter();
        let all = instances.map(|instance| (instance.id().get(), instance));
        Self(Arc::new(watch::Sender::new(all.collect())))
    }
}

impl fmt::Debug for Instances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instances").field(&self.ids()).finish()
    }
}

/// Whose chats a worker claims.
#[derive(Clone)]
pub(crate) enum Claims {
    /// Those of all instances.
    All,
    /// Those of the instances of a set that may change.
    Of(Instances),
}

impl Claims {
    /// Makes the claim, and what completes when it has to be made anew. There is nothing to claim of an empty set.
    pub(crate) fn make(
        &self,
        store: &Store,
    ) -> (
        Option<Claim>,
        impl Future<Output = ()> + Send + 'static + use<>,
    ) {
        // What changes between the two is seen twice.
        let changed = self.changed();
        let claim = self.condition().map(|those| store.claim_of(&those));
        (claim, changed)
    }

    /// Returns what is added to the conditions of a statement, so that it is about these instances alone; `None` if the set is empty.
    pub(crate) fn condition(&self) -> Option<String> {
        let Self::Of(instances) = self else {
            return Some(String::new());
        };
        let ids = instances.ids();
        let ids: Vec<String> = ids.iter().map(|id| id.get().to_string()).collect();
        (!ids.is_empty()).then(|| format!("AND instance IN ({})", ids.join(", ")))
    }

    /// Waits for the next change of the set after this call.
    pub(crate) fn changed(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let changed = match self {
            Self::All => None,
            Self::Of(instances) => Some(instances.changed()),
        };
        async {
            match changed {
                Some(changed) => changed.await,
                None => pending().await,
            }
        }
    }

    /// Returns whether several instances are named.
    pub(crate) fn are_several(&self) -> bool {
        match self {
            Self::All => false,
            Self::Of(instances) => instances.len() > 1,
        }
    }

    /// Returns whether chats of this instance are worked on.
    pub(crate) fn has(&self, id: i64) -> bool {
        match self {
            Self::All => true,
            Self::Of(instances) => instances.0.borrow().contains_key(&id),
        }
    }
}
