//! Where a notification has the content of its message.

use std::slice;

use crate::types::{MessageContent, MessageData, MessageNotification, QuotedMessage};

use super::content::{Fields, HasFields, old_menu};

impl HasFields for MessageNotification {
    fn fields(&self) -> Fields<'_> {
        let sender = self.sender_data.as_ref();
        let content = self.message_data.as_ref().map(HasFields::fields);
        Fields {
            id_message: self.id_message.as_ref(),
            chat_id: sender.and_then(|sender| sender.chat_id.as_ref()),
            sender: sender.and_then(|sender| sender.sender.as_ref()),
            sender_contact_name: sender.and_then(|sender| sender.sender_contact_name.as_ref()),
            sender_name: sender.and_then(|sender| sender.sender_name.as_ref()),
            ..content.unwrap_or_default()
        }
    }
}

impl MessageData {
    /// Returns the message that this one answers or reacts to, `quotedMessage`, as it came.
    #[must_use]
    pub fn quoted_message(&self) -> Option<&QuotedMessage> {
        self.content()?.quoted_message.as_deref()
    }
}

impl HasFields for MessageData {
    fn fields(&self) -> Fields<'_> {
        Fields {
            is_reaction: self.kind() == "reactionMessage",
            ..self.content().map(HasFields::fields).unwrap_or_default()
        }
    }
}

/// By what is there, whatever the kind.
impl HasFields for MessageContent {
    fn fields(&self) -> Fields<'_> {
        let file = self.file_message_data.as_deref();
        let contacts = match (self.contact_message_data.as_deref(), &self.message_data) {
            (Some(contact), _) => slice::from_ref(contact),
            (None, Some(data)) => &data.contacts,
            (None, None) => &self.contacts,
        };
        Fields {
            text: self
                .text_message_data
                .as_deref()
                .and_then(|data| data.text_message.as_ref()),
            extended: [self.extended_text_message_data.as_deref(), None],
            status: self.status_extended_text_message_data.as_deref(),
            menu: self
                .interactive_buttons
                .as_deref()
                .or(self.interactive_buttons_reply.as_deref()),
            old_menu: old_menu(
                self.buttons_message.as_deref(),
                self.template_message.as_deref(),
                self.list_message.as_deref(),
            ),
            file: file.map(Into::into),
            download_url: file.and_then(|file| file.download_url.as_ref()),
            caption: file.and_then(|file| file.caption.as_ref()),
            invite: self.group_invite_message_data.as_deref(),
            button_reply: (self.interactive_buttons_response.as_deref())
                .or(self.template_button_reply_message.as_deref())
                .or(self.template_buttons_reply_message.as_deref())
                .map(Into::into)
                .or(self.buttons_response_message.as_deref().map(Into::into))
                .or(self.list_response_message.as_deref().map(Into::into)),
            location: self.location_message_data.as_deref(),
            contacts,
            poll: self
                .poll_message_data
                .as_deref()
                .or(self.poll_creation_message.as_deref()),
            product: self.product_message.as_deref(),
            order: self.order_message.as_deref(),
            quoted: self.quoted_message.as_deref(),
            edited: self.edited_message_data.as_deref(),
            deleted: self.deleted_message_data.as_deref(),
            ..Fields::default()
        }
    }
}
