//! How often a notification has failed.

use super::{DeadLetter, Received, SharedError};

/// The failed attempts at one notification.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    pub(super) attempts: u32,
    /// The error of the last one.
    pub(super) error: Option<SharedError>,
}

impl Failures {
    /// Counts another one.
    pub(super) fn add(&mut self, error: Option<SharedError>) {
        self.attempts = self.attempts.saturating_add(1);
        self.error = error;
    }

    /// Makes a dead letter of the notification that failed.
    pub(super) fn dead_letter(&self, received: Received) -> DeadLetter {
        DeadLetter::Failed {
            received: Box::new(Received {
                attempt: self.attempts,
                ..received
            }),
            error: self.error.clone(),
        }
    }
}
