//! When a failed request is repeated, and how long to wait before.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::time::Duration;

use green_api_client::LONGEST_WAIT;
use green_api_types::operation::Effect;

use crate::{Delivery, Error, ErrorKind};

/// A policy for repeating failed requests.
///
/// What may be repeated at all is a property of the operation, not of the policy: reads are repeated on connection errors, 429 and 502 to 504;
/// requests that do something only when they provably did not leave or were refused with 429; getAuthorizationCode, logout and their like
/// never. The wait is drawn between zero and a limit that doubles with each attempt ("full jitter"), but is never shorter than the server asks
/// for.
///
/// ```
/// use std::time::Duration;
/// use green_api::{Client, RetryPolicy};
///
/// let patient = RetryPolicy::default().attempts(6).deadline(Duration::from_secs(300));
/// let client = Client::builder().retry(patient).build()?;
/// # Ok::<(), green_api::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    attempts: u32,
    base: Duration,
    cap: Duration,
    deadline: Duration,
}

impl Default for RetryPolicy {
    /// Four attempts within a minute, waiting at most 0.5, 1 and 2 s.
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(10),
            deadline: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Returns a policy by which every request is sent once.
    #[must_use]
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// Sets how often a request is sent at most, the first time included.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the limit of the first wait, and the limit that it grows to.
    #[must_use]
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.base = base;
        self.cap = cap;
        self
    }

    /// Sets how long after the request was awaited an attempt may still start; waiting for a turn by the [`Pace`](crate::Pace) counts.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Returns how long an attempt may still wait for its turn.
    pub(crate) fn remaining(&self, elapsed: Duration) -> Duration {
        self.deadline.saturating_sub(elapsed)
    }

    /// How long to wait before the next attempt, or `None` to give up. `random` is between 0 and 1.
    pub(crate) fn decide(
        &self,
        effect: Effect,
        error: &Error,
        attempt: u32,
        elapsed: Duration,
        random: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts || !repeatable(effect, error) {
            return None;
        }
        let wait = full_jitter(self.base, self.cap, attempt, random)
            .max(error.retry_after().unwrap_or_default());
        (elapsed.saturating_add(wait) <= self.deadline).then_some(wait)
    }
}

/// A wait between zero and a limit that doubles with each attempt, counted from 1. `random` is between 0 and 1.
pub(crate) fn full_jitter(base: Duration, cap: Duration, attempt: u32, random: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let limit = base
        .saturating_mul(1 << doublings)
        .min(cap)
        .min(LONGEST_WAIT);
    // `max` makes NaN zero.
    limit.mul_f64(random.max(0.0).clamp(0.0, 1.0))
}

/// Whether repeating can do no harm.
fn repeatable(effect: Effect, error: &Error) -> bool {
    use ErrorKind::{Connect, ConnectionLost, Dns, Gateway, RateLimited, TimedOut};
    match effect {
        Effect::Once => false,
        Effect::Sends | Effect::Changes => {
            error.kind() == RateLimited
                || (error.delivery() == Delivery::NotSent
                    && matches!(error.kind(), Connect | Dns | TimedOut))
        }
        Effect::Reads => {
            matches!(
                error.kind(),
                Connect | Dns | ConnectionLost | Gateway | RateLimited
            ) || (error.kind() == TimedOut && error.delivery() == Delivery::NotSent)
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind, delivery: Delivery) -> Error {
        Error::new("op", kind, delivery)
    }

    fn decide(effect: Effect, error: &Error) -> bool {
        RetryPolicy::default()
            .decide(effect, error, 1, Duration::ZERO, 0.5)
            .is_some()
    }

    #[test]
    fn what_is_repeated_depends_on_the_operation_and_the_delivery() {
        use Delivery::{MaybeSent, NotSent, Refused};
        use ErrorKind::{
            BadRequest, Connect, ConnectionLost, Gateway, InvalidInput, QuotaExceeded, RateLimited,
            Server, TimedOut, Unauthorized,
        };
        let cases = [
            // kind, delivery, safe, unsent
            (Connect, NotSent, true, true),
            (TimedOut, NotSent, true, true),
            (RateLimited, Refused, true, true),
            (Gateway, MaybeSent, true, false),
            (ConnectionLost, MaybeSent, true, false),
            (TimedOut, MaybeSent, false, false),
            (Server, MaybeSent, false, false),
            (BadRequest, Refused, false, false),
            (Unauthorized, Refused, false, false),
            (QuotaExceeded, Refused, false, false),
            (InvalidInput, NotSent, false, false),
        ];
        for (kind, delivery, safe, unsent) in cases {
            let error = error(kind, delivery);
            assert_eq!(decide(Effect::Reads, &error), safe, "reads, {kind:?}");
            assert_eq!(decide(Effect::Changes, &error), unsent, "changes, {kind:?}");
            assert!(!decide(Effect::Once, &error), "once, {kind:?}");
        }
    }

    #[test]
    fn waits_grow_are_capped_and_obey_the_server() {
        let policy = RetryPolicy::default()
            .attempts(100)
            .deadline(Duration::from_secs(1000));
        let refused = error(ErrorKind::Gateway, Delivery::MaybeSent);
        let longest = |attempt| {
            policy
                .decide(Effect::Reads, &refused, attempt, Duration::ZERO, 1.0)
                .unwrap()
        };
        assert_eq!(
            [longest(1), longest(2), longest(3)],
            [500, 1000, 2000].map(Duration::from_millis)
        );
        assert_eq!(longest(90), Duration::from_secs(10));
        assert_eq!(
            policy.decide(Effect::Reads, &refused, 1, Duration::ZERO, 0.0),
            Some(Duration::ZERO)
        );

        let limited = error(ErrorKind::RateLimited, Delivery::Refused)
            .with_retry_after(Some(Duration::from_secs(7)));
        assert_eq!(
            policy.decide(Effect::Reads, &limited, 1, Duration::ZERO, 0.3),
            Some(Duration::from_secs(7))
        );
    }

    #[test]
    fn no_number_makes_a_decision_panic() {
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..200_000_u32 {
            let mut duration = || Duration::new(random.u64(..) >> (round % 64), 999_999_999);
            let [base, cap, deadline, elapsed, asked] = std::array::from_fn(|_| duration());
            let policy = RetryPolicy::default()
                .attempts(u32::MAX)
                .backoff(base, cap)
                .deadline(deadline);
            let limited =
                error(ErrorKind::RateLimited, Delivery::Refused).with_retry_after(Some(asked));
            let (attempt, jitter) = (random.u32(..), f64::from_bits(random.u64(..)));
            if let Some(wait) = policy.decide(Effect::Reads, &limited, attempt, elapsed, jitter) {
                assert!(asked <= wait && elapsed.saturating_add(wait) <= deadline);
            }
            assert!(full_jitter(base, cap, attempt, jitter) <= LONGEST_WAIT);
        }
    }

    #[test]
    fn attempts_and_deadline_end_it() {
        let policy = RetryPolicy::default();
        let refused = error(ErrorKind::Connect, Delivery::NotSent);
        assert!(
            policy
                .decide(Effect::Reads, &refused, 3, Duration::ZERO, 1.0)
                .is_some()
        );
        assert!(
            policy
                .decide(Effect::Reads, &refused, 4, Duration::ZERO, 1.0)
                .is_none()
        );
        assert!(
            policy
                .decide(Effect::Reads, &refused, 1, Duration::from_secs(60), 1.0)
                .is_none()
        );
        assert!(
            RetryPolicy::never()
                .decide(Effect::Reads, &refused, 1, Duration::ZERO, 1.0)
                .is_none()
        );
    }
}
