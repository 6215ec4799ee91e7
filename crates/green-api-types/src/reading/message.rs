//! Where a notification has the content of its message.

use crate::types::{MessageContent, MessageData, MessageNotification, QuotedMessage};

use super::content::{Fields, HasFields, payload};
use super::given;

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
        Fields {
            quoted: self.quoted_message.as_deref(),
            ..payload!(self, is_file: given(self.download_url.as_ref()).is_some())
        }
    }
}
