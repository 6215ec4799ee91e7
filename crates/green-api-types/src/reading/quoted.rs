//! The message that another one quotes.

use crate::types::QuotedMessage;

use super::parts::{identified, present};
use super::{MessageFile, Quoted, given, written};

impl QuotedMessage {
    /// What it says; see [`reading`](crate::reading).
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let menu = || {
            self.interactive_buttons
                .as_ref()
                .or(self.interactive_buttons_reply.as_ref())
                .and_then(|menu| menu.text())
        };
        let extended = || {
            self.extended_text_message
                .as_ref()
                .and_then(|extended| written(extended.text.as_ref()))
        };
        let old = || {
            let buttons = self
                .buttons_message
                .as_ref()
                .and_then(|buttons| written(buttons.content_text.as_ref()));
            let template = || {
                self.template_message
                    .as_ref()
                    .and_then(|template| written(template.content_text.as_ref()))
            };
            let list = || {
                self.list_message
                    .as_ref()
                    .and_then(|list| written(list.content_text.as_ref()))
            };
            buttons.or_else(template).or_else(list)
        };
        written(self.text_message.as_ref())
            .or_else(extended)
            .or_else(menu)
            .or_else(old)
    }

    /// The text below a file, or of an invitation.
    #[must_use]
    pub fn caption(&self) -> Option<&str> {
        let invite = || {
            self.group_invite_message_data
                .as_ref()
                .and_then(|invite| written(invite.caption.as_ref()))
        };
        written(self.caption.as_ref()).or_else(invite)
    }

    /// The file in it, if it is a picture, a video, a document, audio or a sticker.
    #[must_use]
    pub fn file(&self) -> Option<MessageFile<'_>> {
        // The kind may be missing.
        let is_file = self
            .type_message
            .as_ref()
            .map_or(self.download_url.is_some(), |kind| kind.is_file());
        is_file.then(|| MessageFile {
            download_url: written(self.download_url.as_ref()),
            file_name: given(self.file_name.as_ref()),
            mime_type: given(self.mime_type.as_ref()),
            caption: written(self.caption.as_ref()),
            jpeg_thumbnail: given(self.jpeg_thumbnail.as_ref()),
        })
    }

    pub(super) fn as_quoted(&self) -> Quoted<'_> {
        Quoted {
            id_message: identified(self.stanza_id.as_ref()),
            sender: present(self.participant.as_ref()),
            content: Some(self),
        }
    }
}
