//! Phone numbers as people write them and as the server wants them.

mod plan;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::plan::{EIGHT_IS_TRUNK, LONGEST_CODE, ZERO_IS_DIALLED, goes_on, plan};
use crate::lenient;

/// A phone number in international format.
///
/// Reads what people write, `+44 7700 900123`, `0044 7700 900123` or `447700900123`, and is sent as the integer that the server wants. Shown
/// as `+447700900123`. A `(0)` after the country code is dropped, and a `(8)` where 8 is dialled in its place. What could be a number within one
/// country, or has more or fewer digits than numbers of its country have, is refused, because the server would take it for a stranger's number.
///
/// Digits alone cannot always tell: `6591234567` is a number of Singapore, and one within India without its code. It is read as international. A
/// `+` leaves no doubt.
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
    /// No number of this country code goes on with these digits: area codes and exchanges of North America begin with 2 to 9.
    Unassigned(&'static str),
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

/// Returns `true` if a number is followed by more digits in a way that never continues a whole one: `/46`, `(2)`, `.0`.
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
    /// Whether there are two groups of five digits, as numbers within India are written.
    in_fives: bool,
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
            in_fives: groups
                .iter()
                .filter(|group| !group.is_empty())
                .map(String::len)
                .eq([5, 5]),
            first: groups.swap_remove(0),
            bracketed,
        })
    }

    fn number(&self) -> Result<PhoneNumber, ParsePhoneNumberError> {
        use ParsePhoneNumberError::{
            AreaCode, CountryCode, Empty, Length, National, NationalEight, TooLong, TooShort,
            TrunkZero, Unassigned,
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
        // Ten digits that begin with a group of three are how numbers within Russia and North America are written; eleven that begin with an area
        // code, how numbers within Germany and Brazil are, for one.
        let like_an_area_code = self.bracketed
            || self.in_fives
            || match digits.len() {
                NATIONAL_DIGITS => self.first.len() == LONGEST_CODE,
                _ => {
                    code == "1"
                        && digits.len() == NATIONAL_DIGITS + 1
                        && matches!(self.first.len(), 2 | 3)
                }
            };
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
        if !goes_on(code, national) {
            return Err(Unassigned(code));
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
            Self::Unassigned(code) => write!(
                f,
                "no phone number with the country code {code} goes on like this"
            ),
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
