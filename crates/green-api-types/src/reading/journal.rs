//! A message in a journal.

use crate::models::{ChatId, MessageId};
use crate::types::{ContactCard, JournalMessage, MessageType};

use super::message::quoted_by;
use super::parts::{identified, present};
use super::{MessageFile, PressedButton, Quoted, Reaction, given, marker, written};

impl JournalMessage {
    /// What somebody wrote; see [`reading`](crate::reading) for what that is in which kind.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if self.is_reaction() {
            return None;
        }
        let extended = || {
            self.extended_text_message
                .as_ref()
                .or(self.extended_text_message_data.as_ref())
                .and_then(|data| written(data.text.as_ref()))
        };
        let edited = || {
            self.edited_message_data
                .as_ref()
                .and_then(|data| written(data.text_message.as_ref()))
        };
        let menu = || {
            self.interactive_buttons
                .as_ref()
                .and_then(|menu| menu.text())
        };
        written(self.text_message.as_ref())
            .or_else(extended)
            .or_else(edited)
            .or_else(menu)
    }

    /// The text below a picture, a video or a document, or of an invitation.
    #[must_use]
    pub fn caption(&self) -> Option<&str> {
        let edited = || {
            self.edited_message_data
                .as_ref()
                .and_then(|data| written(data.caption.as_ref()))
        };
        let invite = || {
            self.group_invite_message
                .as_ref()
                .and_then(|invite| written(invite.caption.as_ref()))
        };
        written(self.caption.as_ref())
            .or_else(edited)
            .or_else(invite)
    }

    /// The file, if it is a picture, a video, a document, audio or a sticker.
    #[must_use]
    pub fn file(&self) -> Option<MessageFile<'_>> {
        self.type_message
            .as_ref()
            .is_some_and(MessageType::is_file)
            .then(|| MessageFile {
                download_url: written(self.download_url.as_ref()),
                file_name: given(self.file_name.as_ref()),
                mime_type: given(self.mime_type.as_ref()),
                caption: written(self.caption.as_ref()),
                jpeg_thumbnail: given(self.jpeg_thumbnail.as_ref()),
            })
    }

    /// The button that was pressed.
    #[must_use]
    pub fn button_reply(&self) -> Option<PressedButton<'_>> {
        self.interactive_buttons_response.as_ref().map(Into::into)
    }

    /// The reaction, if it is one.
    #[must_use]
    pub fn reaction(&self) -> Option<Reaction<'_>> {
        let data = self
            .extended_text_message_data
            .as_ref()
            .or(self.extended_text_message.as_ref());
        let emoji = || data.and_then(|data| written(data.text.as_ref()));
        self.is_reaction().then(|| Reaction {
            emoji: emoji(),
            message: self.quoted().and_then(|quoted| quoted.id_message),
        })
    }

    /// The message that this one quotes or reacts to.
    #[must_use]
    pub fn quoted(&self) -> Option<Quoted<'_>> {
        let told = || {
            self.extended_text_message
                .as_ref()
                .or(self.extended_text_message_data.as_ref())
                .and_then(quoted_by)
        };
        self.quoted_message
            .as_ref()
            .map(|message| message.as_quoted())
            .or_else(told)
    }

    /// The other message that this one is about: that it quotes, reacts to, edits, deletes, votes in, or answers with a button.
    #[must_use]
    pub fn refers_to(&self) -> Option<&MessageId> {
        let ids = [
            self.edited_message_id.as_ref(),
            self.edited_message_data
                .as_ref()
                .and_then(|data| data.stanza_id.as_ref()),
            self.deleted_message_id.as_ref(),
            self.deleted_message_data
                .as_ref()
                .and_then(|data| data.stanza_id.as_ref()),
            self.poll_message_data
                .as_ref()
                .and_then(|poll| poll.stanza_id.as_ref()),
        ];
        let own = ids.into_iter().find_map(identified);
        own.or_else(|| self.button_reply()?.message)
            .or_else(|| self.quoted()?.id_message)
    }

    /// Who wrote it. Incoming messages only.
    #[must_use]
    pub fn sender(&self) -> Option<&ChatId> {
        present(self.sender_id.as_ref())
    }

    /// The name of the sender in the address book, or else the one that the sender goes by.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        given(self.sender_contact_name.as_ref()).or(given(self.sender_name.as_ref()))
    }

    /// Whether it was written in a group.
    #[must_use]
    pub fn is_from_group(&self) -> bool {
        self.chat_id.as_ref().is_some_and(ChatId::is_group)
    }

    /// The contact details in it, of one person or of several.
    #[must_use]
    pub fn contacts(&self) -> &[ContactCard] {
        match (&self.contact, &self.message_data) {
            (Some(contact), _) => std::slice::from_ref(contact),
            (None, Some(data)) => &data.contacts,
            (None, None) => &self.contacts,
        }
    }

    /// The marker that the server puts where it could not read a text, or where a file is too large.
    #[must_use]
    pub fn placeholder(&self) -> Option<&str> {
        let edited = self.edited_message_data.as_ref();
        let fields = [
            self.text_message.as_ref(),
            self.extended_text_message
                .as_ref()
                .and_then(|data| data.text.as_ref()),
            self.extended_text_message_data
                .as_ref()
                .and_then(|data| data.text.as_ref()),
            edited.and_then(|data| data.text_message.as_ref()),
            self.interactive_buttons
                .as_ref()
                .and_then(|menu| menu.content_text.as_ref()),
            self.caption.as_ref(),
            edited.and_then(|data| data.caption.as_ref()),
            self.download_url.as_ref(),
        ];
        fields.into_iter().find_map(marker)
    }

    fn is_reaction(&self) -> bool {
        self.type_message == Some(MessageType::ReactionMessage)
    }
}
