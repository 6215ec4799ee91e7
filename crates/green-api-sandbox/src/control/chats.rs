//! What is on a phone's screen, and what is done there with the thumb.

use std::time::SystemTime;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::DONE;
use super::clock::rfc3339;
use super::input::{self, Body, NamedPhone};
use super::problem::Problem;
use crate::world::chats::{Chat, Message};
use crate::world::files::File;
use crate::world::messages::{Attachment, Content, MessageStatus};

/// How large the body of a message may be: a file of 16 MB in Base64.
pub(super) const MAX_MESSAGE: usize = 22 * 1024 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChatView {
    id: String,
    name: String,
    is_group: bool,
    archived: bool,
    unread: usize,
    latest: Option<MessageView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageView {
    id: String,
    chat_id: String,
    sender: String,
    sender_name: String,
    outgoing: bool,
    content: Content,
    quoted_message_id: Option<String>,
    forwarded: bool,
    /// `null` when it came in.
    status: Option<&'static str>,
    edited: bool,
    deleted: bool,
    reactions: Vec<Reaction>,
    #[serde(serialize_with = "rfc3339")]
    at: SystemTime,
}

#[derive(Serialize)]
struct Reaction {
    sender: String,
    emoji: String,
}

impl From<Chat> for ChatView {
    fn from(chat: Chat) -> Self {
        let Chat {
            id,
            name,
            is_group,
            archived,
            unread,
            latest,
        } = chat;
        Self {
            id,
            name,
            is_group,
            archived,
            unread,
            latest: latest.map(MessageView::from),
        }
    }
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            chat_id: message.chat_id,
            sender: message.sender,
            sender_name: message.sender_name,
            outgoing: message.outgoing,
            content: message.content,
            quoted_message_id: message.quoted_message_id,
            forwarded: message.forwarded,
            status: message.status.map(MessageStatus::as_str),
            edited: message.edited,
            deleted: message.deleted,
            reactions: message
                .reactions
                .into_iter()
                .map(|(sender, emoji)| Reaction { sender, emoji })
                .collect(),
            at: message.at,
        }
    }
}

/// A message as it is to be sent: one of `text`, `file` and `content`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct New {
    chat_id: String,
    text: Option<String>,
    file: Option<NewFile>,
    content: Option<Content>,
    quoted_message_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewFile {
    name: String,
    /// Otherwise the name decides.
    mime_type: Option<String>,
    base64: String,
    #[serde(default)]
    caption: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sent {
    id_message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection {
    online: bool,
}

/// The chat in the path.
pub(super) struct ChatId(String);

impl<S: Send + Sync> FromRequestParts<S> for ChatId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct InPath {
            chat_id: String,
        }
        let InPath { chat_id } = input::path(parts, state).await?;
        input::chat_id(&chat_id).map(Self)
    }
}

pub(super) async fn list(phone: NamedPhone) -> Json<Vec<ChatView>> {
    let chats = phone.with(|world, number| world.show_chats(number));
    Json(chats.into_iter().map(ChatView::from).collect())
}

pub(super) async fn messages(phone: NamedPhone, ChatId(chat): ChatId) -> Json<Vec<MessageView>> {
    let messages = phone.with(|world, number| world.show_messages(number, &chat));
    Json(messages.into_iter().map(MessageView::from).collect())
}

pub(super) async fn send(
    phone: NamedPhone,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let chat = input::chat_id(&new.chat_id)?;
    let content = match (new.text, new.file, new.content) {
        (Some(text), None, None) if text.is_empty() => {
            return Err(Problem::bad("the text is empty"));
        }
        (Some(text), None, None) => Content::from(text),
        (None, Some(file), None) => Content::File(keep(&phone, file)?),
        (None, None, Some(content)) => content,
        _ => return Err(Problem::bad("write one of text, file and content")),
    };
    let quoted = new.quoted_message_id.as_deref();
    let id_message = phone.with(|world, number| world.write(number, &chat, content, quoted));
    Ok((StatusCode::CREATED, Json(Sent { id_message })))
}

/// Keeps a file where the API's own files are.
fn keep(phone: &NamedPhone, file: NewFile) -> Result<Attachment, Problem> {
    let bytes = BASE64
        .decode(file.base64)
        .map_err(|error| Problem::bad(format!("file.base64 is not Base64: {error}")))?;
    let mime = file.mime_type.unwrap_or_else(|| File::mime_of(&file.name));
    let stored = File {
        name: file.name.clone(),
        mime: mime.clone(),
        bytes: Bytes::from(bytes),
    };
    // Addresses of files begin with a number; this one is the phone's.
    let owner = phone.number().parse().unwrap_or_default();
    let url = phone.with(|world, _| world.store_file(owner, stored));
    Ok(Attachment {
        url,
        name: file.name,
        mime_type: mime,
        caption: file.caption,
    })
}

pub(super) async fn read(
    phone: NamedPhone,
    ChatId(chat): ChatId,
    Body(super::phones::Nothing {}): Body<super::phones::Nothing>,
) -> StatusCode {
    phone.with(|world, number| world.read(number, &chat, None));
    DONE
}

pub(super) async fn set_online(
    phone: NamedPhone,
    Body(Connection { online }): Body<Connection>,
) -> StatusCode {
    phone.with(|world, number| world.set_online(number, online));
    DONE
}
