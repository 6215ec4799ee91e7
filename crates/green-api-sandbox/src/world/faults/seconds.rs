//! A duration as a number of seconds.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

/// Nobody waits longer for an answer, and far longer times end beyond what a clock can show.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    let delay = Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|delay| *delay <= LONGEST);
    delay.ok_or_else(|| {
        de::Error::custom(
            "delaySeconds must be a number of seconds, such as 0.5, and no more than a day",
        )
    })
}
