//! The content of a message.

use std::slice;

use crate::models::MessageId;
use crate::types::{
    ButtonMenu, ContactCard, ExtendedText, ExtendedTextMessage, FileMessage, MessageData, Place,
    Poll,
};

use super::parts::{identified, present};
use super::{MessageFile, PressedButton, Quoted, Reaction, marker, written};

impl MessageData {
    /// What somebody wrote; see [`reading`](crate::reading) for what that is in which kind.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::InteractiveButtons(_) | Self::InteractiveButtonsReply(_) => self.menu()?.text(),
            other => written(other.text_field()),
        }
    }

    /// The text below a picture, a video or a document, or of an invitation.
    #[must_use]
    pub fn caption(&self) -> Option<&str> {
        written(self.caption_field())
    }

    /// The file, if it is a picture, a video, a document, audio or a sticker.
    #[must_use]
    pub fn file(&self) -> Option<MessageFile<'_>> {
        self.as_file()
            .map(|message| (&message.file_message_data).into())
    }

    /// The button that was pressed, or the line that was chosen from a list, in all of their shapes: the same button comes back as
    /// `templateButtonsReplyMessage` or as `interactiveButtonsResponse`, depending on the phone.
    #[must_use]
    pub fn button_reply(&self) -> Option<PressedButton<'_>> {
        match self {
            Self::InteractiveButtonsResponse(message) => message
                .interactive_buttons_response
                .as_ref()
                .map(Into::into),
            Self::InteractiveButtons(message) | Self::InteractiveButtonsReply(message) => message
                .template_button_reply_message
                .as_ref()
                .map(Into::into),
            Self::TemplateButtonsReplyMessage(message)
            | Self::TemplateButtonReplyMessage(message) => message
                .template_button_reply_message
                .as_ref()
                .or(message.template_buttons_reply_message.as_ref())
                .map(Into::into),
            Self::ButtonsResponseMessage(message) => {
                message.buttons_response_message.as_ref().map(Into::into)
            }
            Self::ListResponseMessage(message) => {
                message.list_response_message.as_ref().map(Into::into)
            }
            _ => None,
        }
    }

    /// The reaction, if it is one.
    #[must_use]
    pub fn reaction(&self) -> Option<Reaction<'_>> {
        let Self::ReactionMessage(message) = self else {
            return None;
        };
        let emoji = message
            .extended_text_message_data
            .as_ref()
            .and_then(|data| written(data.text.as_ref()));
        Some(Reaction {
            emoji,
            message: self.quoted().and_then(|quoted| quoted.id_message),
        })
    }

    /// The message that this one quotes or reacts to.
    #[must_use]
    pub fn quoted(&self) -> Option<Quoted<'_>> {
        // Where both have it they may differ; the quoted message itself is the better witness.
        let told = self.extended().and_then(quoted_by);
        let Some(message) = self.quoted_message() else {
            return told;
        };
        let quoted = message.as_quoted();
        let told = told.unwrap_or(Quoted {
            id_message: None,
            sender: None,
            content: None,
        });
        Some(Quoted {
            id_message: quoted.id_message.or(told.id_message),
            sender: quoted.sender.or(told.sender),
            ..quoted
        })
    }

    /// The other message that this one is about: that it quotes, reacts to, edits, deletes, votes in, or answers with a button.
    #[must_use]
    pub fn refers_to(&self) -> Option<&MessageId> {
        let own = match self {
            Self::EditedMessage(message) => message
                .edited_message_data
                .as_ref()
                .and_then(|data| data.stanza_id.as_ref()),
            Self::DeletedMessage(message) => message
                .deleted_message_data
                .as_ref()
                .and_then(|data| data.stanza_id.as_ref()),
            Self::PollMessage(_) | Self::PollUpdateMessage(_) => {
                self.poll().and_then(|poll| poll.stanza_id.as_ref())
            }
            _ => self.button_reply().and_then(|button| button.message),
        };
        identified(own).or_else(|| self.quoted()?.id_message)
    }

    /// The place, if it is one.
    #[must_use]
    pub fn location(&self) -> Option<&Place> {
        if let Self::LocationMessage(message) = self {
            Some(&message.location_message_data)
        } else {
            None
        }
    }

    /// The contact details in it, of one person or of several; empty if it is something else.
    #[must_use]
    pub fn contacts(&self) -> &[ContactCard] {
        match self {
            Self::ContactMessage(message) => slice::from_ref(&message.contact_message_data),
            Self::ContactsArrayMessage(message) => message
                .message_data
                .as_ref()
                .map_or(&message.contacts, |data| &data.contacts),
            _ => &[],
        }
    }

    /// The poll, or the votes in it.
    #[must_use]
    pub fn poll(&self) -> Option<&Poll> {
        match self {
            Self::PollMessage(message) | Self::PollUpdateMessage(message) => message
                .poll_message_data
                .as_ref()
                .or(message.poll_creation_message.as_ref()),
            _ => None,
        }
    }

    /// The marker that the server puts where it could not read a text, `{{SWE001}}`, or where a file is too large, `{{SWE002}}`.
    #[must_use]
    pub fn placeholder(&self) -> Option<&str> {
        let address = || {
            self.as_file()
                .and_then(|message| marker(message.file_message_data.download_url.as_ref()))
        };
        let menu = || {
            self.menu()
                .and_then(|menu| marker(menu.content_text.as_ref()).or(marker(menu.body.as_ref())))
        };
        marker(self.text_field())
            .or_else(|| marker(self.caption_field()))
            .or_else(address)
            .or_else(menu)
    }

    fn menu(&self) -> Option<&ButtonMenu> {
        let (Self::InteractiveButtons(message) | Self::InteractiveButtonsReply(message)) = self
        else {
            return None;
        };
        message
            .interactive_buttons
            .as_ref()
            .or(message.interactive_buttons_reply.as_ref())
    }

    fn text_field(&self) -> Option<&String> {
        match self {
            Self::TextMessage(message) => Some(&message.text_message_data.text_message),
            Self::ExtendedTextMessage(message) | Self::QuotedMessage(message) => {
                extended_text(message)
            }
            Self::EditedMessage(message) => {
                message.edited_message_data.as_ref()?.text_message.as_ref()
            }
            Self::ButtonsMessage(message) => {
                message.buttons_message.as_ref()?.content_text.as_ref()
            }
            Self::TemplateMessage(message) => {
                message.template_message.as_ref()?.content_text.as_ref()
            }
            Self::ListMessage(message) => message.list_message.as_ref()?.content_text.as_ref(),
            _ => None,
        }
    }

    fn caption_field(&self) -> Option<&String> {
        match self {
            Self::GroupInviteMessage(message) => {
                message.group_invite_message_data.as_ref()?.caption.as_ref()
            }
            Self::EditedMessage(message) => message.edited_message_data.as_ref()?.caption.as_ref(),
            other => other.as_file()?.file_message_data.caption.as_ref(),
        }
    }

    fn as_file(&self) -> Option<&FileMessage> {
        match self {
            Self::ImageMessage(message)
            | Self::VideoMessage(message)
            | Self::DocumentMessage(message)
            | Self::AudioMessage(message)
            | Self::StickerMessage(message) => Some(message),
            _ => None,
        }
    }

    fn extended(&self) -> Option<&ExtendedText> {
        match self {
            Self::ExtendedTextMessage(message)
            | Self::QuotedMessage(message)
            | Self::ReactionMessage(message) => message.extended_text_message_data.as_ref(),
            _ => None,
        }
    }
}

fn extended_text(message: &ExtendedTextMessage) -> Option<&String> {
    let status = || {
        message
            .status_extended_text_message_data
            .as_ref()?
            .text
            .as_ref()
    };
    message
        .extended_text_message_data
        .as_ref()
        .and_then(|data| data.text.as_ref())
        .or_else(status)
}

/// The quoted message, as the text beside it names it.
pub(super) fn quoted_by(text: &ExtendedText) -> Option<Quoted<'_>> {
    let id_message = identified(text.stanza_id.as_ref())?;
    Some(Quoted {
        id_message: Some(id_message),
        sender: present(text.participant.as_ref()),
        content: None,
    })
}

impl ButtonMenu {
    /// The text itself, under either of its names.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        written(self.content_text.as_ref()).or(written(self.body.as_ref()))
    }
}
