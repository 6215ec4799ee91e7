//! Phone numbers as people write them and as the server wants them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient;

/// A phone number in international format.
///
/// Reads what people write, `+44 7700 900123`, `0044 7700 900123` or `447700900123`, and is sent as the integer that the server wants. Shown
/// as `+447700900123`. A `(0)` after the country code is dropped; everything that could be a number within one country is refused, because the
/// server would take it for a stranger's number.
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
    /// It begins with the 8 that stands for the country code within Russia and Kazakhstan.
    NationalEight,
    /// It begins with an area code in brackets, as numbers within one country do.
    AreaCode,
    /// It begins with digits that are not the code of any country.
    CountryCode(String),
    /// It has a zero after the country code, as it is dialled only within the country.
    TrunkZero(&'static str),
    /// It has fewer than 7 digits.
    TooShort,
    /// It has more than 15 digits.
    TooLong,
    /// Numbers of this country code have another number of digits.
    Length(&'static str, usize),
}

/// Digits that E.164 allows at most.
const MOST_DIGITS: usize = 15;
/// Digits of the shortest numbers with a country code.
const FEWEST_DIGITS: usize = 7;
/// Digits of every number of the country codes 1 and 7, their code included.
const ZONE_DIGITS: usize = 11;

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
        use ParsePhoneNumberError::{
            AreaCode, CountryCode, Empty, Length, National, NationalEight, TooLong, TooShort,
            TrunkZero,
        };
        let groups = Groups::read(text)?;
        let (international, digits) = match groups.digits.strip_prefix("00") {
            Some(rest) if !groups.plus => (true, rest.to_owned()),
            _ => (groups.plus, groups.digits.clone()),
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
        if !international && groups.first == "8" && digits.len() == ZONE_DIGITS {
            return Err(NationalEight);
        }
        let Some(code) = country_code(&digits) else {
            return Err(match digits.as_bytes() {
                [b'8', ..] if digits.len() == ZONE_DIGITS => NationalEight,
                _ => CountryCode(digits.chars().take(LONGEST_CODE).collect()),
            });
        };
        if !international && groups.bracketed && groups.first != code {
            return Err(AreaCode);
        }
        let mut national = digits[code.len()..].to_owned();
        if groups.trunk_zero_in_brackets {
            // "(0)" stands for a digit that is dialled within the country only; where all dial it, nobody can say what is meant.
            match national.strip_prefix('0') {
                Some(rest) if !ZERO_IS_DIALLED.contains(&code) => national = rest.to_owned(),
                _ => return Err(TrunkZero(code)),
            }
        }
        if national.starts_with('0') && !ZERO_IS_DIALLED.contains(&code) {
            return Err(TrunkZero(code));
        }
        let digits = format!("{code}{national}");
        if digits.len() > MOST_DIGITS {
            return Err(TooLong);
        }
        if matches!(code, "1" | "7") && digits.len() != ZONE_DIGITS {
            return Err(Length(code, ZONE_DIGITS));
        }
        digits.parse().map(Self).map_err(|_| TooLong)
    }
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
    /// Whether `(0)` follows the first group.
    trunk_zero_in_brackets: bool,
}

impl Groups {
    fn read(text: &str) -> Result<Self, ParsePhoneNumberError> {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let visible = visible.trim();
        let bracketed = visible.starts_with('(') && !visible.starts_with("(+");
        let unbracketed = visible.strip_prefix('(').unwrap_or(visible);
        let (plus, rest) = match unbracketed.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, visible),
        };
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
            trunk_zero_in_brackets: groups.get(1).is_some_and(|group| group == "0")
                && compact.contains("(0)"),
            first: groups.swap_remove(0),
            bracketed,
        })
    }
}

/// Returns `true` for what people put between groups, the non-breaking spaces and hyphens of web pages included.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}'
    ) || character.is_whitespace()
}

/// Returns `true` for the direction marks and zero-width characters that copied numbers carry.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}'
    )
}

/// Digits of the longest country codes.
const LONGEST_CODE: usize = 3;

/// The country codes that the ITU has assigned (list of E.164 assigned country codes), global services included.
#[rustfmt::skip]
const COUNTRY_CODES: &[&str] = &[
    "1", "7",
    "20", "27", "211", "212", "213", "216", "218",
    "220", "221", "222", "223", "224", "225", "226", "227", "228", "229",
    "230", "231", "232", "233", "234", "235", "236", "237", "238", "239",
    "240", "241", "242", "243", "244", "245", "246", "247", "248", "249",
    "250", "251", "252", "253", "254", "255", "256", "257", "258",
    "260", "261", "262", "263", "264", "265", "266", "267", "268", "269",
    "290", "291", "297", "298", "299",
    "30", "31", "32", "33", "34", "36", "39",
    "350", "351", "352", "353", "354", "355", "356", "357", "358", "359",
    "370", "371", "372", "373", "374", "375", "376", "377", "378", "379",
    "380", "381", "382", "383", "385", "386", "387", "389",
    "40", "41", "43", "44", "45", "46", "47", "48", "49", "420", "421", "423",
    "51", "52", "53", "54", "55", "56", "57", "58",
    "500", "501", "502", "503", "504", "505", "506", "507", "508", "509",
    "590", "591", "592", "593", "594", "595", "596", "597", "598", "599",
    "60", "61", "62", "63", "64", "65", "66",
    "670", "672", "673", "674", "675", "676", "677", "678", "679",
    "680", "681", "682", "683", "685", "686", "687", "688", "689",
    "690", "691", "692",
    "81", "82", "84", "86",
    "800", "808", "850", "852", "853", "855", "856", "870", "878",
    "880", "881", "882", "883", "886", "888",
    "90", "91", "92", "93", "94", "95", "98",
    "960", "961", "962", "963", "964", "965", "966", "967", "968",
    "970", "971", "972", "973", "974", "975", "976", "977", "979",
    "992", "993", "994", "995", "996", "998",
];

/// Countries in whose international numbers a zero follows the country code.
const ZERO_IS_DIALLED: &[&str] = &["39", "225", "229", "241", "242", "378", "379"];

/// Returns the country code that a number begins with. No code is the beginning of another.
fn country_code(digits: &str) -> Option<&'static str> {
    COUNTRY_CODES
        .iter()
        .find(|code| digits.starts_with(**code))
        .copied()
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
                    "the phone number begins with the 8 that is dialled within Russia and Kazakhstan; write +7 in its place, such as +7 999 123-45-67, or a + before the country code if it is another country's",
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
                    "a phone number with the country code {code} has {digits} digits"
                )
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
            ("7 999 123 45", Length("7", 11)),
            ("+1 555 010 012", Length("1", 11)),
            ("7025550123", TrunkZero("7")),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PhoneNumber>(), Err(error), "{text}");
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
        ] {
            let error = text.parse::<PhoneNumber>().unwrap_err().to_string();
            assert!(error.contains("such as +"), "{error}");
        }
    }

    #[test]
    fn no_country_code_is_the_beginning_of_another() {
        for code in COUNTRY_CODES {
            let same: Vec<_> = COUNTRY_CODES
                .iter()
                .filter(|other| other.starts_with(code))
                .collect();
            assert_eq!(same, [code]);
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
