//! What is in a message.

use std::ops::Deref;
use std::path::Path;

use green_api::types::{ContactCard, MessageNotification};
use green_api::{ChatId, Download, Instance, MessageId};

use super::{Extract, Rejection};
use crate::Context;
use crate::update::{EDITED, TOO_LARGE};

/// The text of a message; for an [edit](crate::filter::edited), the new text or the new caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub String);

/// The person who wrote a message or called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sender {
    /// The person: in a group the member.
    pub id: ChatId,
    /// The name in the address book, or else the one that the person goes by.
    pub name: Option<String>,
}

/// The whole message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message(Box<MessageNotification>);

/// The groups of the route's [`regex`](crate::filter::regex): the whole match is group 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captures(Vec<(Option<String>, Option<String>)>);

/// The button that somebody pressed, or the line that somebody chose from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Button {
    /// The id that it was sent with; empty if it had none.
    pub id: String,
    /// Its label.
    pub text: String,
}

/// The options that somebody now wants of a poll; none if the vote was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vote {
    /// The message with the poll.
    pub poll: Option<MessageId>,
    /// The options, in the order of the poll.
    pub options: Vec<String>,
}

/// A reaction to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Emoji {
    /// The emoji; `None` if the reaction was taken back.
    pub emoji: Option<String>,
    /// The message that it is a reaction to.
    pub message: Option<MessageId>,
}

/// A file that somebody sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct File {
    /// Its name.
    pub name: Option<String>,
    /// Its media type, such as `image/jpeg`.
    pub media_type: Option<String>,
    /// The text below it.
    pub caption: Option<String>,
    address: Option<String>,
    is_too_large: bool,
    chat: Option<ChatId>,
    message: Option<MessageId>,
    instance: Instance,
}

/// A place that somebody sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// Degrees north; negative in the south.
    pub latitude: f64,
    /// Degrees east; negative in the west.
    pub longitude: f64,
    /// The name of the place.
    pub name: Option<String>,
}

/// The contact details that somebody sent, of one person or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Contacts(pub Vec<ContactCard>);

impl File {
    /// Downloads it, and gives up on one that is larger than 100 MB unless [`max_bytes`](Download::max_bytes) says otherwise. Without an address in the
    /// message the server is asked for one. That a file is gone is an error of the download that is awaited, as [`Instance::download`] says.
    ///
    /// # Errors
    ///
    /// A [`Rejection::Missing`] if it was too large for the server.
    pub fn save_to(&self, path: impl AsRef<Path>) -> Result<Download, Rejection> {
        const LARGEST: u64 = 100 * 1024 * 1024;

        let download = match (&self.address, &self.chat, &self.message) {
            (Some(address), _, _) => self.instance.download(address, path),
            _ if self.is_too_large => return Err(Rejection::Missing("file that the server took")),
            (None, Some(chat), Some(message)) => {
                let request = self.instance.download_file(chat, message.clone());
                request.save_to(path)
            }
            _ => return Err(Rejection::Missing("address of the file")),
        };
        Ok(download.max_bytes(LARGEST))
    }
}

impl Captures {
    /// Returns a group by its number; `None` if it took no part in the match.
    #[must_use]
    pub fn get(&self, group: usize) -> Option<&str> {
        self.0.get(group)?.1.as_deref()
    }

    /// Returns a group by its name.
    #[must_use]
    pub fn name(&self, name: &str) -> Option<&str> {
        let mut groups = self.0.iter();
        let found = groups.find(|(named, _)| named.as_deref() == Some(name))?;
        found.1.as_deref()
    }
}

impl Deref for Message {
    type Target = MessageNotification;

    fn deref(&self) -> &MessageNotification {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

macro_rules! of_message {
    ($($type:ident, $what:literal, |$context:ident, $message:ident| $found:expr;)+) => {
        $(impl Extract for $type {
            fn extract($context: &Context) -> Result<Self, Rejection> {
                let find = || {
                    let $message = $context.update().message()?;
                    $found
                };
                find().ok_or(Rejection::Missing($what))
            }
        })+
    };
}

of_message! {
    Text, "text", |context, message| {
        let data = message.message_data.as_ref();
        let is_edit = data.is_some_and(|data| data.kind() == EDITED);
        let caption = message.caption().filter(|_| is_edit);
        message.text().or(caption).map(|text| Self(text.to_owned()))
    };
    Message, "message", |context, message| Some(Self(Box::new(message.clone())));
    Button, "button that was pressed", |context, message| {
        let pressed = message.button_reply()?;
        Some(Self {
            id: pressed.id.unwrap_or_default().to_owned(),
            text: pressed.text.unwrap_or_default().to_owned(),
        })
    };
    Vote, "vote in a poll", |context, message| {
        message.poll()?;
        let chosen = message.chosen().into_iter();
        Some(Self {
            poll: message.refers_to().cloned(),
            options: chosen.map(str::to_owned).collect(),
        })
    };
    Emoji, "reaction", |context, message| {
        let reaction = message.reaction()?;
        Some(Self {
            emoji: reaction.emoji.map(str::to_owned),
            message: reaction.message.cloned(),
        })
    };
    File, "file", |context, message| {
        let file = message.file()?;
        Some(Self {
            name: file.file_name.map(str::to_owned),
            media_type: file.mime_type.map(str::to_owned),
            caption: file.caption.map(str::to_owned),
            address: file.download_url.map(str::to_owned),
            is_too_large: message.placeholder() == Some(TOO_LARGE),
            chat: message.chat_id().cloned(),
            message: message.id_message().cloned(),
            instance: context.instance().clone(),
        })
    };
    Place, "place", |context, message| {
        let place = message.location()?;
        Some(Self {
            latitude: place.latitude?,
            longitude: place.longitude?,
            name: place.name_location.clone(),
        })
    };
    Contacts, "contact details", |context, message| {
        let contacts = message.contacts().to_vec();
        (!contacts.is_empty()).then_some(Self(contacts))
    };
}

impl Extract for Sender {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let update = context.update();
        let id = update.person().ok_or(Rejection::Missing("sender"))?.clone();
        let name = update.notification().sender_name().map(str::to_owned);
        Ok(Self { id, name })
    }
}

impl Extract for Captures {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let captures = context.matched().captures.clone();
        captures.map(Self).ok_or(Rejection::Missing(
            "captures, since its route has no regular expression",
        ))
    }
}
