//! What is set for receiving, and what both doors do with it.

use std::fmt;
use std::sync::Arc;

use super::callback::{Callback, callback};
use super::drift_watch::DriftWatch;
use super::failures::Failures;
use super::{BoxError, DeadLetter, ProblemKind, ReceiveProblem, Received};
use crate::{Drift, InstanceId};

type OnProblem = Arc<dyn Fn(&ReceiveProblem<'_>) + Send + Sync>;

/// Options for receiving, the same for long polling and for a webhook. Clones share their callbacks.
///
/// ```
/// use green_api::{DeadLetter, ReceiveOptions};
///
/// async fn keep(letter: DeadLetter) -> std::io::Result<()> {
///     std::fs::write("dead_letter.json", letter.text().as_bytes())
/// }
///
/// let options = ReceiveOptions::new()
///     .deduplicate(10_000)
///     .dead_letter(keep)
///     .on_problem(|problem| eprintln!("{problem}"));
/// ```
#[derive(Clone)]
#[must_use = "options do nothing until something is received with them"]
pub struct ReceiveOptions {
    attempts: u32,
    pub(super) deduplicate: Option<usize>,
    dead_letter: Option<Callback<DeadLetter>>,
    on_drift: Option<Arc<DriftWatch>>,
    on_problem: Option<OnProblem>,
}

impl Default for ReceiveOptions {
    fn default() -> Self {
        Self {
            attempts: 5,
            deduplicate: None,
            dead_letter: None,
            on_drift: None,
            on_problem: None,
        }
    }
}

impl ReceiveOptions {
    /// Creates options with the default values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how often a notification is tried before it is dead-lettered, the first attempt included (default: 5).
    ///
    /// Long polling tries it again after a backoff. To a webhook the server posts it again after a minute, and nothing else of that instance
    /// meanwhile; the attempts are counted since the program started, for the 1,024 notifications that failed last.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Drops notifications that the server repeats: those whose instance, message id, kind and status are those of one of the last `capacity` that
    /// were handled (default: nothing is dropped). They are deleted or answered 200 without a call of the handler.
    ///
    /// They are remembered in memory, as long as the polling loop or the endpoint lives.
    pub fn deduplicate(mut self, capacity: usize) -> Self {
        self.deduplicate = Some(capacity);
        self
    }

    /// Sets the callback for notifications that failed too often, cannot be read or are too long. They leave the server's queue when it returns `Ok`;
    /// until then the queue waits, and the callback is called again.
    ///
    /// Without a callback they are dropped, so that the queue moves on, and all that is left is a line in the log without their content.
    /// Set it if every message counts.
    pub fn dead_letter<H, F, E>(mut self, handler: H) -> Self
    where
        H: Fn(DeadLetter) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.dead_letter = Some(callback(handler));
        self
    }

    /// Calls `callback` for every problem that is waited out, such as an outage or a handler that failed. Problems are also logged, without the
    /// handler's error.
    pub fn on_problem(
        mut self,
        callback: impl Fn(&ReceiveProblem<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.on_problem = Some(Arc::new(callback));
        self
    }

    /// Calls `callback` before a notification is delivered that contains fields, values or kinds unknown to this version. Consecutive identical
    /// reports are delivered once.
    ///
    /// ```
    /// let options = green_api::ReceiveOptions::new().on_drift(|drift| eprintln!("{drift}"));
    /// ```
    pub fn on_drift(mut self, callback: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        self.on_drift = Some(Arc::new(DriftWatch::new(callback)));
        self
    }
}

/// For the doors.
impl ReceiveOptions {
    /// Returns which attempt comes next, or `None` if there have been as many as allowed.
    pub(super) fn next_attempt(&self, failures: &Failures) -> Option<u32> {
        (failures.attempts < self.attempts).then_some(failures.attempts + 1)
    }

    /// Reports what is new in a notification.
    pub(super) fn look_for_drift(&self, received: &Received) {
        if let Some(watch) = &self.on_drift {
            watch.look_at(received);
        }
    }

    /// Hands a dead letter over to the callback, if there is one.
    pub(super) async fn hand_over(&self, letter: DeadLetter) -> Result<(), BoxError> {
        let instance = letter.instance().map(InstanceId::get);
        match &letter {
            DeadLetter::Failed { received, .. } => tracing::error!(
                instance,
                kind = received.notification.kind(),
                attempts = received.attempt,
                "dead-lettering a notification"
            ),
            DeadLetter::Unreadable { raw, error, .. } => tracing::error!(
                instance,
                bytes = raw.len(),
                "dead-lettering a notification that cannot be read: {error}"
            ),
        }
        match &self.dead_letter {
            Some(callback) => callback(letter).await,
            None => Ok(()),
        }
    }

    /// Logs a problem and calls the `on_problem` callback.
    pub(super) fn report(&self, problem: &ReceiveProblem<'_>) {
        let wait = problem.wait;
        // The error of a handler can hold messages.
        match &problem.kind {
            ProblemKind::Handling { attempt, .. } => {
                tracing::warn!(attempt, ?wait, "a notification was not handled")
            }
            ProblemKind::DeadLetter { .. } => {
                tracing::warn!(?wait, "a dead letter could not be handed over")
            }
            _ => tracing::warn!("{problem}"),
        }
        if let Some(callback) = &self.on_problem {
            callback(problem);
        }
    }
}

impl fmt::Debug for ReceiveOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveOptions")
            .field("attempts", &self.attempts)
            .field("deduplicate", &self.deduplicate)
            .finish_non_exhaustive()
    }
}
