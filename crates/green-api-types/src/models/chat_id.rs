//! Chats: people, groups and hidden ids.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::models::phone_number::is_invisible;
use crate::models::{ParsePhoneNumberError, PhoneNumber};

/// A chat.
///
/// Parsing is strict about the form, except that a phone number means its owner: `+44 7700 900123` is `447700900123@c.us`. What the server sends
/// is taken as it is, so that nothing that was received is lost.
///
/// ```
/// use green_api_types::models::{ChatId, ChatKind};
///
/// let person: ChatId = "+44 7700 900123".parse()?;
/// assert_eq!(person.as_str(), "447700900123@c.us");
/// let group: ChatId = "120363000000000001@g.us".parse()?;
/// assert_eq!(group.kind(), ChatKind::Group);
/// assert!("447700900123@g.uk".parse::<ChatId>().is_err());
/// # Ok::<(), green_api_types::models::ParseChatIdError>(())
/// ```
///
/// Documentation: [chatId](https://green-api.com/en/docs/api/chat-id/).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChatId(#[serde(deserialize_with = "lenient::read")] String);

/// Kinds of chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChatKind {
    /// A person, by phone number: `@c.us`.
    Person,
    /// A group: `@g.us`.
    Group,
    /// A person whose phone number is hidden: `@lid`.
    Hidden,
    /// Something else that the server sent, or nothing.
    Other,
}

/// An error which is returned when a text is not the id of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseChatIdError {
    /// What is wrong with the phone number in it.
    reason: Option<ParsePhoneNumberError>,
}

impl ChatId {
    /// Returns the id as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what kind of chat it is, judged by its ending.
    #[must_use]
    pub fn kind(&self) -> ChatKind {
        match self.0.rsplit_once('@') {
            Some((_, "c.us")) => ChatKind::Person,
            Some((_, "g.us")) => ChatKind::Group,
            Some((_, "lid")) => ChatKind::Hidden,
            _ => ChatKind::Other,
        }
    }

    /// Returns `true` if it is a group.
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.kind() == ChatKind::Group
    }

    /// Returns `true` if the server sent an empty id.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for ChatId {
    type Err = ParseChatIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Ids are written in small letters, wherever a keyboard put large ones.
        let text = text
            .trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
            .to_ascii_lowercase();
        let refuse = |reason| ParseChatIdError { reason };
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let good = match text.rsplit_once('@') {
            Some((id, "c.us")) if digits(id) => {
                return match id.parse::<PhoneNumber>() {
                    Ok(number) => Ok(number.into()),
                    Err(error) => Err(refuse(Some(error))),
                };
            }
            Some((id, "lid")) => digits(id),
            // Older groups are called after their creator and the time.
            Some((id, "g.us")) => id.split_once('-').map_or_else(
                || digits(id),
                |(creator, time)| digits(creator) && digits(time),
            ),
            Some(_) => false,
            None => {
                return text
                    .parse()
                    .map(|number: PhoneNumber| number.into())
                    .map_err(|error| refuse(Some(error)));
            }
        };
        if good {
            Ok(Self(text))
        } else {
            Err(refuse(None))
        }
    }
}

impl TryFrom<&str> for ChatId {
    type Error = ParseChatIdError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PhoneNumber> for ChatId {
    fn from(number: PhoneNumber) -> Self {
        Self(format!("{}@c.us", number.digits()))
    }
}

/// A value that a request takes as a chat: a [`ChatId`], a reference to one, or a [`PhoneNumber`].
///
/// A text is parsed first, so that a chat that cannot exist is found before anything is sent:
///
/// ```
/// use green_api_types::models::{ChatId, IntoChatId};
///
/// fn send(chat: impl IntoChatId) -> ChatId {
///     chat.into()
/// }
///
/// assert_eq!(send("447700900145@c.us".parse::<ChatId>()?).as_str(), "447700900145@c.us");
/// # Ok::<(), green_api_types::models::ParseChatIdError>(())
/// ```
///
/// ```compile_fail,E0277
/// # use green_api_types::models::{ChatId, IntoChatId};
/// # fn send(chat: impl IntoChatId) -> ChatId { chat.into() }
/// send("447700900145@c.us");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `ChatId`",
    label = "parse it: `.parse::<ChatId>()?`",
    note = "a chat is parsed before it is used, so that a wrong one is found before anything is sent: `\"447700900145@c.us\".parse::<ChatId>()?`"
)]
pub trait IntoChatId: Into<ChatId> {}

// So that the message above is shown, and not what `From` is implemented for.
#[diagnostic::do_not_recommend]
impl<T: Into<ChatId>> IntoChatId for T {}

/// So that one chat serves many requests.
impl From<&ChatId> for ChatId {
    fn from(chat: &ChatId) -> Self {
        chat.clone()
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ParseChatIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the text itself, which may be a message in the wrong place.
        f.write_str("it is not a chat: ")?;
        match &self.reason {
            // With a letter in it, it was hardly meant as a number.
            Some(ParsePhoneNumberError::Character(_) | ParsePhoneNumberError::Empty) | None => f.write_str(
                "write a phone number with its country code, 447700900123@c.us, 120363000000000001@g.us or 120650379300963@lid",
            ),
            Some(reason) => reason.fmt(f),
        }
    }
}

impl std::error::Error for ParseChatIdError {}

schema!(ChatId, { "type": "string" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_documented_form() {
        for (text, kind) in [
            ("447700900123@c.us", ChatKind::Person),
            ("447700900123-1581234048@g.us", ChatKind::Group),
            ("120363000000000001@g.us", ChatKind::Group),
            ("120650379300963@lid", ChatKind::Hidden),
        ] {
            let chat: ChatId = text.parse().unwrap();
            assert_eq!((chat.as_str(), chat.kind()), (text, kind));
        }
        assert_eq!(
            "0044 7700-900123".parse::<ChatId>().unwrap().as_str(),
            "447700900123@c.us"
        );
        assert_eq!(
            "447700900123@C.US".parse::<ChatId>().unwrap().as_str(),
            "447700900123@c.us"
        );
    }

    #[test]
    fn refuses_what_would_reach_nobody() {
        // The last has a Cyrillic letter, as one page of the documentation has.
        for text in [
            "",
            "@c.us",
            "+447700900123@c.us",
            "me@c.us",
            "1-2-3@g.us",
            "447700900123@s.whatsapp.net",
            "447700900123@с.us",
            // A stranger's.
            "89991234567@c.us",
            "89991234567@C.US",
            "9161234567@c.us",
            "8 (999) 123-45-67",
            "4407700900123@c.us",
        ] {
            assert!(text.parse::<ChatId>().is_err(), "{text}");
        }
    }

    #[test]
    fn keeps_what_the_server_sends() {
        for json in [r#""""#, r#""status@broadcast""#, r#""447700900123@с.us""#] {
            let chat: ChatId = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&chat).unwrap(), json);
        }
    }
}
