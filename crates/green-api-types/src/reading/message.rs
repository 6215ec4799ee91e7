//! Where a notification has the content of its message.

use std::slice;

use crate::models::ChatId;
use crate::types::{MessageData, MessageNotification};

use super::content::{Fields, HasFields};

impl MessageNotification {
    /// Returns the chat. A reply goes there.
    #[must_use]
    pub fn chat_id(&self) -> &ChatId {
        &self.sender_data.chat_id
    }
}

impl HasFields for MessageNotification {
    fn fields(&self) -> Fields<'_> {
        Fields {
            id_message: Some(&self.id_message),
            chat_id: Some(&self.sender_data.chat_id),
            sender: self.sender_data.sender.as_ref(),
            sender_contact_name: self.sender_data.sender_contact_name.as_ref(),
            sender_name: self.sender_data.sender_name.as_ref(),
            ..self.message_data.fields()
        }
    }
}

impl HasFields for MessageData {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields {
            quoted: self.quoted_message(),
            ..Fields::default()
        };
        match self {
            Self::TextMessage(message) => {
                fields.text = Some(&message.text_message_data.text_message);
            }
            Self::ExtendedTextMessage(message)
            | Self::QuotedMessage(message)
            | Self::ReactionMessage(message) => {
                fields.is_reaction = matches!(self, Self::ReactionMessage(_));
                fields.extended[0] = message.extended_text_message_data.as_ref();
                fields.status = message.status_extended_text_message_data.as_ref();
            }
            Self::ImageMessage(message)
            | Self::VideoMessage(message)
            | Self::DocumentMessage(message)
            | Self::AudioMessage(message)
            | Self::StickerMessage(message) => {
                let data = &message.file_message_data;
                fields.file = Some(data.into());
                fields.download_url = data.download_url.as_ref();
                fields.caption = data.caption.as_ref();
            }
            Self::LocationMessage(message) => {
                fields.location = Some(&message.location_message_data);
            }
            Self::ContactMessage(message) => {
                fields.contacts = slice::from_ref(&message.contact_message_data);
            }
            Self::ContactsArrayMessage(message) => {
                fields.contacts = message
                    .message_data
                    .as_ref()
                    .map_or(&message.contacts, |data| &data.contacts);
            }
            Self::PollMessage(message) | Self::PollUpdateMessage(message) => {
                fields.poll = message
                    .poll_message_data
                    .as_ref()
                    .or(message.poll_creation_message.as_ref());
            }
            Self::GroupInviteMessage(message) => {
                fields.invite = message.group_invite_message_data.as_ref();
            }
            Self::EditedMessage(message) => fields.edited = message.edited_message_data.as_ref(),
            Self::DeletedMessage(message) => fields.deleted = message.deleted_message_data.as_ref(),
            Self::InteractiveButtons(message) | Self::InteractiveButtonsReply(message) => {
                fields.menu = message
                    .interactive_buttons
                    .as_ref()
                    .or(message.interactive_buttons_reply.as_ref());
                fields.button_reply = message
                    .template_button_reply_message
                    .as_ref()
                    .map(Into::into);
            }
            Self::InteractiveButtonsResponse(message) => {
                fields.button_reply = message
                    .interactive_buttons_response
                    .as_ref()
                    .map(Into::into);
            }
            Self::TemplateButtonsReplyMessage(message)
            | Self::TemplateButtonReplyMessage(message) => {
                fields.button_reply = message
                    .template_button_reply_message
                    .as_ref()
                    .or(message.template_buttons_reply_message.as_ref())
                    .map(Into::into);
            }
            Self::ButtonsResponseMessage(message) => {
                fields.button_reply = message.buttons_response_message.as_ref().map(Into::into);
            }
            Self::ListResponseMessage(message) => {
                fields.button_reply = message.list_response_message.as_ref().map(Into::into);
            }
            Self::ButtonsMessage(message) => {
                let menu = message.buttons_message.as_ref();
                fields.old_menu = menu.and_then(|menu| menu.content_text.as_ref());
            }
            Self::TemplateMessage(message) => {
                let menu = message.template_message.as_ref();
                fields.old_menu = menu.and_then(|menu| menu.content_text.as_ref());
            }
            Self::ListMessage(message) => {
                let menu = message.list_message.as_ref();
                fields.old_menu = menu.and_then(|menu| menu.content_text.as_ref());
            }
            Self::Unrecognized(_) => {}
        }
        fields
    }
}
