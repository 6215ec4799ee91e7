//! Reports what this version does not know in what is received.

use std::sync::{Mutex, PoisonError};

use super::Received;
use crate::Drift;

/// An `on_drift` callback, and what it was called with last: whatever is new comes with every notification of its kind.
pub(super) struct DriftWatch {
    callback: Box<dyn Fn(&Drift) + Send + Sync>,
    last: Mutex<Drift>,
}

impl DriftWatch {
    pub(super) fn new(callback: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        Self {
            callback: Box::new(callback),
            last: Mutex::default(),
        }
    }

    /// Reports the drift in a notification, unless the same was reported just before.
    pub(super) fn look_at(&self, received: &Received) {
        let drift = received.drift();
        if drift.is_empty() {
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if drift != *last {
            last.clone_from(&drift);
            drop(last);
            (self.callback)(&drift);
        }
    }
}
