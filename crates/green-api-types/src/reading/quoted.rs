//! Where a quoted message has its content.

use std::slice;

use crate::types::QuotedMessage;

use super::content::{Fields, HasFields, old_menu};
use super::{MessageFile, given, written};

impl HasFields for QuotedMessage {
    fn fields(&self) -> Fields<'_> {
        let file = self.file_message_data.as_deref();
        // The kind may be missing, or another than what is there.
        let is_file = match &self.type_message {
            Some(kind) => kind.is_file() || given(self.download_url.as_ref()).is_some(),
            None => self.download_url.is_some(),
        };
        Fields {
            id_message: self.stanza_id.as_ref(),
            chat_id: None,
            sender: self.participant.as_ref(),
            sender_contact_name: None,
            sender_name: None,
            text: self.text_message.as_ref(),
            extended: [self.extended_text_message.as_deref(), None],
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
            invite: self.group_invite_message_data.as_deref(),
            button_reply: self
                .interactive_buttons_response
                .as_deref()
                .or(self.template_button_reply_message.as_deref())
                .map(Into::into)
                .or(self.buttons_response_message.as_deref().map(Into::into))
                .or(self.list_response_message.as_deref().map(Into::into)),
            location: self.location.as_deref(),
            contacts: self
                .contact
                .as_deref()
                .map_or(&self.contacts, slice::from_ref),
            poll: self.poll_message_data.as_deref(),
            product: self.product_message.as_deref(),
            order: self.order_message.as_deref(),
            is_reaction: false,
            quoted: None,
            quoted_id: None,
            edited: None,
            edited_id: None,
            deleted: None,
            deleted_id: None,
        }
    }
}
