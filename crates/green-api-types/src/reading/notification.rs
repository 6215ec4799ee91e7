//! A notification, and the message in it.

use serde_json::Value;

use crate::models::{ChatId, InstanceId, MessageId};
use crate::types::{MessageNotification, Notification};

use super::parts::{identified, present};
use super::{MessageFile, PressedButton, Quoted, Reaction, given};

impl MessageNotification {
    /// Who wrote it: in a group the member, otherwise as the chat, or the linked account itself. `None` if the server left it out.
    #[must_use]
    pub fn sender(&self) -> Option<&ChatId> {
        present(self.sender_data.sender.as_ref())
    }

    /// The name of the sender in the address book, or else the one that the sender goes by.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        given(self.sender_data.sender_contact_name.as_ref())
            .or(given(self.sender_data.sender_name.as_ref()))
    }

    /// The chat. An answer goes there.
    #[must_use]
    pub fn chat_id(&self) -> &ChatId {
        &self.sender_data.chat_id
    }

    /// Whether it was written in a group.
    #[must_use]
    pub fn is_from_group(&self) -> bool {
        self.chat_id().is_group()
    }
}

/// The methods of the content, on what holds it.
macro_rules! content {
    ($($(#[$meta:meta])* $name:ident -> $given:ty;)+) => {
        impl MessageNotification {
            $($(#[$meta])*
            #[must_use]
            pub fn $name(&self) -> Option<$given> {
                self.message_data.$name()
            })+
        }

        impl Notification {
            $($(#[$meta])*
            #[must_use]
            pub fn $name(&self) -> Option<$given> {
                self.message()?.$name()
            })+
        }
    };
}

content! {
    /// What somebody wrote; see [`reading`](crate::reading) for what that is in which kind.
    text -> &str;
    /// The text below a picture, a video or a document, or of an invitation.
    caption -> &str;
    /// The file, if it is a picture, a video, a document, audio or a sticker.
    file -> MessageFile<'_>;
    /// The button that was pressed, or the line that was chosen from a list, in all of their shapes.
    button_reply -> PressedButton<'_>;
    /// The reaction, if it is one.
    reaction -> Reaction<'_>;
    /// The message that this one quotes or reacts to.
    quoted -> Quoted<'_>;
    /// The other message that this one is about: that it quotes, reacts to, edits, deletes, votes in, or answers with a button.
    refers_to -> &MessageId;
    /// The marker that the server puts where it could not read a text, `{{SWE001}}`, or where a file is too large, `{{SWE002}}`.
    placeholder -> &str;
}

impl Notification {
    /// The message, whoever wrote it.
    #[must_use]
    pub fn message(&self) -> Option<&MessageNotification> {
        match self {
            Self::IncomingMessageReceived(message)
            | Self::OutgoingMessageReceived(message)
            | Self::OutgoingApiMessageReceived(message) => Some(message),
            _ => None,
        }
    }

    /// The message, if somebody wrote it to the linked account: what a bot answers.
    #[must_use]
    pub fn incoming_message(&self) -> Option<&MessageNotification> {
        if let Self::IncomingMessageReceived(message) = self {
            Some(message)
        } else {
            None
        }
    }

    /// The id of the message or call that it is about. Of a call or a status several notifications have the same;
    /// [`deduplication_key`](Self::deduplication_key) tells them apart.
    #[must_use]
    pub fn id_message(&self) -> Option<&MessageId> {
        let id = match self {
            Self::OutgoingMessageStatus(status) => Some(&status.id_message),
            Self::IncomingCall(call) | Self::OutgoingCall(call) => call.id_message.as_ref(),
            other => other.message().map(|message| &message.id_message),
        };
        identified(id)
    }

    /// The chat that it is about: of the message, of its status, of whoever called or blocked the account, or whose picture it is.
    #[must_use]
    pub fn chat_id(&self) -> Option<&ChatId> {
        let chat = match self {
            Self::OutgoingMessageStatus(status) => status.chat_id.as_ref(),
            Self::IncomingCall(call) => call.from.as_ref(),
            Self::IncomingBlock(block) => block.chat_id.as_ref(),
            Self::DeviceInfo(info) | Self::AvatarInfo(info) => info
                .avatar_info
                .as_ref()
                .and_then(|avatar| avatar.chat_id.as_ref()),
            other => other.message().map(MessageNotification::chat_id),
        };
        present(chat)
    }

    /// Who wrote the message, or who called. `None` if the server left it out.
    #[must_use]
    pub fn sender(&self) -> Option<&ChatId> {
        match self {
            Self::IncomingCall(call) | Self::OutgoingCall(call) => present(call.from.as_ref()),
            other => other.message()?.sender(),
        }
    }

    /// The name of the sender in the address book, or else the one that the sender goes by.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        self.message()?.sender_name()
    }

    /// Whether its chat is a group.
    #[must_use]
    pub fn is_from_group(&self) -> bool {
        self.chat_id().is_some_and(ChatId::is_group)
    }

    /// The instance that it is about, for programs that serve several. Also of what was not recognised, if it can be found there.
    #[must_use]
    pub fn instance_id(&self) -> Option<InstanceId> {
        let id = match self {
            Self::Unrecognized(what) => {
                match &what.raw().to_value()["instanceData"]["idInstance"] {
                    Value::String(text) => return text.parse().ok(),
                    number => number.as_i64()?,
                }
            }
            other => other.instance_data()?.id_instance,
        };
        id.try_into().ok()
    }
}
