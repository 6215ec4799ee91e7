//! What accessors return where a text is not enough.

use crate::models::{ChatId, MessageId};
use crate::types::{
    ButtonMenu, ButtonReply, FileData, ListReply, MessageType, OldButtonReply, QuotedMessage,
};

use super::{given, identified, written};

/// A file in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageFile<'a> {
    /// The address to fetch it from. `None` when it is gone or too large; `downloadFile` may still help with the former.
    pub download_url: Option<&'a str>,
    /// Its name.
    pub file_name: Option<&'a str>,
    /// Its media type, such as `image/jpeg`.
    pub mime_type: Option<&'a str>,
    /// The text below it.
    pub caption: Option<&'a str>,
    /// A small JPEG picture of it in Base64.
    pub jpeg_thumbnail: Option<&'a str>,
}

impl<'a> From<&'a FileData> for MessageFile<'a> {
    fn from(data: &'a FileData) -> Self {
        Self {
            download_url: written(data.download_url.as_ref()),
            file_name: given(data.file_name.as_ref()).or(given(data.title_file.as_ref())),
            mime_type: given(data.mime_type.as_ref()),
            caption: written(data.caption.as_ref()),
            jpeg_thumbnail: given(data.jpeg_thumbnail.as_ref()),
        }
    }
}

impl MessageType {
    /// Returns `true` if a message of this kind is a file: a picture, a video, a document, audio or a sticker.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(
            self,
            Self::ImageMessage
                | Self::VideoMessage
                | Self::DocumentMessage
                | Self::AudioMessage
                | Self::StickerMessage
        )
    }
}

/// A button that somebody pressed, or a line that somebody chose from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PressedButton<'a> {
    /// The id that the sender of the buttons gave it.
    pub id: Option<&'a str>,
    /// Its label.
    pub text: Option<&'a str>,
    /// Its place, from 0. Not known for buttons of the old kind and for lists.
    pub index: Option<i64>,
    /// The message with the buttons.
    pub message: Option<&'a MessageId>,
}

impl<'a> From<&'a ButtonReply> for PressedButton<'a> {
    fn from(reply: &'a ButtonReply) -> Self {
        Self {
            id: given(reply.selected_id.as_ref()),
            text: given(reply.selected_display_text.as_ref()),
            index: reply.selected_index,
            message: identified(reply.stanza_id.as_ref()),
        }
    }
}

impl<'a> From<&'a OldButtonReply> for PressedButton<'a> {
    fn from(reply: &'a OldButtonReply) -> Self {
        Self {
            id: given(reply.selected_button_id.as_ref()),
            text: given(reply.selected_button_text.as_ref()),
            index: None,
            message: identified(reply.stanza_id.as_ref()),
        }
    }
}

impl<'a> From<&'a ListReply> for PressedButton<'a> {
    fn from(reply: &'a ListReply) -> Self {
        Self {
            id: given(reply.single_select_reply.as_ref()),
            text: given(reply.title.as_ref()),
            index: None,
            message: identified(reply.stanza_id.as_ref()),
        }
    }
}

/// A reaction to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reaction<'a> {
    /// The emoji. `None` when the reaction was taken back.
    pub emoji: Option<&'a str>,
    /// The message that it is a reaction to.
    pub message: Option<&'a MessageId>,
}

/// The message that another one quotes or reacts to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Quoted<'a> {
    /// Its id.
    pub id_message: Option<&'a MessageId>,
    /// The chat id of its author.
    pub sender: Option<&'a ChatId>,
    /// Its content. Servers of 2023 did not always send it, and for reactions they never do.
    pub content: Option<&'a QuotedMessage>,
}

impl<'a> Quoted<'a> {
    /// Returns its text, by the same rules as for any message.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        self.content.and_then(QuotedMessage::text)
    }
}

impl ButtonMenu {
    /// Returns the text itself, under either of its names.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        written(self.content_text.as_ref()).or(written(self.body.as_ref()))
    }
}
