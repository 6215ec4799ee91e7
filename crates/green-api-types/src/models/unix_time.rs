//! Times as the server gives them.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::lenient;

/// A time in seconds since 1970 UTC.
///
/// ```
/// use green_api_types::models::UnixTime;
///
/// let time: UnixTime = serde_json::from_str("1700000000")?;
/// assert_eq!(time.seconds(), 1_700_000_000);
/// assert_eq!(UnixTime::from(time.to_system_time()), time);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(#[serde(deserialize_with = "lenient::read")] i64);

/// Seconds up to here reach beyond the year 5000; a journal was seen to give milliseconds, which begin above.
const LAST_SECOND: i64 = 100_000_000_000;

impl UnixTime {
    /// Returns the seconds, also where the server gave milliseconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        if self.0 > LAST_SECOND {
            self.0 / 1000
        } else {
            self.0
        }
    }

    /// Returns the number as the server gave it.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// Converts it to a time of the standard library.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        let seconds = self.seconds();
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let moment = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        };
        moment.unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

impl From<i64> for UnixTime {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<SystemTime> for UnixTime {
    /// Parts of a second are dropped.
    fn from(moment: SystemTime) -> Self {
        let whole = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
        match moment.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self(whole(after)),
            Err(before) => Self(-whole(before.duration())),
        }
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seconds().fmt(f)
    }
}

schema!(UnixTime, { "type": "integer", "format": "int64" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_told_by_their_size_and_kept_as_they_came() {
        let time: UnixTime = serde_json::from_str("1754455763386").unwrap();
        assert_eq!(
            (time.seconds(), time.get()),
            (1_754_455_763, 1_754_455_763_386)
        );
        assert_eq!(serde_json::to_string(&time).unwrap(), "1754455763386");
    }

    #[test]
    fn no_number_is_too_large_for_a_moment() {
        for number in [i64::MIN, -1, 0, i64::MAX] {
            let _ = UnixTime::from(number).to_system_time();
        }
        assert_eq!(
            UnixTime::from(UnixTime::from(-5).to_system_time()).get(),
            -5
        );
    }
}
