//! Numbers of a server that become times. Each is read here once, and what comes out fits every sum.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The longest wait that a server can ask for. Whoever asks for more is mistaken, or wants us to stop for good.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns that many seconds, at most [`LONGEST_WAIT`]; `None` for what is not a number of seconds.
#[must_use]
pub fn seconds(number: f64) -> Option<Duration> {
    // Also refuses NaN.
    (number >= 0.0).then(|| {
        Duration::try_from_secs_f64(number)
            .unwrap_or(LONGEST_WAIT)
            .min(LONGEST_WAIT)
    })
}

/// Returns what `Retry-After` says, a number of seconds or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(number) = text.parse() {
        return seconds(number);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // A date that is over asks for no wait.
    let wait = date.duration_since(SystemTime::now()).unwrap_or_default();
    Some(wait.min(LONGEST_WAIT))
}

/// Returns how far apart the server wants requests, from `X-RateLimit-Replenish-Rate`, the number that it grants in a second.
pub(crate) fn spacing(headers: &HeaderMap) -> Option<Duration> {
    let rate: f64 = headers
        .get("x-ratelimit-replenish-rate")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    (rate > 0.0).then(|| seconds(rate.recip())).flatten()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn waits(retry: &str, rate: &str) -> (Option<Duration>, Option<Duration>) {
        let mut headers = HeaderMap::new();
        for (name, value) in [("retry-after", retry), ("x-ratelimit-replenish-rate", rate)] {
            headers.insert(name, value.parse().expect("it is a header"));
        }
        (retry_after(&headers), spacing(&headers))
    }

    #[test]
    fn numbers_from_outside_are_clamped_where_they_are_read() {
        let (day, none) = (Some(LONGEST_WAIT), None);
        for (text, wait) in [
            ("7", Some(Duration::from_secs(7))),
            (" 0 ", Some(Duration::ZERO)),
            ("31536000", day),
            ("18446744073709551615", day),
            ("99999999999999999999999999999999", day),
            ("inf", day),
            ("1e400", day),
            ("-1", none),
            ("NaN", none),
            ("soon", none),
            ("", none),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(Duration::ZERO)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", day),
            ("Fri, 31 Dec 99999 23:59:59 GMT", none),
        ] {
            assert_eq!(waits(text, "1").0, wait, "{text}");
        }
        for (text, wait) in [
            ("50", Some(Duration::from_millis(20))),
            ("1e-30", day),
            ("5e-324", day),
            ("1e300", Some(Duration::ZERO)),
            ("inf", Some(Duration::ZERO)),
            ("0", none),
            ("-0.0", none),
            ("-1", none),
            ("NaN", none),
        ] {
            assert_eq!(waits("1", text).1, wait, "{text}");
        }
    }

    #[test]
    fn every_number_and_every_rate_becomes_a_wait_that_fits() {
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..200_000_u32 {
            // As likely to be short as to be long, and at every edge once.
            let number = random.u64(..) >> (round % 64);
            let bits = f64::from_bits(random.u64(..));
            let (retry, rate) = waits(&number.to_string(), &bits.to_string());
            let expected = Duration::from_secs(number).min(LONGEST_WAIT);
            assert_eq!(retry, Some(expected), "{number}");
            assert_eq!(rate.is_some(), bits > 0.0, "{bits}");
            assert!(rate.unwrap_or_default() <= LONGEST_WAIT, "{bits}");
            assert_eq!(seconds(bits).is_some(), bits >= 0.0, "{bits}");
            assert!(seconds(bits).unwrap_or_default() <= LONGEST_WAIT, "{bits}");
        }
    }

    #[test]
    fn a_date_is_a_wait() {
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(90));
        let wait = waits(&date, "1").0.expect("it is a date");
        assert!(
            (Duration::from_secs(80)..=Duration::from_secs(90)).contains(&wait),
            "{wait:?}"
        );
    }
}
