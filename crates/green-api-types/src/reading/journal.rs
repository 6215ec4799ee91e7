//! Where a journal has what surrounds the content of a message.

use crate::types::{JournalMessage, MessageType};

use super::content::{Fields, HasFields, payload};
use super::given;

impl HasFields for JournalMessage {
    fn fields(&self) -> Fields<'_> {
        let kind = self.type_message.as_ref();
        let is_file =
            kind.is_some_and(MessageType::is_file) || given(self.download_url.as_ref()).is_some();
        Fields {
            id_message: self.id_message.as_ref(),
            chat_id: self.chat_id.as_ref(),
            sender: self.sender_id.as_ref(),
            sender_contact_name: self.sender_contact_name.as_ref(),
            sender_name: self.sender_name.as_ref(),
            is_reaction: kind == Some(&MessageType::ReactionMessage),
            quoted: self.quoted_message.as_deref(),
            edited_id: self.edited_message_id.as_ref(),
            deleted_id: self.deleted_message_id.as_ref(),
            ..payload!(self, is_file: is_file)
        }
    }
}
