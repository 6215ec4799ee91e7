//! The chats on a phone: reading them and writing in them.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::DONE;
use super::input::{self, Body, NamedPhone};
use super::problem::Problem;
use crate::world::chats::{Chat, Message};
use crate::world::files::File;
use crate::world::messages::{Attachment, Content};

/// The maximum size of the body of a message: a file of 16 MB in Base64.
pub(super) const MAX_MESSAGE: usize = 22 * 1024 * 1024;

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
    pub(super) id_message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection {
    online: bool,
}

/// The chat in the path.
pub(super) struct ChatId(pub(super) String);

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

pub(super) async fn list(phone: NamedPhone) -> Json<Vec<Chat>> {
    Json(phone.with(|world, number| world.show_chats(number)))
}

pub(super) async fn messages(phone: NamedPhone, ChatId(chat): ChatId) -> Json<Vec<Message>> {
    Json(phone.with(|world, number| world.show_messages(number, &chat)))
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
