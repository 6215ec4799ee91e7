//! Calls from one phone to another.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// How long a phone rings before its owner does something.
pub(crate) const RINGING: Duration = Duration::from_secs(5);

/// The outcome of a call, for [`Phone::call`](crate::Phone::call).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnd {
    /// It is answered and lasts so long.
    Answered(Duration),
    /// It is declined.
    Declined,
    /// Nobody answers.
    Missed,
}

/// A call.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) id: String,
    /// Digits of the number that calls.
    pub(crate) caller: String,
    /// Digits of the number that is called.
    pub(crate) callee: String,
    pub(crate) is_video: bool,
    pub(crate) end: CallEnd,
    pub(crate) at: SystemTime,
    /// The instances that write it down: those whose settings ask for notifications of such calls.
    pub(crate) noted_by: BTreeSet<u64>,
}

impl Call {
    /// Returns how it ended, in the spelling of the journals.
    pub(crate) fn status(&self) -> &'static str {
        match self.end {
            CallEnd::Answered(_) => "pickUp",
            CallEnd::Declined => "declined",
            CallEnd::Missed => "hungUp",
        }
    }

    /// Returns how long it lasted, in seconds.
    pub(crate) fn duration(&self) -> u64 {
        self.talked().as_secs()
    }

    /// Returns the time from the first ring to the end.
    pub(crate) fn length(&self) -> Duration {
        RINGING + self.talked()
    }

    fn talked(&self) -> Duration {
        match self.end {
            CallEnd::Answered(duration) => duration,
            CallEnd::Declined | CallEnd::Missed => Duration::ZERO,
        }
    }
}
