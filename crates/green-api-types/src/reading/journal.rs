//! Where a journal has the content of a message.

use std::slice;

use crate::types::{JournalMessage, MessageType};

use super::content::{Fields, HasFields, old_menu};
use super::{MessageFile, given, written};

impl HasFields for JournalMessage {
    fn fields(&self) -> Fields<'_> {
        let kind = self.type_message.as_ref();
        let file = self.file_message_data.as_deref();
        let is_file =
            kind.is_some_and(MessageType::is_file) || given(self.download_url.as_ref()).is_some();
        let contacts = match (self.contact.as_deref(), &self.message_data) {
            (Some(contact), _) => slice::from_ref(contact),
            (None, Some(data)) => &data.contacts,
            (None, None) => &self.contacts,
        };
        Fields {
            id_message: self.id_message.as_ref(),
            chat_id: self.chat_id.as_ref(),
            sender: self.sender_id.as_ref(),
            sender_contact_name: self.sender_contact_name.as_ref(),
            sender_name: self.sender_name.as_ref(),
            text: self.text_message.as_ref(),
            extended: [
                self.extended_text_message.as_deref(),
                self.extended_text_message_data.as_deref(),
            ],
            status: None,
            menu: self
                .interactive_buttons
                .as_deref()
                .or(self.interactive_buttons_reply.as_deref()),
            old_menu: old_menu(
                self.buttons_message.as_deref(),
                self.template_message.as_deref(),
                self.list_message.as_deref(),
            ),
            file: file.map(Into::into).or(is_file.then(|| MessageFile {
                download_url: written(self.download_url.as_ref()),
                file_name: given(self.file_name.as_ref()),
                mime_type: given(self.mime_type.as_ref()),
                caption: written(self.caption.as_ref()),
                jpeg_thumbnail: given(self.jpeg_thumbnail.as_ref()),
            })),
            download_url: self
                .download_url
                .as_ref()
                .or(file.and_then(|file| file.download_url.as_ref())),
            caption: self
                .caption
                .as_ref()
                .or(file.and_then(|file| file.caption.as_ref())),
            invite: self.group_invite_message.as_deref(),
            button_reply: (self.interactive_buttons_response.as_deref())
                .or(self.template_button_reply_message.as_deref())
                .or(self.template_buttons_reply_message.as_deref())
                .map(Into::into)
                .or(self.buttons_response_message.as_deref().map(Into::into))
                .or(self.list_response_message.as_deref().map(Into::into)),
            location: self.location.as_deref(),
            contacts,
            poll: self.poll_message_data.as_deref(),
            product: self.product_message.as_deref(),
            order: self.order_message.as_deref(),
            is_reaction: kind == Some(&MessageType::ReactionMessage),
            quoted: self.quoted_message.as_deref(),
            quoted_id: None,
            edited: self.edited_message_data.as_deref(),
            edited_id: self.edited_message_id.as_ref(),
            deleted: self.deleted_message_data.as_deref(),
            deleted_id: self.deleted_message_id.as_ref(),
        }
    }
}
