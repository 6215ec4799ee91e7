//! What those who watch are told: spans, and metrics beside them.
//!
//! A span or a metric holds the operation, the instance's number and what became of it. It never holds an address, since the token is in its
//! path, nor a body, a phone number, a chat or anything that people wrote. [`telemetry`](crate::guides::telemetry) lists the names.

#[cfg(feature = "client")]
mod call;
#[cfg(feature = "metrics")]
mod metrics;
mod notification;
#[cfg(not(feature = "metrics"))]
mod without_metrics;

use std::time::Duration;

#[cfg(feature = "client")]
pub(crate) use call::{Call, Wait};
pub(crate) use metrics::describe;
pub(crate) use notification::{Handling, Outcome, count, kind_of};
#[cfg(not(feature = "metrics"))]
use without_metrics as metrics;

/// In place of a name that this version does not know, so that a server cannot make new ones up.
const UNKNOWN: &str = "unknown";

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
