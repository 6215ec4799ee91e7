//! The chats on a phone: reading them and writing in them.

use axum::http::StatusCode;
use axum::response::Json;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::DONE;
use super::input::{Base64, Body, ChatId, InPath, NamedPhone, Nothing, PhoneNumber, PhonePath};
use super::problem::Problem;
use crate::world::chats::{Chat, Message};
use crate::world::files::File;
use crate::world::messages::{Attachment, Content};

/// The maximum size of the body of a message: a file of 16 MB in Base64.
pub(super) const MAX_MESSAGE: usize = 22 * 1024 * 1024;

/// A message as it is to be sent: one of `text`, `file` and `content`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewMessage {
    chat_id: ChatId,
    #[schema(min_length = 1)]
    text: Option<String>,
    file: Option<NewFile>,
    content: Option<Content>,
    /// The message that this one answers.
    quoted_message_id: Option<String>,
}

/// A file of up to 16 MB.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewFile {
    name: String,
    /// Otherwise the name decides.
    mime_type: Option<String>,
    base64: Base64,
    #[serde(default)]
    caption: String,
}

impl NewFile {
    /// Keeps the file where the API's own files are.
    pub(super) fn keep(self, phone: &NamedPhone) -> Attachment {
        let mime = self.mime_type.unwrap_or_else(|| File::mime_of(&self.name));
        let stored = File {
            name: self.name.clone(),
            mime: mime.clone(),
            bytes: Bytes::from(self.base64.0),
        };
        // Addresses of files begin with a number; this one is the phone's.
        let owner = phone.number().parse().unwrap_or_default();
        let url = phone.with(|world, _| world.store_file(owner, stored));
        Attachment {
            url,
            name: self.name,
            mime_type: mime,
            caption: self.caption,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sent {
    /// The id under which notifications and journals know it.
    id_message: String,
}

impl Sent {
    pub(super) fn created(id_message: String) -> (StatusCode, Json<Self>) {
        (StatusCode::CREATED, Json(Self { id_message }))
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Forwarding {
    /// The chat to forward to.
    chat_id: ChatId,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    name: String,
    /// Those who are to be in it besides the owner of the phone.
    numbers: Vec<PhoneNumber>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    chat_id: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Path)]
pub(super) struct ChatPath {
    chat_id: ChatId,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Path)]
pub(super) struct MessagePath {
    pub(super) id_message: String,
}

/// Lists the chats, the one with the latest message first.
#[utoipa::path(
    get,
    path = "/sandbox/phones/{number}/chats",
    operation_id = "getChats",
    params(PhonePath),
    responses((status = 200, body = Vec<Chat>))
)]
pub(super) async fn list(phone: NamedPhone) -> Json<Vec<Chat>> {
    Json(phone.with(|world, number| world.show_chats(number)))
}

/// Lists the messages in a chat, oldest first, with what became of them.
#[utoipa::path(
    get,
    path = "/sandbox/phones/{number}/chats/{chatId}/messages",
    operation_id = "getMessages",
    params(PhonePath, ChatPath),
    responses((status = 200, body = Vec<Message>))
)]
pub(super) async fn messages(
    phone: NamedPhone,
    InPath(ChatPath { chat_id }): InPath<ChatPath>,
) -> Json<Vec<Message>> {
    Json(phone.with(|world, number| world.show_messages(number, &chat_id.0)))
}

/// Reads everything in a chat, which the senders see.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/chats/{chatId}/read",
    operation_id = "readChat",
    params(PhonePath, ChatPath),
    request_body(content = Nothing, example = json!({})),
    responses((status = 204))
)]
pub(super) async fn read(
    phone: NamedPhone,
    InPath(ChatPath { chat_id }): InPath<ChatPath>,
    Body(Nothing {}): Body<Nothing>,
) -> StatusCode {
    phone.with(|world, number| world.read(number, &chat_id.0, None));
    DONE
}

/// Sends a message from the phone: a text, a file in Base64, or any content.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/messages",
    operation_id = "sendFromPhone",
    params(PhonePath),
    request_body(content = NewMessage, example = json!({ "chatId": "447700900145@c.us", "text": "Hello" })),
    responses((status = 201, body = Sent))
)]
pub(super) async fn send(
    phone: NamedPhone,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let content = match (new.text, new.file, new.content) {
        (Some(text), None, None) if text.is_empty() => {
            return Err(Problem::bad("the text is empty"));
        }
        (Some(text), None, None) => Content::from(text),
        (None, Some(file), None) => Content::File(file.keep(&phone)),
        (None, None, Some(content)) => content,
        _ => return Err(Problem::bad("write one of text, file and content")),
    };
    let (chat, quoted) = (new.chat_id.0, new.quoted_message_id.as_deref());
    let id = phone.with(|world, number| world.write(number, &chat, content, quoted));
    Ok(Sent::created(id))
}

/// Forwards a message to another chat.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/messages/{idMessage}/forward",
    operation_id = "forwardMessage",
    params(PhonePath, MessagePath),
    request_body(content = Forwarding, example = json!({ "chatId": "447700900145@c.us" })),
    responses(
        (status = 201, body = Sent),
        (status = 404, description = "This phone does not have the message.", body = Problem)
    )
)]
pub(super) async fn forward(
    phone: NamedPhone,
    InPath(MessagePath { id_message }): InPath<MessagePath>,
    Body(Forwarding { chat_id }): Body<Forwarding>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let id = phone.with(|world, number| world.forward(number, &id_message, &chat_id.0));
    id.map(Sent::created)
        .ok_or_else(|| Problem::unknown("this phone does not have the message"))
}

/// Creates a group.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/groups",
    operation_id = "createGroup",
    params(PhonePath),
    request_body(content = NewGroup, example = json!({ "name": "Friends", "numbers": ["447700900145"] })),
    responses(
        (status = 201, body = Group),
        (status = 409, description = "None of these people has WhatsApp.", body = Problem)
    )
)]
pub(super) async fn create_group(
    phone: NamedPhone,
    Body(NewGroup { name, numbers }): Body<NewGroup>,
) -> Result<(StatusCode, Json<Group>), Problem> {
    let members: Vec<String> = numbers.into_iter().map(|number| number.0).collect();
    let chat_id = phone
        .with(|world, number| world.create_group(number, &name, &members))
        .ok_or_else(|| Problem::no_whatsapp("none of these people has WhatsApp"))?;
    Ok((StatusCode::CREATED, Json(Group { chat_id })))
}
