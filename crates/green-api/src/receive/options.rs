//! What is set for receiving, and what both doors do with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::callback::{Callback, call, callback, tell};
use super::drift_watch::DriftWatch;
use super::failures::Failures;
use super::handler_error::Verdict;
use super::{BoxError, DeadLetter, ProblemKind, ReceiveProblem, Received};
use crate::telemetry::{self, Outcome, milliseconds};
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
    retry_for: Duration,
    attempts: u32,
    pub(super) deduplicate: Option<usize>,
    dead_letters: DeadLetters,
    on_drift: Option<Arc<DriftWatch>>,
    on_problem: Option<OnProblem>,
}

/// What becomes of notifications that are given up on.
#[derive(Clone)]
enum DeadLetters {
    /// They stay in the server's queue.
    Kept,
    Dropped,
    Taken(Callback<DeadLetter>),
}

impl Default for ReceiveOptions {
    fn default() -> Self {
        Self {
            retry_for: Duration::from_secs(60 * 60),
            attempts: u32::MAX,
            deduplicate: None,
            dead_letters: DeadLetters::Kept,
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

    /// Sets for how long a notification that fails is tried again before it is given up on and dead-lettered (default: one hour, which outlasts the
    /// restart of a database). With zero it is given up on at its first failure, with [`Duration::MAX`] never.
    ///
    /// The time runs from the first failure to the last. The time after a [`HandlerError::later`](crate::HandlerError::later) does not count, and
    /// [`HandlerError::hopeless`](crate::HandlerError::hopeless) ends it at once. Long polling tries again after a back-off. To a webhook the server
    /// posts it again every minute, and nothing else of that instance meanwhile; for the 1,024 notifications that failed last, the time is kept in
    /// memory.
    pub fn retry_for(mut self, time: Duration) -> Self {
        self.retry_for = time;
        self
    }

    /// Sets how often a notification is tried at most, even if [`retry_for`](Self::retry_for) is not over; the first attempt included (default: as
    /// often as there is time for).
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

    /// Sets the callback that takes the notifications that were given up on: they failed for too long, are hopeless, cannot be read or are too
    /// long. They leave the server's queue when it returns `Ok`; until then the queue waits, and the callback is called again.
    ///
    /// Without a callback nothing is given up for good: what failed stays at the head of the queue and is tried again, everything behind it waits,
    /// and each attempt is reported as [`ProblemKind::Blocked`] and logged at `ERROR`. The server itself drops notifications after 24 hours.
    pub fn dead_letter<H, F, E>(mut self, handler: H) -> Self
    where
        H: Fn(DeadLetter) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.dead_letters = DeadLetters::Taken(callback(handler));
        self
    }

    /// Drops the notifications that were given up on, so that the queue moves on. All that is left of them is a line in the log, without their
    /// content.
    pub fn drop_dead_letters(mut self) -> Self {
        self.dead_letters = DeadLetters::Dropped;
        self
    }

    /// Calls `callback` for every problem that is waited out, such as an outage or a handler that failed, and when it is over. Problems are also
    /// logged, without the handler's error. A panic of `callback` is logged at `ERROR` and changes nothing else.
    pub fn on_problem(
        mut self,
        callback: impl Fn(&ReceiveProblem<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.on_problem = Some(Arc::new(callback));
        self
    }

    /// Calls `callback` before a notification is delivered that contains fields, values or kinds unknown to this version. Consecutive identical
    /// reports are delivered once. A panic of `callback` is logged at `ERROR` and changes nothing else.
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
    /// Whether a notification that failed so is not tried again, unless nobody takes it.
    pub(super) fn gives_up(&self, failures: &Failures) -> bool {
        match failures.verdict {
            _ if failures.attempts == 0 => false,
            Verdict::Hopeless => true,
            Verdict::Later => false,
            Verdict::Failed => {
                failures.counted >= self.attempts || failures.spent >= self.retry_for
            }
        }
    }

    /// Whether what is given up on leaves the queue.
    pub(super) fn takes_dead_letters(&self) -> bool {
        !matches!(self.dead_letters, DeadLetters::Kept)
    }

    /// Whether a notification that failed so is a dead letter.
    pub(super) fn is_dead(&self, failures: &Failures) -> bool {
        self.takes_dead_letters() && self.gives_up(failures)
    }

    /// What a failure of the handler is reported as.
    pub(super) fn problem<'a>(&self, failures: &'a Failures) -> ProblemKind<'a> {
        let (attempt, error) = (failures.attempts, failures.error.as_deref());
        if self.gives_up(failures) && !self.takes_dead_letters() {
            ProblemKind::Blocked {
                attempt,
                lasting: failures.lasting(),
                error,
            }
        } else {
            ProblemKind::Handling { attempt, error }
        }
    }

    /// Reports what is new in a notification.
    pub(super) fn look_for_drift(&self, received: &Received) {
        if let Some(watch) = &self.on_drift {
            tell("on_drift", received.instance, || watch.look_at(received));
        }
    }

    /// Hands a dead letter over to the callback, or drops it.
    pub(super) async fn hand_over(&self, letter: DeadLetter) -> Result<(), BoxError> {
        let instance = letter.instance().map(InstanceId::get);
        let verb = match self.dead_letters {
            DeadLetters::Dropped => "dropping",
            _ => "dead-lettering",
        };
        match &letter {
            DeadLetter::Failed { received, .. } => tracing::error!(
                instance,
                kind = telemetry::kind_of(Some(&received.notification)),
                attempts = received.attempt,
                "{verb} a notification"
            ),
            DeadLetter::Unreadable { raw, error, .. } => tracing::error!(
                instance,
                bytes = raw.len(),
                "{verb} a notification that cannot be read: {error}"
            ),
        }
        let kind = telemetry::kind_of(letter.notification());
        let outcome = match &self.dead_letters {
            DeadLetters::Taken(take) => {
                call("dead letter callback", || take(letter)).await?;
                Outcome::DeadLettered
            }
            DeadLetters::Dropped => Outcome::Dropped,
            DeadLetters::Kept => return Err("nobody takes dead letters".into()),
        };
        telemetry::count(kind, outcome);
        Ok(())
    }

    /// Logs a problem and calls the `on_problem` callback.
    pub(super) fn report(&self, problem: &ReceiveProblem<'_>) {
        let instance = problem.instance.map(InstanceId::get);
        let wait_ms = milliseconds(problem.wait);
        // The error of a handler can hold messages.
        match &problem.kind {
            ProblemKind::Handling { attempt, .. } => {
                tracing::warn!(instance, attempt, wait_ms, "a notification was not handled")
            }
            ProblemKind::Blocked {
                attempt, lasting, ..
            } => tracing::error!(
                instance,
                attempt,
                lasting_ms = milliseconds(*lasting),
                wait_ms,
                "a notification that failed blocks the queue, since nobody takes dead letters"
            ),
            ProblemKind::DeadLetter { .. } => {
                tracing::error!(instance, wait_ms, "a dead letter could not be handed over")
            }
            ProblemKind::Recovered { after, .. } => {
                tracing::info!(instance, after_ms = milliseconds(*after), "{problem}")
            }
            _ => tracing::warn!(instance, wait_ms, "{problem}"),
        }
        if let Some(callback) = &self.on_problem {
            tell("on_problem", problem.instance, || callback(problem));
        }
    }
}

impl fmt::Debug for ReceiveOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveOptions")
            .field("retry_for", &self.retry_for)
            .field("attempts", &self.attempts)
            .field("deduplicate", &self.deduplicate)
            .finish_non_exhaustive()
    }
}
