//! Where a quoted message has what surrounds its content.

use crate::types::{MessageType, QuotedMessage};

use super::content::{Fields, HasFields, payload};
use super::given;

impl HasFields for QuotedMessage {
    fn fields(&self) -> Fields<'_> {
        // The kind may be missing, or another than what is there.
        let is_file = match &self.type_message {
            Some(kind) => kind.is_file() || given(self.download_url.as_ref()).is_some(),
            None => self.download_url.is_some(),
        };
        Fields {
            id_message: self.stanza_id.as_ref(),
            sender: self.participant.as_ref(),
            is_reaction: self.type_message == Some(MessageType::ReactionMessage),
            ..payload!(self, is_file: is_file)
        }
    }
}
