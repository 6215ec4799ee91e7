//! Operations on files, and on the pictures of people and groups.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;

use super::{groups, sending};
use crate::api::call::{Call, text};
use crate::api::reply::Reply;
use crate::world::World;
use crate::world::files::File;
use crate::world::messages::{Attachment, Content, Peer};

/// What every JPEG file begins with.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];
/// The largest file that is taken.
const MAX_FILE: usize = 100 * 1024 * 1024;

pub(super) fn upload_file(call: &Call<'_>) -> Reply {
    let name = call.header("GA-Filename");
    let mime = match (call.header(CONTENT_TYPE.as_str()), name) {
        (None, None) => return call.invalid("'Content-Type' is required"),
        (None, Some(name)) => File::mime_of(name),
        (Some(mime), _) if mime.starts_with("multipart/") => {
            return call.invalid("'Content-Type' must be the type of the file");
        }
        (Some(mime), _) => mime.to_owned(),
    };
    let file = File {
        name: name.unwrap_or_default().to_owned(),
        mime,
        bytes: call.raw_body.clone(),
    };
    either(stored(call, file).map(|url| Reply::json(&json!({ "urlFile": url }))))
}

pub(super) fn send_file_by_upload(call: &Call<'_>) -> Reply {
    either(send_upload(call))
}

fn send_upload(call: &Call<'_>) -> Result<Reply, Reply> {
    let file = uploaded(call)?;
    let (name, mime_type) = (file.name.clone(), file.mime.clone());
    let attachment = Attachment {
        url: stored(call, file)?,
        name,
        mime_type,
        caption: String::new(),
    };
    Ok(sending::send_uploaded(call, attachment))
}

/// Returns the answer or the refusal that takes its place.
pub(super) fn either(answer: Result<Reply, Reply>) -> Reply {
    answer.unwrap_or_else(|refusal| refusal)
}

/// Answers where the file of a message is. Only files of the sandbox itself are checked to exist.
pub(super) fn download_file(call: &Call<'_>) -> Reply {
    let (chat_id, id) = (text(&call.body, "chatId"), text(&call.body, "idMessage"));
    let url = call.with_phone(|world, phone| {
        let chat = Peer::parse(chat_id).chat_id();
        let mut messages = world.messages.in_chat(phone, &chat);
        let message = messages.find(|message| message.id == id)?;
        match &message.draft.content {
            Content::File(file) => Some(file.url.clone()),
            _ => None,
        }
    });
    let Some(url) = url else {
        return call.refuse(&format!(
            "File message encrypted url not found by chatId {chat_id} and idMessage {id}"
        ));
    };
    if call.core.with(|world| world.is_gone(&url)) {
        let reason = format!(
            "internal error while downloading the file by chatId {chat_id} and idMessage {id}"
        );
        return Reply::error(500, &reason, call.path, call.arrived);
    }
    Reply::json(&json!({ "downloadUrl": url }))
}

/// Returns the file of a `sendFileByUpload`, under the name that it is to have.
fn uploaded(call: &Call<'_>) -> Result<File, Reply> {
    let Some(mut file) = call.form.files.get("file").cloned() else {
        return Err(call.invalid("'file' is required"));
    };
    let name = call.form.fields.get("fileName");
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        file.name.clone_from(name);
        if file.mime == "application/octet-stream" {
            file.mime = File::mime_of(name);
        }
    }
    let sent_name = File::sent_name(&file.name);
    if sent_name != file.name {
        file.mime = File::mime_of(&sent_name);
        file.name = sent_name;
    }
    Ok(file)
}

/// Keeps a file of this instance, if it may be sent, and returns its address.
fn stored(call: &Call<'_>, file: File) -> Result<String, Reply> {
    if file.bytes.is_empty() {
        return Err(call.refuse("File is empty"));
    }
    if file.bytes.len() > MAX_FILE {
        let reason = "request entity too large";
        return Err(Reply::error(500, reason, call.path, call.arrived));
    }
    let store = |world: &mut World| world.store_file(call.instance, file);
    Ok(call.core.with(store))
}

/// Returns the JPEG of a form.
pub(super) fn picture(call: &Call<'_>) -> Result<Bytes, Reply> {
    let file = call.form.files.get("file");
    let bytes = file.map(|file| file.bytes.clone()).unwrap_or_default();
    if bytes.is_empty() {
        return Err(call.refuse("File is empty"));
    }
    if !bytes.starts_with(&JPEG) {
        return Err(call.refuse("Unsupported media type"));
    }
    Ok(bytes)
}

pub(super) fn set_group_picture(call: &Call<'_>) -> Reply {
    let picture = match picture(call) {
        Ok(picture) => picture,
        Err(refusal) => return refusal,
    };
    let group = call.form.fields.get("groupId").map_or("", String::as_str);
    let url = call.with_phone(|world, phone| {
        groups::may_set_picture(world, phone, group).then(|| world.set_picture(group, picture))
    });
    let reason = if url.is_some() { "" } else { "forbidden" };
    Reply::json(&json!({ "setGroupPicture": url.is_some(), "urlAvatar": url, "reason": reason }))
}

pub(super) fn get_avatar(call: &Call<'_>) -> Reply {
    let chat_id = call.chat_id();
    call.core.with(|world| {
        let url = world.picture(&chat_id);
        Reply::json(&json!({ "urlAvatar": url.unwrap_or_default(), "available": url.is_some() }))
    })
}
