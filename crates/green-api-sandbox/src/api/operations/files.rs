//! What takes files, and pictures of people and groups.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;

use super::{groups, sending};
use crate::api::call::{Call, text};
use crate::api::reply::Reply;
use crate::world::files::File;
use crate::world::messages::{Attachment, Content, Peer};

/// What every JPEG file begins with.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];
/// The largest file that is taken.
const MAX_FILE: usize = 100 * 1024 * 1024;

pub(super) fn upload_file(call: &Call<'_>) -> Reply {
    let (mime, name) = (
        call.header(CONTENT_TYPE.as_str()),
        call.header("GA-Filename"),
    );
    let mime = match (mime, name) {
        (None, None) => {
            return call.invalid("'Content-Type' is required");
        }
        (None, Some(name)) => File::mime_of(name),
        (Some(mime), _) => mime.to_owned(),
    };
    let file = File {
        name: name.unwrap_or_default().to_owned(),
        mime,
        bytes: call.raw_body.clone(),
    };
    match stored(call, file) {
        Ok(url) => Reply::json(&json!({ "urlFile": url })),
        Err(refusal) => refusal,
    }
}

pub(super) fn send_file_by_upload(call: &Call<'_>) -> Reply {
    let file = match uploaded(call) {
        Ok(file) => file,
        Err(refusal) => return refusal,
    };
    let (name, mime_type) = (file.name.clone(), file.mime.clone());
    match stored(call, file) {
        Ok(url) => sending::send_uploaded(
            call,
            Attachment {
                url,
                name,
                mime_type,
                caption: String::new(),
            },
        ),
        Err(refusal) => refusal,
    }
}

/// Where the file of a message is. Only the files of the sandbox itself are looked for there.
pub(super) fn download_file(call: &Call<'_>) -> Reply {
    let (chat_id, id) = (text(&call.body, "chatId"), text(&call.body, "idMessage"));
    let url = call.with_phone(|world, phone| {
        let chat = Peer::parse(chat_id).chat_id();
        let message = world
            .messages
            .in_chat(phone, &chat)
            .find(|message| message.id == id)?;
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

/// The file of a `sendFileByUpload`, under the name that it is to have.
fn uploaded(call: &Call<'_>) -> Result<File, Reply> {
    let Some(mut file) = call.form.files.get("file").cloned() else {
        return Err(call.invalid("'file' is required"));
    };
    if let Some(name) = call
        .form
        .fields
        .get("fileName")
        .filter(|name| !name.is_empty())
    {
        file.name.clone_from(name);
        if file.mime == "application/octet-stream" {
            file.mime = File::mime_of(name);
        }
    }
    Ok(file)
}

/// Keeps a file of this instance, if it may be sent, and returns its address.
fn stored(call: &Call<'_>, file: File) -> Result<String, Reply> {
    if file.bytes.is_empty() {
        return Err(call.refuse("File is empty"));
    }
    if file.bytes.len() > MAX_FILE {
        return Err(Reply::error(
            500,
            "request entity too large",
            call.path,
            call.arrived,
        ));
    }
    Ok(call
        .core
        .with(|world| world.store_file(call.instance, file)))
}

/// The JPEG of a form.
pub(super) fn picture(call: &Call<'_>) -> Result<Bytes, Reply> {
    let bytes = call
        .form
        .files
        .get("file")
        .map(|file| file.bytes.clone())
        .unwrap_or_default();
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
    let group = call
        .form
        .fields
        .get("groupId")
        .map(String::as_str)
        .unwrap_or_default();
    let url = call.with_phone(|world, phone| {
        groups::may_set_picture(world, phone, group).then(|| world.set_picture(group, picture))
    });
    let reason = if url.is_some() { "" } else { "forbidden" };
    Reply::json(&json!({ "setGroupPicture": url.is_some(), "urlAvatar": url, "reason": reason }))
}

pub(super) fn get_avatar(call: &Call<'_>) -> Reply {
    let chat_id = Peer::parse(text(&call.body, "chatId")).chat_id();
    let url = call
        .core
        .with(|world| world.picture(&chat_id).map(str::to_owned));
    Reply::json(
        &json!({ "urlAvatar": url.as_deref().unwrap_or_default(), "available": url.is_some() }),
    )
}
