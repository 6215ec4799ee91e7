//! Where a message that waits in a queue has its content: in the request, or beside it, where servers of 2023 put it.

use crate::types::{MessageType, QueuedMessage, QueuedMessageType};

use super::content::{Fields, HasFields};
use super::{MessageFile, given, written};

impl HasFields for QueuedMessage {
    fn fields(&self) -> Fields<'_> {
        let request = self.body.as_ref();
        let url_file = request.and_then(|request| request.url_file.as_ref());
        let caption = request.and_then(|request| request.caption.as_ref());
        let file_name =
            given(self.file_name.as_ref()).or_else(|| given(request?.file_name.as_ref()));
        // The kind may be missing or new.
        let is_file = self.type_ == Some(QueuedMessageType::SendFileByUrl)
            || self.type_message.as_ref().is_some_and(MessageType::is_file)
            || url_file.is_some()
            || file_name.is_some();
        Fields {
            id_message: self.message_id.as_ref().or(self.messages_ids.first()),
            chat_id: self.chat_id.as_ref().or_else(|| request?.chat_id.as_ref()),
            text: [
                self.message.as_ref(),
                request.and_then(|request| request.message.as_ref()),
            ],
            file: is_file.then(|| MessageFile {
                download_url: written(url_file),
                file_name,
                mime_type: None,
                caption: written(caption),
                jpeg_thumbnail: None,
            }),
            download_url: url_file,
            caption,
            quoted_id: request.and_then(|request| request.quoted_message_id.as_ref()),
            ..Fields::default()
        }
    }
}
