//! For how long a notification has failed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::handler_error::Verdict;
use super::{BoxError, DeadLetter, Received, SharedError};

/// The failed attempts at one notification.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    pub(super) attempts: u32,
    /// Those of them that count against the limits.
    pub(super) counted: u32,
    /// The time that counts: between an attempt that failed and the next one.
    pub(super) spent: Duration,
    /// The first attempt, and the last one.
    times: Option<(Instant, Instant)>,
    /// Since when it could not be handed over as a dead letter. Long polling counts that as an outage.
    #[cfg(feature = "webhook")]
    pub(super) kept: Option<Instant>,
    /// What was said last.
    pub(super) verdict: Verdict,
    pub(super) error: Option<SharedError>,
}

impl Failures {
    /// Counts another one, which happened now.
    pub(super) fn add(&mut self, error: Option<BoxError>) {
        let now = Instant::now();
        let (first, last) = self.times.unwrap_or((now, now));
        if self.verdict != Verdict::Later {
            self.spent = self
                .spent
                .saturating_add(now.saturating_duration_since(last));
        }
        self.times = Some((first, now));
        let (verdict, error) = error
            .map(Verdict::of)
            .map_or_else(Default::default, |(verdict, error)| (verdict, Some(error)));
        self.verdict = verdict;
        self.error = error.map(Arc::from);
        self.attempts = self.attempts.saturating_add(1);
        if verdict != Verdict::Later {
            self.counted = self.counted.saturating_add(1);
        }
    }

    /// Returns how long ago it failed first; zero if it never did.
    pub(super) fn lasting(&self) -> Duration {
        self.times
            .map_or(Duration::ZERO, |(first, _)| first.elapsed())
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
