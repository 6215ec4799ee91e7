//! How fast a program calls the API.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

mod lanes;
mod pacer;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use green_api_client::LONGEST_WAIT;
use green_api_types::operation::Operation;

pub(crate) use self::pacer::{Pacer, Turns};

/// Nobody means a slower one, and a faster one limits nothing.
const RATES: RangeInclusive<f64> = 1e-4..=1e4;
/// Two requests that leave a second apart can arrive a little closer. The server forgives that where it counts several a second.
const NETWORK_JITTER: Duration = Duration::from_millis(50);

/// The pace of requests: by default as fast as the API takes them.
///
/// The documentation has a [rate](https://green-api.com/en/docs/api/ratelimiter/) for nearly every operation, in requests a second for each
/// instance, and answers 429 above it. The client keeps to these rates: requests leave evenly, and one that comes too early waits for its turn.
/// What is asked once a second counts from when it had its connection.
/// Requests to one chat leave in the order in which they were first polled, a repetition after those that wait, and chats take turns, so that one with
/// many messages does not hold up the others. All clones of a [`Client`](crate::Client) and all instances of one number and one rate share the turns.
/// Other rates, other clients and other programs are counted for themselves, and a 429 that comes of that is handled by
/// [`RetryPolicy`](crate::RetryPolicy).
///
/// Waiting counts against [`RetryPolicy::deadline`](crate::RetryPolicy::deadline). A request whose turn does not come by then fails with
/// [`ErrorKind::Throttled`](crate::ErrorKind::Throttled), and is not sent.
///
/// What WhatsApp tolerates is far below what the API takes; see [the guide](crate::guides::pace) and
/// [`between_messages`](Self::between_messages).
///
/// ```
/// use std::time::Duration;
/// use green_api::{Client, Credentials, Pace};
///
/// let client = Client::builder().pace(Pace::off()).build()?;
/// let newsletter = client
///     .instance(Credentials::new("https://7103.api.greenapi.com", "7103000001", "0123456789abcdef")?)
///     .with_pace(Pace::documented().between_messages(Duration::from_secs(5)..=Duration::from_secs(20)));
/// # Ok::<(), green_api::ConfigError>(())
/// ```
#[derive(Clone, Default)]
pub struct Pace {
    paced: Paced,
    /// Rates in place of documented ones, by operation.
    own: BTreeMap<&'static str, f64>,
    between_messages: Option<(Duration, Duration)>,
}

#[derive(Clone, Default)]
enum Paced {
    None,
    #[default]
    All,
    Only(Arc<dyn Fn(&Operation) -> bool + Send + Sync>),
}

impl Pace {
    /// Returns the documented rates. This is the default.
    #[must_use]
    pub fn documented() -> Self {
        Self::default()
    }

    /// Returns a pace without limits. The server answers 429 to what is too fast.
    #[must_use]
    pub fn off() -> Self {
        Self {
            paced: Paced::None,
            ..Self::default()
        }
    }

    /// Returns the documented rates for some operations, and no limit for others.
    ///
    /// ```
    /// use green_api::Pace;
    /// use green_api::operation::Operation;
    ///
    /// let pace = Pace::only(Operation::sends);
    /// let pace = Pace::only(|operation| operation.section == "sending");
    /// ```
    #[must_use]
    pub fn only(operations: impl Fn(&Operation) -> bool + Send + Sync + 'static) -> Self {
        Self {
            paced: Paced::Only(Arc::new(operations)),
            ..Self::default()
        }
    }

    /// Sets the rate of one operation in requests a second, whether or not one is documented. From 0.0001 to 10,000;
    /// what is beyond is taken as the nearest of these.
    ///
    /// ```
    /// use green_api::{Pace, operations};
    ///
    /// let pace = Pace::documented().rate(&operations::CHECK_WHATSAPP, 0.5);
    /// ```
    #[must_use]
    pub fn rate(mut self, operation: &Operation, per_second: f64) -> Self {
        self.own.insert(operation.id, per_second);
        self
    }

    /// Sets the time from one message or status of an instance to its next, whatever operation sends it. Each time is drawn anew from the range.
    /// At most a day.
    ///
    /// The requests themselves are spaced. The server has a queue of its own, which
    /// [`delay_send_messages_milliseconds`](crate::Request::delay_send_messages_milliseconds) spaces.
    #[must_use]
    pub fn between_messages(mut self, range: RangeInclusive<Duration>) -> Self {
        let (least, most) = range.into_inner();
        let least = least.min(LONGEST_WAIT);
        self.between_messages = Some((least, most.min(LONGEST_WAIT).max(least)));
        self
    }

    /// Returns the rate of an operation, if it has one.
    fn per_second(&self, operation: &Operation) -> Option<f64> {
        let documented = || match &self.paced {
            Paced::None => None,
            Paced::All => operation.rate_limit,
            Paced::Only(chosen) => operation.rate_limit.filter(|_| chosen(operation)),
        };
        let own = || self.own.get(operation.id).copied();
        own().filter(|rate| !rate.is_nan()).or_else(documented)
    }

    /// Returns the time from one request to the next, if the operation has a rate.
    fn period(&self, operation: &Operation) -> Option<Duration> {
        self.per_second(operation).map(period)
    }

    /// Returns whether there is a time between messages.
    pub(crate) fn spaces_messages(&self) -> bool {
        self.between_messages.is_some()
    }

    /// Returns the time from one message to the next, drawn anew, if the operation sends one.
    fn gap(&self, operation: &Operation) -> Option<(Duration, Duration)> {
        self.between_messages.filter(|_| operation.sends())
    }
}

fn period(per_second: f64) -> Duration {
    let per_second = per_second.clamp(*RATES.start(), *RATES.end());
    let period = Duration::from_secs_f64(per_second.recip());
    if per_second < 2.0 {
        period.saturating_add(NETWORK_JITTER)
    } else {
        period
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let documented = match &self.paced {
            Paced::None => "none",
            Paced::All => "all",
            Paced::Only(_) => "some",
        };
        f.debug_struct("Pace")
            .field("documented", &documented)
            .field("own", &self.own)
            .field("between_messages", &self.between_messages)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use green_api_types::operations;

    use super::*;

    #[test]
    fn no_rate_is_too_odd() {
        let mut random = fastrand::Rng::with_seed(3);
        let odd = [
            0.0,
            -1.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            f64::MIN_POSITIVE,
        ];
        let drawn = std::iter::repeat_with(|| f64::from_bits(random.u64(..))).take(100_000);
        for rate in odd.into_iter().chain(drawn) {
            let pace = Pace::off().rate(&operations::SEND_MESSAGE, rate);
            let period = pace.period(&operations::SEND_MESSAGE);
            assert_eq!(period.is_none(), rate.is_nan());
            assert!(period.is_none_or(|period| governor::Quota::with_period(period).is_some()));
        }
    }

    #[test]
    fn every_documented_rate_is_kept() {
        for operation in operations::ALL {
            let period = Pace::default().period(operation);
            assert_eq!(period.is_some(), operation.rate_limit.is_some());
            assert!(Pace::off().period(operation).is_none());
            if let (Some(period), Some(rate)) = (period, operation.rate_limit) {
                let kept = period.as_secs_f64().recip();
                assert!(kept <= rate * 1.000_001, "{}", operation.id);
            }
        }
    }
}
