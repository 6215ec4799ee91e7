//! Statuses, which disappear after a day.

use serde_json::{Value, json};

use crate::api::call::{Call, text, texts};
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::messages::{Attachment, MessageStatus, Peer, person_id};
use crate::world::statuses::{Published, StatusContent};

pub(super) fn send_text_status(call: &Call<'_>) -> Reply {
    let or = |name, usual: &str| call.body[name].as_str().unwrap_or(usual).to_owned();
    let content = StatusContent::Text {
        text: text(&call.body, "message").to_owned(),
        background_color: or("backgroundColor", "#000000"),
        font: or("font", "SERIF"),
    };
    publish(call, content)
}

/// Publishes a picture, a video or a recording.
pub(super) fn send_file_status(call: &Call<'_>) -> Reply {
    let mut file = Attachment::new(text(&call.body, "urlFile"), text(&call.body, "fileName"));
    text(&call.body, "caption").clone_into(&mut file.caption);
    publish(call, StatusContent::File(file))
}

fn publish(call: &Call<'_>, content: StatusContent) -> Reply {
    let participants = texts(&call.body["participants"]).into_iter();
    let meant_for = participants.map(|id| Peer::parse(&id).chat_id()).collect();
    let id = call
        .with_phone(|world, phone| world.publish(phone, content, meant_for, Some(call.instance)));
    Reply::json(&json!({ "idMessage": id }))
}

pub(super) fn delete_status(call: &Call<'_>) -> Reply {
    call.with_phone(|world, phone| {
        let own = world.statuses.iter_mut().find(|published| {
            published.author == phone && published.status.id == text(&call.body, "idMessage")
        });
        if let Some(published) = own {
            published.deleted = true;
        }
        world.changed = true;
    });
    Reply::empty()
}

pub(super) fn get_status_statistic(call: &Call<'_>) -> Reply {
    let id = call.query.get("idMessage").map_or("", String::as_str);
    let views: Vec<Value> = call.with_phone(|world, phone| {
        let mut own = world.statuses_by(phone);
        let published = own.find(|published| published.status.id == id);
        let views = published
            .into_iter()
            .flat_map(|published| &published.views)
            .map(|(number, (status, at))| json!({ "participant": person_id(number), "timestamp": unix_seconds(*at), "status": status.as_str() }));
        views.collect()
    });
    Reply::json(&views)
}

pub(super) fn get_incoming_statuses(call: &Call<'_>) -> Reply {
    let statuses: Vec<Value> = call.with_phone(|world, phone| {
        let since = call.since(world);
        let recent = world
            .statuses_for(phone)
            .take_while(|published| published.status.at >= since);
        let entries = recent.map(|published| {
            let mut entry = entry(published);
            entry["type"] = json!("incoming");
            entry["timestamp"] = json!(unix_seconds(published.status.at));
            entry["senderId"] = json!(published.status.author);
            entry["senderName"] = json!(world.name_of(&published.author));
            entry["senderContactName"] = json!(world.contact_name(phone, &published.author));
            entry
        });
        entries.collect()
    });
    Reply::json(&statuses)
}

pub(super) fn get_outgoing_statuses(call: &Call<'_>) -> Reply {
    let statuses: Vec<Value> = call.with_phone(|world, phone| {
        let since = call.since(world);
        let recent = world
            .statuses_by(phone)
            .take_while(|published| published.status.at >= since);
        let entries = recent.map(|published| {
            let mut entry = entry(published);
            let best = published.views.values().max_by_key(|(status, _)| *status);
            let sent = (MessageStatus::Sent, published.status.at);
            let (status, at) = best.copied().unwrap_or(sent);
            entry["type"] = json!("outgoing");
            entry["timestamp"] = json!(unix_seconds(at));
            entry["statusMessage"] = json!(status.as_str());
            entry["sendByApi"] = json!(published.sent_by.is_some());
            // A text has them beside its colour and font.
            let target = match published.status.content {
                StatusContent::Text { .. } => &mut entry["extendedTextMessage"],
                StatusContent::File(_) => &mut entry,
            };
            target["participants"] = json!(published.meant_for);
            entry
        });
        entries.collect()
    });
    Reply::json(&statuses)
}

/// Returns the fields that the journals of both directions have in common.
fn entry(published: &Published) -> Value {
    let mut entry = match &published.status.content {
        StatusContent::Text {
            text,
            background_color,
            font,
        } => json!({
            "typeMessage": "extendedTextMessage",
            "textMessage": text,
            "extendedTextMessage": { "text": text, "backgroundColor": background_color, "font": font },
        }),
        StatusContent::File(file) => json!({
            "typeMessage": file.type_message(),
            "downloadUrl": file.url, "caption": file.caption, "fileName": file.name, "jpegThumbnail": "", "mimeType": file.mime_type,
            "isForwarded": false, "forwardingScore": 0,
        }),
    };
    entry["idMessage"] = json!(published.status.id);
    entry["chatId"] = json!("status@broadcast");
    entry["isDeleted"] = json!(published.deleted);
    entry
}
