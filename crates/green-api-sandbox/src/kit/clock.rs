use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serializer;
use tokio::sync::watch;
use tokio::time::Instant;

/// Where a clock starts that does not follow the time of day: 1 January 2026, so that runs are repeatable down to the time stamps.
const MANUAL_START: Duration = Duration::from_secs(1_767_225_600);

/// How far a clock can be moved ahead, and how long anything takes at most: a thousand years, so that no sum with its time overflows.
pub(crate) const FURTHEST: Duration = Duration::from_secs(1_000 * 365 * 24 * 60 * 60);

/// The clock that everything in a sandbox runs by.
///
/// Codes expire, limits are replenished, instances finish starting and phones type by this clock. [`Clock::real`] follows the
/// time of day and can be moved ahead of it; [`Clock::manual`] stands still between two calls of [`advance`](Clock::advance);
/// [`Clock::tokio`] follows the clock of the tests. Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use green_api_sandbox::Clock;
///
/// let clock = Clock::manual();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(150));
/// assert_eq!(clock.now(), before + Duration::from_secs(150));
/// ```
#[derive(Clone)]
pub struct Clock {
    shared: Arc<Shared>,
}

struct Shared {
    start: SystemTime,
    /// When a real clock was made; a manual one has none, because it does not run.
    running_since: Option<Instant>,
    skipped: watch::Sender<Duration>,
}

impl Clock {
    /// Returns a clock that runs with the time of day.
    pub fn real() -> Self {
        Self::starting_at(SystemTime::now(), Some(Instant::now()))
    }

    /// Returns a clock that moves only when it is [advanced](Clock::advance). It starts on 1 January 2026, 00:00 UTC.
    pub fn manual() -> Self {
        Self::starting_at(UNIX_EPOCH + MANUAL_START, None)
    }

    /// Returns a clock that runs with Tokio's, which tests pause and advance: one clock for the sandbox and a client that sleeps by
    /// Tokio's. It starts on 1 January 2026, 00:00 UTC.
    ///
    /// While Tokio's clock is paused and all that is left to do is to wait, it jumps to the end of the next wait, in the sandbox or in the
    /// client. [`advance`](Clock::advance) moves the sandbox alone, `tokio::time::advance` both. Call everything on the runtime whose
    /// clock is paused.
    ///
    /// ```
    /// use std::time::Duration;
    /// use green_api_sandbox::{Clock, Sandbox, State};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // In a test: #[tokio::test(start_paused = true)]
    /// let sandbox = Sandbox::builder().clock(Clock::tokio()).start().await?;
    /// let shown = sandbox.instance().qr().unwrap_or_default();
    /// sandbox.phone("447700900123").scan_qr(&shown)?;
    /// tokio::time::sleep(Duration::from_secs(2)).await;
    /// assert_eq!(sandbox.instance().state(), State::Authorized);
    /// # Ok(()) }
    /// ```
    pub fn tokio() -> Self {
        Self::starting_at(UNIX_EPOCH + MANUAL_START, Some(Instant::now()))
    }

    fn starting_at(start: SystemTime, running_since: Option<Instant>) -> Self {
        let skipped = watch::Sender::new(Duration::ZERO);
        Self {
            shared: Arc::new(Shared {
                start,
                running_since,
                skipped,
            }),
        }
    }

    /// Returns the time by this clock.
    pub fn now(&self) -> SystemTime {
        let run = self
            .shared
            .running_since
            .map_or(Duration::ZERO, |since| since.elapsed());
        self.shared.start + run + *self.shared.skipped.borrow()
    }

    /// Moves the clock ahead. Whatever falls due on the way happens, in order and each at its own time.
    pub fn advance(&self, by: Duration) {
        let skip = |skipped: &mut Duration| *skipped = skipped.saturating_add(by).min(FURTHEST);
        self.shared.skipped.send_modify(skip);
    }

    /// Returns whether the clock moves only when it is advanced.
    pub(crate) fn is_manual(&self) -> bool {
        self.shared.running_since.is_none()
    }

    /// Waits until the clock shows `deadline`, by running or by being advanced.
    pub(crate) async fn sleep_until(&self, deadline: SystemTime) {
        let mut skipped = self.shared.skipped.subscribe();
        loop {
            skipped.mark_unchanged();
            let Ok(left) = deadline.duration_since(self.now()) else {
                return;
            };
            if left.is_zero() {
                return;
            }
            // The sender lives as long as `self`, so `changed` cannot fail.
            if self.shared.running_since.is_some() {
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    _ = skipped.changed() => {}
                }
            } else {
                let _ = skipped.changed().await;
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.shared.running_since.is_some() {
            "real"
        } else {
            "manual"
        };
        f.debug_struct("Clock")
            .field("kind", &kind)
            .field("now", &self.now())
            .finish()
    }
}

/// Returns the seconds since 1970, as the bodies of the API give times.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Serializes a time such as `2026-01-01T00:00:00.000Z`.
pub(crate) fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_rfc3339_millis(*time))
}
