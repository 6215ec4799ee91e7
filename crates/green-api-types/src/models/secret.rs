//! Texts that must not be shown by accident.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString as Secret};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret text: wiped from memory when dropped, masked in `Debug`, and without `Display`.
///
/// ```
/// use green_api_types::models::SecretString;
///
/// let secret = SecretString::from("open sesame");
/// assert_eq!(format!("{secret:?}"), "SecretString(***)");
/// assert_eq!(secret.expose(), "open sesame");
/// ```
#[derive(Clone, Default)]
pub struct SecretString(Secret);

impl SecretString {
    /// Exposes the text. Keep it out of logs, errors and command lines.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns `true` if it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl<T: Into<String>> From<T> for SecretString {
    fn from(text: T) -> Self {
        Self(Secret::from(text.into()))
    }
}

/// The secret token of an instance or of a partner, which is part of every address.
///
/// Only letters, digits, `-`, `_` and a dot between them are accepted, so that a token cannot change the address it is put into. Those of
/// partners begin with `gac.`.
///
/// ```
/// use green_api_types::models::ApiToken;
///
/// let token: ApiToken = "0123456789abcdef".parse()?;
/// assert_eq!(format!("{token:?}"), "ApiToken(***)");
/// assert!("../getSettings".parse::<ApiToken>().is_err());
/// # Ok::<(), green_api_types::models::ParseApiTokenError>(())
/// ```
#[derive(Clone)]
pub struct ApiToken(Secret);

/// An error returned when a text is not a token. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseApiTokenError {
    /// It is empty.
    Empty,
    /// It has a character other than letters, digits, `-`, `_` and a dot between them.
    Character,
}

impl ApiToken {
    /// Exposes the token. Keep it out of logs, errors and command lines.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns `false`: an empty text is not a token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl FromStr for ApiToken {
    type Err = ParseApiTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ParseApiTokenError::Empty);
        }
        let sound = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if !text.split('.').all(sound) {
            return Err(ParseApiTokenError::Character);
        }
        Ok(Self(Secret::from(text.to_owned())))
    }
}

impl TryFrom<&str> for ApiToken {
    type Error = ParseApiTokenError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for ApiToken {
    type Error = ParseApiTokenError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ParseApiTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the token is empty",
            Self::Character => {
                "the token has a character other than letters, digits, -, _ and a dot between them"
            }
        })
    }
}

impl std::error::Error for ParseApiTokenError {}

impl<'de> Deserialize<'de> for ApiToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for SecretString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// What the two have in common.
macro_rules! secret {
    ($name:ident) => {
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.expose() == other.expose()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }

        /// The text itself, since it is sent as JSON.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.expose())
            }
        }

        schema!($name, { "type": "string", "format": "password" });
    };
}

secret!(SecretString);
secret!(ApiToken);

#[cfg(test)]
mod tests {
    use super::ApiToken;

    #[test]
    fn a_token_cannot_change_the_address_it_is_put_into() {
        for good in ["0123456789abcdef", "gac.0123456789abcdef", "a-b_c"] {
            assert!(good.parse::<ApiToken>().is_ok(), "{good}");
        }
        for bad in [
            "", ".", "..", ".a", "a.", "a..b", "../a", "a/b", "a?b", "a%2e", "a b",
        ] {
            assert!(bad.parse::<ApiToken>().is_err(), "{bad}");
        }
    }
}
