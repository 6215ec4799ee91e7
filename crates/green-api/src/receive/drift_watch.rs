//! Tells what this version does not know in what is received.

use std::sync::{Mutex, PoisonError};

use crate::Drift;
use crate::types::Notification;

/// An `on_drift` callback, and what it was told last: whatever is new comes with every notification of its kind.
pub(crate) struct DriftWatch {
    tell: Box<dyn Fn(&Drift) + Send + Sync>,
    last: Mutex<Drift>,
}

impl DriftWatch {
    pub(crate) fn new(tell: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        Self {
            tell: Box::new(tell),
            last: Mutex::default(),
        }
    }

    /// Tells of the drift in a notification, unless that was told just before.
    pub(crate) fn look(&self, raw: &str) {
        let drift = Drift::of::<Notification>(raw);
        if drift.is_empty() {
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if drift != *last {
            last.clone_from(&drift);
            drop(last);
            (self.tell)(&drift);
        }
    }
}
