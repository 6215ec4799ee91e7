//! What a handler works with.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use green_api::{BoxError, Instance};
use green_api_mailbox::Commit;

use crate::Update;
use crate::filter::Matched;
use crate::state::Changes;

/// Values by their types.
#[derive(Clone, Default)]
pub(crate) struct Values(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Values {
    pub(crate) fn set<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), Arc::new(value));
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = Arc::clone(self.0.get(&TypeId::of::<T>())?);
        value.downcast().ok()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// Everything about one notification on its way through middleware to its handler. Clones are the same.
///
/// Extractors take their values out of it; a handler may also take the context itself.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    update: Arc<Update>,
    instance: Instance,
    commit: Commit,
    route: Arc<str>,
    matched: Matched,
    shared: Arc<Values>,
    own: Mutex<Own>,
}

/// What changes while it is handled.
#[derive(Default)]
pub(crate) struct Own {
    values: Values,
    pub(crate) dialogues: Changes,
    /// How many messages were put into the outbox.
    pub(crate) sent: u32,
    /// How long the account is shown as typing before the next message.
    pub(crate) typing: Option<Duration>,
}

impl Context {
    pub(crate) fn new(
        update: Arc<Update>,
        instance: Instance,
        commit: Commit,
        (route, matched): (Arc<str>, Matched),
        shared: Arc<Values>,
    ) -> Self {
        Self(Arc::new(Inner {
            update,
            instance,
            commit,
            route,
            matched,
            shared,
            own: Mutex::default(),
        }))
    }

    /// Returns what is routed.
    #[must_use]
    pub fn update(&self) -> &Update {
        &self.0.update
    }

    /// Returns the instance that it came to.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.0.instance
    }

    /// Returns what takes the handler's effects: rows of your own, messages under keys of your own, and documents. Those whose names begin with
    /// `dialogue/` are dialogues; another one that is due goes to a route for the kind [`DOCUMENT_DUE`](green_api_mailbox::DOCUMENT_DUE).
    #[must_use]
    pub fn commit(&self) -> &Commit {
        &self.0.commit
    }

    /// Returns the name of the route: that of its filter.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.0.route
    }

    /// Sets a value that the handler can extract as [`Extension`](crate::extract::Extension), for middleware.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) {
        self.own().values.set(value);
    }

    /// Returns a value that was [inserted](Self::insert).
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.own().values.get()
    }

    pub(crate) fn shared<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.shared.get()
    }

    pub(crate) fn matched(&self) -> &Matched {
        &self.0.matched
    }

    pub(crate) fn own(&self) -> MutexGuard<'_, Own> {
        self.0.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what the handler left of its dialogues into the commit.
    pub(crate) fn finish(&self) -> Result<(), BoxError> {
        let changes = std::mem::take(&mut self.own().dialogues);
        changes.write(self.update(), self.commit())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("route", &self.0.route)
            .field("instance", &self.0.instance.id())
            .finish_non_exhaustive()
    }
}
