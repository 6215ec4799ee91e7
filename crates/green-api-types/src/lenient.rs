//! Reading what the server sends even where it drifts.
//!
//! The server has sent numbers as text, text as numbers, switches as `"true"`, 64-bit numbers as `{low, high, unsigned}` and nothing as
//! `{}` or `""`. All of that is read; what cannot be meant is still an error.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Reads a scalar in whatever form it comes. Used as `#[serde(deserialize_with = "…")]` by generated types.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Quota {
///     #[serde(deserialize_with = "green_api_types::lenient::read")]
///     used: i64,
/// }
///
/// let quota: Quota = serde_json::from_str(r#"{"used": "67"}"#)?;
/// assert_eq!(quota.used, 67);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Lists, objects other than those above, and text that is not of the wanted kind.
pub fn read<'de, D: Deserializer<'de>, T: Lenient>(deserializer: D) -> Result<T, D::Error> {
    let scalar = deserializer.deserialize_any(ScalarVisitor)?;
    T::from_scalar(scalar)
        .map_err(|found| D::Error::custom(format_args!("expected {}, found {found}", T::EXPECTED)))
}

/// Reads a list; `null` is an empty one. Used as [`read`] is.
///
/// # Errors
///
/// Whatever is neither a list nor `null`, and items that cannot be read.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads what is left of a notification, without the tag of its union. Used as [`read`] is.
///
/// # Errors
///
/// What cannot be read as JSON.
pub fn without_type_webhook<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<serde_json::Map<String, serde_json::Value>, D::Error> {
    let mut fields = serde_json::Map::deserialize(deserializer)?;
    fields.remove("typeWebhook");
    Ok(fields)
}

/// A value of any of JSON's plain kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `null`, or what stands for it.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent, or one beyond 64 bits.
    Float(f64),
    /// Text, and a whole number beyond `i64` that 64 bits can hold, with all its digits.
    Text(String),
}

impl fmt::Display for Scalar {
    // Says the kind only: the value may be a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text of another kind",
        })
    }
}

/// A type that can be read from any scalar.
pub trait Lenient: Sized {
    /// The wanted kind, in words.
    const EXPECTED: &'static str;

    /// The value, or the scalar back if it cannot be meant.
    ///
    /// # Errors
    ///
    /// The scalar itself.
    fn from_scalar(scalar: Scalar) -> Result<Self, Scalar>;
}

/// Beyond 2^53 a floating-point number may stand for its neighbours.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

impl Lenient for i64 {
    const EXPECTED: &'static str = "an integer";

    /// A number with a fraction or an exponent is an integer only if it is whole and exact: `67.0` and `6.7e1` are 67, `1.5` is none.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and in range"
    )]
    fn from_scalar(scalar: Scalar) -> Result<Self, Scalar> {
        match scalar {
            Scalar::Integer(number) => Ok(number),
            Scalar::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
                Ok(number as i64)
            }
            Scalar::Text(text) => text.trim().parse().map_err(|_| Scalar::Text(text)),
            other => Err(other),
        }
    }
}

impl Lenient for f64 {
    const EXPECTED: &'static str = "a number";

    #[expect(
        clippy::cast_precision_loss,
        reason = "a coordinate or a rate, never an identifier"
    )]
    fn from_scalar(scalar: Scalar) -> Result<Self, Scalar> {
        match scalar {
            Scalar::Integer(number) => Ok(number as f64),
            Scalar::Float(number) => Ok(number),
            // JSON has no infinity, so a text that says so is something else.
            Scalar::Text(text) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(number),
                _ => Err(Scalar::Text(text)),
            },
            other => Err(other),
        }
    }
}

impl Lenient for bool {
    const EXPECTED: &'static str = "a boolean";

    fn from_scalar(scalar: Scalar) -> Result<Self, Scalar> {
        match scalar {
            Scalar::Bool(flag) => Ok(flag),
            Scalar::Integer(0) => Ok(false),
            Scalar::Integer(1) => Ok(true),
            Scalar::Text(text) => match text.trim() {
                "true" | "yes" | "1" => Ok(true),
                "false" | "no" | "0" => Ok(false),
                _ => Err(Scalar::Text(text)),
            },
            other => Err(other),
        }
    }
}

impl Lenient for String {
    const EXPECTED: &'static str = "a text";

    #[inline]
    fn from_scalar(scalar: Scalar) -> Result<Self, Scalar> {
        match scalar {
            Scalar::Text(text) => Ok(text),
            Scalar::Integer(number) => Ok(number.to_string()),
            Scalar::Float(number) => Ok(number.to_string()),
            Scalar::Bool(flag) => Ok(flag.to_string()),
            Scalar::Null => Err(Scalar::Null),
        }
    }
}

impl<T: Lenient> Lenient for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    #[inline]
    fn from_scalar(scalar: Scalar) -> Result<Self, Scalar> {
        match scalar {
            Scalar::Null => Ok(None),
            // An empty text is a text, but no number.
            Scalar::Text(text) if text.is_empty() => Ok(T::from_scalar(Scalar::Text(text)).ok()),
            other => T::from_scalar(other).map(Some),
        }
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, a boolean or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        // As a floating-point number it would stand for its neighbours.
        Ok(i64::try_from(value).map_or_else(|_| Scalar::Text(value.to_string()), Scalar::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(value))
    }

    /// A 64-bit number in two halves, or nothing as `{}`.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        let (mut low, mut high, mut unsigned) = (None, 0, false);
        let mut empty = true;
        while let Some(key) = map.next_key::<String>()? {
            empty = false;
            match key.as_str() {
                "low" => low = Some(half(map.next_value()?)?),
                "high" => high = half(map.next_value()?)?,
                "unsigned" => unsigned = map.next_value()?,
                _ => return Err(A::Error::custom("expected a plain value, found an object")),
            }
        }
        match low {
            Some(low) => {
                let bits = (u64::from(high) << 32) | u64::from(low);
                if unsigned {
                    self.visit_u64(bits)
                } else {
                    self.visit_i64(bits.cast_signed())
                }
            }
            None if empty => Ok(Scalar::Null),
            None => Err(A::Error::custom("expected a plain value, found an object")),
        }
    }
}

/// Returns the 32 bits of half a number, with or without a sign.
fn half<E: Error>(number: i64) -> Result<u32, E> {
    u32::try_from(number)
        .or_else(|_| i32::try_from(number).map(i32::cast_unsigned))
        .map_err(|_| E::custom("expected a half of a number, found more than 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json<T: Lenient>(json: &str) -> Result<T, serde_json::Error> {
        read(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn numbers_come_as_numbers_text_and_halves() {
        assert_eq!(read_json::<i64>("67").unwrap(), 67);
        assert_eq!(read_json::<i64>(r#"" 67 ""#).unwrap(), 67);
        assert_eq!(read_json::<i64>("67.0").unwrap(), 67);
        assert_eq!(read_json::<i64>("6.7e1").unwrap(), 67);
        assert_eq!(
            read_json::<i64>(r#"{"low": 1700000000, "high": 0, "unsigned": true}"#).unwrap(),
            1_700_000_000
        );
        assert_eq!(
            read_json::<i64>(r#"{"low": -1, "high": 1, "unsigned": false}"#).unwrap(),
            0x1_FFFF_FFFF
        );
        assert_eq!(read_json::<f64>(r#""51.5""#).unwrap(), 51.5);
    }

    #[test]
    fn a_number_beyond_an_integer_keeps_its_digits_as_text() {
        for json in ["12345678901234567890", "12345678901234567891"] {
            assert_eq!(read_json::<String>(json).unwrap(), json);
            assert_eq!(
                read_json::<f64>(json).unwrap(),
                12_345_678_901_234_567_890.0
            );
        }
        let halves = r#"{"low": -1, "high": -1, "unsigned": true}"#;
        assert_eq!(read_json::<String>(halves).unwrap(), u64::MAX.to_string());
    }

    #[test]
    fn infinity_is_no_number() {
        for json in [r#""inf""#, r#""-Infinity""#, r#""NaN""#, r#""1e999""#] {
            assert!(read_json::<f64>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn nothing_comes_as_null_and_as_an_empty_object() {
        assert_eq!(read_json::<Option<String>>("null").unwrap(), None);
        assert_eq!(read_json::<Option<String>>("{}").unwrap(), None);
        assert_eq!(read_json::<Option<i64>>(r#""""#).unwrap(), None);
        assert_eq!(
            read_json::<Option<String>>(r#""""#).unwrap(),
            Some(String::new())
        );
    }

    #[test]
    fn text_and_switches_come_as_anything_plain() {
        assert_eq!(read_json::<String>("447700900123").unwrap(), "447700900123");
        assert!(read_json::<bool>(r#""yes""#).unwrap());
        assert!(!read_json::<bool>("0").unwrap());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_repeating_it() {
        for (json, wanted) in [
            (r#""secret words""#, "an integer"),
            ("[1]", "a number, a text"),
            (r#"{"a": 1}"#, "a plain value"),
            ("null", "an integer"),
            ("1.5", "an integer"),
            (r#""1.5""#, "an integer"),
            // As a floating-point number it could be its neighbour.
            ("9007199254740994.0", "an integer"),
            ("1e18", "an integer"),
            ("18446744073709551615", "an integer"),
            (r#"{"low": -1, "high": -1, "unsigned": true}"#, "an integer"),
            (r#"{"low": 4294967303, "high": 0}"#, "32 bits"),
            (r#"{"low": 7, "high": -2147483649}"#, "32 bits"),
        ] {
            let error = read_json::<i64>(json).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
            assert!(!error.contains("secret words"), "{error}");
        }
    }
}
