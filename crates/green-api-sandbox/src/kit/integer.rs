//! Integers as JSON has them.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};
use serde_json::Number;

/// Reads an integer that may be written as `2.0`: JSON Schema makes no difference, and some programs write all numbers so.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let number = Number::deserialize(deserializer)?;
    let integer = number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        // What does not fit becomes another number, or the largest one.
        Some(float as u64).filter(|integer| *integer as f64 == float && *integer < u64::MAX)
    });
    integer
        .and_then(|integer| T::try_from(integer).ok())
        .ok_or_else(|| {
            D::Error::custom(format_args!(
                "{number} is not a whole number, or out of range"
            ))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        let read = |value: Value| deserialize::<_, u32>(value).ok();
        for (written, expected) in [
            (json!(2), Some(2)),
            (json!(2.0), Some(2)),
            (json!(0.0), Some(0)),
            (json!(2.5), None),
            (json!(-2), None),
            (json!(-2.0), None),
            (json!(4_294_967_296.0), None),
            (json!(1e300), None),
            (json!("2"), None),
        ] {
            assert_eq!(read(written.clone()), expected, "{written}");
        }
        let large = |value: Value| deserialize::<_, u64>(value).ok();
        assert_eq!(large(json!(u64::MAX)), Some(u64::MAX));
        assert_eq!(large(json!(18_446_744_073_709_551_616.0)), None);
    }
}
