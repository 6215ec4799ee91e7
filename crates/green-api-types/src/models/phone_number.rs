//! Phone numbers as people write them and as the server wants them.

mod plan;

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::plan::{EIGHT_IS_TRUNK, LONGEST_CODE, ZERO_IS_DIALLED, plan};
use crate::lenient;

/// A phone number in international format.
///
/// Reads what people write, `+44 7700 900123`, `0044 7700 900123` or `447700900123`, and is sent as the integer that the server wants. Shown
/// as `+447700900123`. A `(0)` after the country code is dropped, and a `(8)` where 8 is dialled in its place. What could be a number within one
/// country, or has more or fewer digits than numbers of its country have, is refused, because the server would take it for a stranger's number.
///
/// ```
/// use green_api_types::models::PhoneNumber;
///
/// let number: PhoneNumber = "+44 (0)7700-900123".parse()?;
/// assert_eq!(number.to_string(), "+447700900123");
/// assert_eq!(number.digits(), "447700900123");
/// assert!("8 (999) 123-45-67".parse::<PhoneNumber>().is_err());
/// # Ok::<(), green_api_types::models::ParsePhoneNumberError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(u64);

/// An error which is returned when a text is not a phone number in international format.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParsePhoneNumberError {
    /// There are no digits.
    Empty,
    /// It has a character that belongs into no phone number.
    Character(char),
    /// It begins with a single zero, as numbers within one country do.
    National,
    /// It begins with the 8 that is dialled within countries such as Russia, Kazakhstan and Lithuania.
    NationalEight,
    /// It begins with an area code, as numbers within one country do.
    AreaCode,
    /// It begins with digits that are not the code of any country.
    CountryCode(String),
    /// It has a zero after the country code, as it is dialled only within the country.
    TrunkZero(&'static str),
    /// It has fewer than 7 digits.
    TooShort,
    /// It has more than 15 digits.
    TooLong,
    /// Numbers of this country code have another number of digits, the code included.
    Length(&'static str, RangeInclusive<usize>),
    /// More digits follow the number: an extension, the end of a second number, or a decimal fraction.
    Extension,
}

/// Digits that E.164 allows at most.
const MOST_DIGITS: usize = 15;
/// Digits of the shortest numbers with a country code.
const FEWEST_DIGITS: usize = 7;
/// Digits of numbers within Russia and within North America.
const NATIONAL_DIGITS: usize = 10;

impl PhoneNumber {
    /// Returns the digits, country code first, without `+`.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.to_string()
    }
}

impl FromStr for PhoneNumber {
    type Err = ParsePhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let groups = Groups::read(visible.trim())?;
        if has_extension(visible.trim()) {
            return Err(ParsePhoneNumberError::Extension);
        }
        groups.number()
    }
}

/// Returns `true` if a whole number is followed by more digits in a way that never continues one: `/46`, `(2)`, `.0`.
fn has_extension(text: &str) -> bool {
    let whole = |before| Groups::read(before).is_ok_and(|groups| groups.number().is_ok());
    let in_one_group = |text: &str| {
        text.bytes()
            .all(|byte| byte == b'+' || byte.is_ascii_digit())
    };
    text.rfind(['/', '(']).is_some_and(|at| whole(&text[..at]))
        || text.rsplit_once('.').is_some_and(|(before, after)| {
            after == "0" || (in_one_group(before) && !after.is_empty() && whole(before))
        })
}

/// A number as it was written, understood before its punctuation is thrown away.
struct Groups {
    plus: bool,
    /// All digits.
    digits: String,
    /// The digits before the first separator.
    first: String,
    /// Whether the first group stands in brackets.
    bracketed: bool,
    /// The digit that follows the first group in brackets of its own, as in `(0)`.
    trunk_prefix: Option<char>,
}

impl Groups {
    fn read(text: &str) -> Result<Self, ParsePhoneNumberError> {
        let bracketed = text.starts_with('(') && !text.starts_with("(+");
        let unbracketed = text.strip_prefix('(').unwrap_or(text);
        let (plus, rest) = match unbracketed.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // What a number begins with is no separator: "-44…" is a negative number.
        let first = rest.trim_start().chars().next();
        if let Some(first) = first.filter(|c| *c != '(' && is_separator(*c)) {
            return Err(ParsePhoneNumberError::Character(first));
        }
        let mut groups = vec![String::new()];
        for character in rest.chars() {
            match (character, groups.last_mut()) {
                ('0'..='9', Some(group)) => group.push(character),
                (_, Some(group)) if is_separator(character) => {
                    if !group.is_empty() {
                        groups.push(String::new());
                    }
                }
                _ => return Err(ParsePhoneNumberError::Character(character)),
            }
        }
        let compact: String = rest.chars().filter(|c| !c.is_whitespace()).collect();
        Ok(Self {
            plus,
            digits: groups.concat(),
            trunk_prefix: groups
                .get(1)
                .filter(|group| group.len() == 1 && compact.contains(&format!("({group})")))
                .and_then(|group| group.chars().next()),
            first: groups.swap_remove(0),
            bracketed,
        })
    }

    fn number(&self) -> Result<PhoneNumber, ParsePhoneNumberError> {
        use ParsePhoneNumberError::{
            AreaCode, CountryCode, Empty, Length, National, NationalEight, TooLong, TooShort,
            TrunkZero,
        };
        let (international, digits) = match self.digits.strip_prefix("00") {
            Some(rest) if !self.plus => (true, rest),
            _ => (self.plus, self.digits.as_str()),
        };
        if digits.is_empty() {
            return Err(Empty);
        }
        if digits.starts_with('0') {
            return Err(National);
        }
        if digits.len() < FEWEST_DIGITS {
            return Err(TooShort);
        }
        // A first group of one digit is a trunk prefix unless it is a country code of its own.
        if !international && self.first == "8" {
            return Err(NationalEight);
        }
        let Some((code, lengths)) = plan(digits) else {
            return Err(match digits.as_bytes() {
                [b'8', ..] if digits.len() == NATIONAL_DIGITS + 1 => NationalEight,
                _ => CountryCode(digits.chars().take(LONGEST_CODE).collect()),
            });
        };
        // Ten digits that begin with a group of three are how numbers within Russia and North America are written.
        let like_an_area_code =
            self.bracketed || (self.first.len() == LONGEST_CODE && digits.len() == NATIONAL_DIGITS);
        if !international && like_an_area_code && self.first != code {
            return Err(AreaCode);
        }
        let mut national = &digits[code.len()..];
        match (self.trunk_prefix, national.split_at_checked(1)) {
            // "(0)" stands for a digit that is dialled within the country only; where all dial it, nobody can say what is meant.
            (Some('0'), Some(("0", rest))) if !ZERO_IS_DIALLED.contains(&code) => national = rest,
            (Some('0'), _) => return Err(TrunkZero(code)),
            (Some('8'), Some(("8", rest))) if EIGHT_IS_TRUNK.contains(&code) => national = rest,
            _ => {}
        }
        if national.starts_with('0') && !ZERO_IS_DIALLED.contains(&code) {
            return Err(TrunkZero(code));
        }
        let digits = format!("{code}{national}");
        if digits.len() > MOST_DIGITS {
            return Err(TooLong);
        }
        if !lengths.contains(&digits.len()) {
            return Err(Length(code, lengths));
        }
        digits.parse().map(PhoneNumber).map_err(|_| TooLong)
    }
}

/// Returns `true` for what people put between groups, the non-breaking spaces and hyphens of web pages included.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}'
    ) || character.is_whitespace()
}

/// Returns `true` for characters that only change how others look: the direction marks, variation selectors and zero-width characters that
/// copied texts carry.
#[doc(hidden)]
#[must_use]
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
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
            Self::NationalEight => {
                return f.write_str(
                    "the phone number begins with the 8 that is dialled within countries such as Russia and Kazakhstan; write + and the country code in its place, such as +7 999 123-45-67, or a + before it if the 8 is of the country code",
                );
            }
            Self::AreaCode => f.write_str("the phone number begins with an area code"),
            Self::CountryCode(digits) => write!(f, "no country has the code {digits}"),
            Self::TrunkZero(code) => {
                return write!(
                    f,
                    "the phone number has a 0 after the country code {code}, which is dialled only within the country; leave it out, such as +44 7700 900123 for +44 (0)7700 900123"
                );
            }
            Self::TooShort => write!(f, "the phone number has fewer than {FEWEST_DIGITS} digits"),
            Self::TooLong => write!(f, "the phone number has more than {MOST_DIGITS} digits"),
            Self::Length(code, digits) => {
                write!(
                    f,
                    "a phone number with the country code {code} has {}",
                    digits.start()
                )?;
                if digits.start() != digits.end() {
                    write!(f, " to {}", digits.end())?;
                }
                f.write_str(" digits, its code included")
            }
            Self::Extension => {
                return f.write_str(
                    "more digits follow the phone number, such as an extension, a second number or a .0; write one number alone, such as +44 7700 900123",
                );
            }
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

schema!(PhoneNumber, { "type": "integer", "format": "int64" });

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
    fn drops_what_is_written_for_the_eye_only() {
        for text in [
            "+44 (0)7700 900123",
            "+44(0)7700900123",
            "0044 (0) 7700 900123",
            "44 (0)7700 900123",
            "(+44) 7700 900123",
            "(44) 7700 900123",
            "\u{202a}+44 7700 900123\u{202c}",
            "\u{200e}+44 7700\u{2013}900123",
            "\u{feff}447700900123\t",
        ] {
            assert_eq!(
                text.parse::<PhoneNumber>().map(|number| number.0),
                Ok(447_700_900_123),
                "{text:?}"
            );
        }
        // The zero belongs to the number.
        for (text, digits) in [
            ("+39 06 1234 5678", "390612345678"),
            ("+225 07 00 00 00 00", "2250700000000"),
            ("+84 95 123 45 67", "84951234567"),
            ("84951234567", "84951234567"),
        ] {
            assert_eq!(text.parse::<PhoneNumber>().unwrap().digits(), digits);
        }
    }

    #[test]
    fn refuses_what_is_no_international_number() {
        use ParsePhoneNumberError::{
            AreaCode, Character, CountryCode, Empty, Length, National, NationalEight, TooLong,
            TooShort, TrunkZero,
        };
        let cases = [
            ("", Empty),
            ("+", Empty),
            ("  ", Empty),
            ("00", Empty),
            ("abc", Character('a')),
            ("12", TooShort),
            ("07700900123", National),
            ("+0044", National),
            ("0 11 44 7700 900123", National),
            ("12345678901234567890", TooLong),
            ("44123456789012345", TooLong),
            ("+44+7700", Character('+')),
            ("٤٤٧٧٠٠٩٠٠١٢٣", Character('٤')),
            ("8 (999) 123-45-67", NationalEight),
            ("89991234567", NationalEight),
            ("8 495 123-45-67", NationalEight),
            ("8 (812) 123 45 67", NationalEight),
            ("999 123 45 67", CountryCode("999".to_owned())),
            ("+999 123 45 67", CountryCode("999".to_owned())),
            ("2101234567", CountryCode("210".to_owned())),
            ("(202) 555-0123", AreaCode),
            ("(212) 555-0123 ext", Character('e')),
            ("+44 07700 900123", TrunkZero("44")),
            ("4407700900123", TrunkZero("44")),
            ("+39 (0)6 1234 5678", TrunkZero("39")),
            ("7 999 123 45", Length("7", 11..=11)),
            ("+1 555 010 012", Length("1", 11..=11)),
            ("7025550123", TrunkZero("7")),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PhoneNumber>(), Err(error), "{text}");
        }
    }

    #[test]
    fn what_follows_a_number_is_not_glued_to_it() {
        for text in [
            "447700900145.0",
            "447700900145.00",
            "447700900145.5",
            "+44 7700 900145.0",
            "4915112345678.0",
            "+44 7700 900145/146",
            "+44 7700 900145 / 46",
            "+44 7700 900145 (2)",
            "+49 151 12345678/12",
            "+49 151 12345678/12 13",
            "+49 30/1234567 (2)",
        ] {
            assert_eq!(
                text.parse::<PhoneNumber>(),
                Err(ParsePhoneNumberError::Extension),
                "{text}"
            );
        }
        for text in [
            "+44 7700 900145-12",
            "+44 7700 900145 2",
            "+33 1 23 45 67 89 10",
        ] {
            let length = matches!(
                text.parse::<PhoneNumber>(),
                Err(ParsePhoneNumberError::Length(_, _))
            );
            assert!(length, "{text}");
        }
        for text in [
            "-447700900145",
            ".447700900145",
            "/447700900145",
            "+-447700900145",
        ] {
            let character = matches!(
                text.parse::<PhoneNumber>(),
                Err(ParsePhoneNumberError::Character(_))
            );
            assert!(character, "{text}");
        }
    }

    #[test]
    fn a_number_within_one_country_is_not_another_countrys() {
        use ParsePhoneNumberError::{AreaCode, Length, NationalEight, TrunkZero};
        let cases = [
            ("9161234567", Length("91", 12..=12)),
            ("9251234567", Length("92", 11..=12)),
            ("9811234567", Length("98", 12..=12)),
            ("9951234567", Length("995", 12..=12)),
            ("3911234567", Length("39", 11..=12)),
            ("2025550123", Length("20", 11..=12)),
            ("4155550132", Length("41", 11..=11)),
            ("212 555 0123", Length("212", 12..=12)),
            ("213 555 0123", Length("213", 11..=12)),
            ("503-555-0123", Length("503", 11..=11)),
            ("916 123 45 67", AreaCode),
            ("495 123-45-67", AreaCode),
            ("202 555 0123", AreaCode),
            ("415-555-0132", AreaCode),
            ("475.555.0123", AreaCode),
            ("8 612 34567", NationalEight),
            ("(8) 612 34567", NationalEight),
            ("8-10-44-7700-900145", NationalEight),
            ("861234567", Length("86", 11..=13)),
            ("+375 8 029 1234567", Length("375", 12..=12)),
            ("+375 (8) 029 1234567", TrunkZero("375")),
            ("+370 8 612 34567", Length("370", 11..=11)),
            ("+4477009", Length("44", 12..=12)),
            ("+44 7700 90014", Length("44", 12..=12)),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PhoneNumber>(), Err(error), "{text}");
        }
    }

    #[test]
    fn numbers_of_every_length_of_a_plan_are_read() {
        for (text, digits) in [
            ("+370 (8) 612 34567", "37061234567"),
            ("+7 (8) 999 123-45-67", "79991234567"),
            ("+61 (8) 5550 1234", "61855501234"),
            ("+49 30/1234567", "49301234567"),
            ("+49 34242/12345", "493424212345"),
            ("+49 (30) 123456-12", "493012345612"),
            ("+43 1 12345", "43112345"),
            ("+39 333 123456", "39333123456"),
            ("+39 333 1234567", "393331234567"),
            ("+52 1 55 1234 5678", "5215512345678"),
            ("+52 55 1234 5678", "525512345678"),
            ("+54 9 11 1234 5678", "5491112345678"),
            ("+54 11 1234 5678", "541112345678"),
            ("+55 11 1234 5678", "551112345678"),
            ("+55 11 91234 5678", "5511912345678"),
            ("+62 812 3456 789", "628123456789"),
            ("+62 812 3456 78901", "62812345678901"),
            ("+20 10 1234 5678", "201012345678"),
            ("+20 3 123 4567", "2031234567"),
            ("+225 12 34 56 78", "22512345678"),
            ("+229 12 34 56 78", "22912345678"),
            ("+372 512 3456", "3725123456"),
            ("372 512 3456", "3725123456"),
            ("+33 6.12.34.56.00", "33612345600"),
            ("+86 138 1234 5678", "8613812345678"),
            ("+234 801 234 5678", "2348012345678"),
            ("447 700 900 145", "447700900145"),
            ("+44 7700 900145\u{fe0f}", "447700900145"),
            ("\u{61c}+44 7700 900145", "447700900145"),
        ] {
            let number = text.parse::<PhoneNumber>().map(|number| number.digits());
            assert_eq!(number.as_deref(), Ok(digits), "{text}");
        }
    }

    #[test]
    fn every_refusal_says_what_to_write() {
        for text in [
            "",
            "abc",
            "07700900123",
            "8 (999) 123-45-67",
            "999 123 45 67",
            "+44 07700 900123",
            "(202) 555-0123",
            "7 999 123 45",
            "+4477009",
            "+44 7700 900145/146",
            "447700900145.0",
            "8 612 34567",
            "916 123 45 67",
            "9161234567",
        ] {
            let error = text.parse::<PhoneNumber>().unwrap_err().to_string();
            assert!(error.contains("such as +"), "{error}");
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
