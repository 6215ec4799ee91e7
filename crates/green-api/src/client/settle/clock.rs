//! The clocks of this machine and of the server, which may be wrong.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// How much older than a send a message has to be to be an older one for sure: clocks are apart, and times are whole seconds.
pub(super) const OLDER: Duration = Duration::from_secs(130);
/// A difference that the whole seconds of `Date` and the way of an answer explain.
const AGREE: Duration = Duration::from_secs(5);

/// A wait that nobody lives to see the end of, and that can be added to a time.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The time of day, as it goes on while a look waits: a clock that is set meanwhile makes no wait shorter.
pub(super) struct Clock {
    start: SystemTime,
    since: Instant,
}

impl Clock {
    pub(super) fn start(now: Option<SystemTime>) -> Self {
        Self {
            start: now.unwrap_or_else(SystemTime::now),
            since: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> SystemTime {
        later(self.start, self.since.elapsed())
    }
}

/// The same moment by both clocks.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) here: SystemTime,
    pub(super) there: SystemTime,
}

impl Moment {
    /// Takes the server's clock for equal to this machine's if it does not tell, or agrees.
    pub(super) fn new(here: SystemTime, date: Option<SystemTime>) -> Self {
        let agrees = |date: &SystemTime| apart(*date, here) <= AGREE;
        let there = date.filter(|date| !agrees(date)).unwrap_or(here);
        Self { here, there }
    }

    /// Returns the earliest and the latest that this time of the machine's clock can be by the server's: the clock may have been as wrong then as it is
    /// now, or have been set since.
    pub(super) fn there(&self, time: SystemTime) -> Bounds {
        let moved = moved(time, self.here, self.there);
        Bounds {
            earliest: time.min(moved),
            latest: time.max(moved),
        }
    }

    /// Returns when it is certainly this time of the server's clock, by the machine's.
    pub(super) fn here(&self, time: SystemTime) -> SystemTime {
        if self.here == self.there {
            return time;
        }
        // The server tells whole seconds.
        later(moved(time, self.there, self.here), Duration::from_secs(1))
    }
}

/// Between what times something was.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) earliest: SystemTime,
    pub(super) latest: SystemTime,
}

fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other)
        .unwrap_or_else(|behind| behind.duration())
}

/// Moves a time as far as it is from the one to the other.
fn moved(time: SystemTime, from: SystemTime, to: SystemTime) -> SystemTime {
    match to.duration_since(from) {
        Ok(ahead) => later(time, ahead),
        Err(behind) => time.checked_sub(behind.duration()).unwrap_or(time),
    }
}

pub(super) fn later(time: SystemTime, wait: Duration) -> SystemTime {
    // A time at the end of all times comes after everything.
    time.checked_add(wait.min(NEVER)).unwrap_or(time)
}
