//! Where a journal has the content of a message.

use std::slice;

use crate::types::{JournalMessage, MessageType};

use super::content::{Fields, HasFields};
use super::{MessageFile, given, written};

impl HasFields for JournalMessage {
    fn fields(&self) -> Fields<'_> {
        let kind = self.type_message.as_ref();
        let contacts = match (&self.contact, &self.message_data) {
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
                self.extended_text_message.as_ref(),
                self.extended_text_message_data.as_ref(),
            ],
            status: None,
            menu: self.interactive_buttons.as_ref(),
            old_menu: None,
            file: kind.is_some_and(MessageType::is_file).then(|| MessageFile {
                download_url: written(self.download_url.as_ref()),
                file_name: given(self.file_name.as_ref()),
                mime_type: given(self.mime_type.as_ref()),
                caption: written(self.caption.as_ref()),
                jpeg_thumbnail: given(self.jpeg_thumbnail.as_ref()),
            }),
            download_url: self.download_url.as_ref(),
            caption: self.caption.as_ref(),
            invite: self.group_invite_message.as_ref(),
            button_reply: self.interactive_buttons_response.as_ref().map(Into::into),
            location: self.location.as_ref(),
            contacts,
            poll: self.poll_message_data.as_ref(),
            is_reaction: kind == Some(&MessageType::ReactionMessage),
            quoted: self.quoted_message.as_ref(),
            quoted_id: None,
            edited: self.edited_message_data.as_ref(),
            edited_id: self.edited_message_id.as_ref(),
            deleted: self.deleted_message_data.as_ref(),
            deleted_id: self.deleted_message_id.as_ref(),
        }
    }
}
