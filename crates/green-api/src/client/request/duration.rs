//! Durations as the whole numbers that the API takes.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::time::Duration;

/// Returns whole seconds, rounded up so that a limit is not undercut.
pub(crate) fn whole_seconds(duration: Duration) -> i64 {
    let seconds = duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0));
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Returns whole minutes, rounded up.
pub(crate) fn whole_minutes(duration: Duration) -> i64 {
    let seconds = whole_seconds(duration);
    (seconds / 60).saturating_add(i64::from(seconds % 60 > 0))
}

/// Returns whole milliseconds.
pub(crate) fn whole_milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
