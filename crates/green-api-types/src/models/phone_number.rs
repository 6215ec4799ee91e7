//! Phone numbers as people write them and as the server wants them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient;

/// A phone number in international format.
///
/// Reads what people write, `+44 7700 900123`, `0044 7700 900123` or `447700900123`, and is sent as the integer that the server wants. Shown
/// as `+447700900123`.
///
/// ```
/// use green_api_types::models::PhoneNumber;
///
/// let number: PhoneNumber = "+44 7700-900123".parse()?;
/// assert_eq!(number.to_string(), "+447700900123");
/// assert_eq!(number.digits(), "447700900123");
/// # Ok::<(), green_api_types::models::ParsePhoneNumberError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(u64);

/// Why a text is not a phone number in international format.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParsePhoneNumberError {
    /// There are no digits.
    Empty,
    /// It has a character that belongs into no phone number.
    Character(char),
    /// It begins with a single zero, as numbers within one country do.
    National,
    /// It has fewer than 7 digits.
    TooShort,
    /// It has more than 15 digits.
    TooLong,
}

/// Digits that E.164 allows at most.
const MOST_DIGITS: usize = 15;
/// Digits of the shortest numbers with a country code.
const FEWEST_DIGITS: usize = 7;

impl PhoneNumber {
    /// The digits, country code first, without `+`.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.to_string()
    }
}

impl FromStr for PhoneNumber {
    type Err = ParsePhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        let (international, rest) = match trimmed.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let mut digits = String::with_capacity(rest.len());
        for character in rest.chars() {
            match character {
                '0'..='9' => digits.push(character),
                // What people put between groups, the non-breaking spaces and hyphens of web pages included.
                ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' | '\u{202f}' | '\u{2010}'
                | '\u{2011}' => {}
                other => return Err(ParsePhoneNumberError::Character(other)),
            }
        }
        let digits = match digits.strip_prefix("00") {
            Some(rest) if !international => rest,
            _ => digits.as_str(),
        };
        match digits.len() {
            0 => Err(ParsePhoneNumberError::Empty),
            _ if digits.starts_with('0') => Err(ParsePhoneNumberError::National),
            length if length < FEWEST_DIGITS => Err(ParsePhoneNumberError::TooShort),
            length if length > MOST_DIGITS => Err(ParsePhoneNumberError::TooLong),
            _ => digits
                .parse()
                .map(Self)
                .map_err(|_| ParsePhoneNumberError::TooLong),
        }
    }
}

impl TryFrom<&str> for PhoneNumber {
    type Error = ParsePhoneNumberError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<u64> for PhoneNumber {
    type Error = ParsePhoneNumberError;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        number.to_string().parse()
    }
}

impl From<PhoneNumber> for u64 {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Display for ParsePhoneNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the phone number is empty"),
            Self::Character(character) => {
                write!(f, "a phone number cannot have the character {character:?}")
            }
            Self::National => f.write_str("the phone number begins with 0"),
            Self::TooShort => write!(f, "the phone number has fewer than {FEWEST_DIGITS} digits"),
            Self::TooLong => write!(f, "the phone number has more than {MOST_DIGITS} digits"),
        }?;
        f.write_str("; write it with its country code, such as +44 7700 900123")
    }
}

impl std::error::Error for ParsePhoneNumberError {}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: String = lenient::read(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for PhoneNumber {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PhoneNumber".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "format": "int64" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for text in [
            "+447700900123",
            "447700900123",
            "00447700900123",
            " +44 (7700) 900-123 ",
            "0044 7700.900/123",
            "+44\u{a0}7700\u{2011}900123",
        ] {
            assert_eq!(
                text.parse::<PhoneNumber>().map(|number| number.0),
                Ok(447_700_900_123),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_international_number() {
        use ParsePhoneNumberError::{Character, Empty, National, TooLong, TooShort};
        let cases = [
            ("", Empty),
            ("+", Empty),
            ("  ", Empty),
            ("00", Empty),
            ("abc", Character('a')),
            ("12", TooShort),
            ("07700900123", National),
            ("+0044", National),
            ("12345678901234567890", TooLong),
            ("+44+7700", Character('+')),
            ("٤٤٧٧٠٠٩٠٠١٢٣", Character('٤')),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PhoneNumber>(), Err(error), "{text}");
        }
    }

    #[test]
    fn travels_as_a_number_and_is_read_from_text_too() {
        let number: PhoneNumber = serde_json::from_str("447700900123").unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "447700900123");
        assert_eq!(
            serde_json::from_str::<PhoneNumber>(r#""447700900123""#).unwrap(),
            number
        );
    }
}
