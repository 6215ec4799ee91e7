//! Durations in words.

use std::fmt;
use std::time::Duration;

/// Shows a duration as people say it: `300 ms`, `20 s`, `5 min`, `1 h 30 min`, `2 days`.
pub(super) struct Human(pub(super) Duration);

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (whole, unit, rest, part) = match seconds {
            0 => return write!(f, "{} ms", self.0.as_millis()),
            1..60 => return write!(f, "{seconds} s"),
            60..3_600 => (seconds / 60, "min", seconds % 60, "s"),
            3_600..172_800 => (seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
            _ => return write!(f, "{} days", seconds / 86_400),
        };
        write!(f, "{whole} {unit}")?;
        if rest == 0 {
            Ok(())
        } else {
            write!(f, " {rest} {part}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_has_words() {
        let cases = [
            (Duration::ZERO, "0 ms"),
            (Duration::from_millis(300), "300 ms"),
            (Duration::from_millis(20_900), "20 s"),
            (Duration::from_secs(300), "5 min"),
            (Duration::from_secs(301), "5 min 1 s"),
            (Duration::from_secs(5_400), "1 h 30 min"),
            (Duration::from_secs(172_800), "2 days"),
            (Duration::MAX, "213503982334601 days"),
        ];
        for (duration, words) in cases {
            assert_eq!(Human(duration).to_string(), words);
        }
    }
}
