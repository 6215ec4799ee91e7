//! Statuses, which disappear after a day.

use serde_json::{Map, Value, json};

use crate::api::call::{Call, text, texts};
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::messages::{Attachment, MessageStatus, Peer, person_id};
use crate::world::statuses::{Published, StoryContent};

pub(super) fn send_text_status(call: &Call<'_>) -> Reply {
    let or = |name, usual: &str| call.body[name].as_str().unwrap_or(usual).to_owned();
    let content = StoryContent::Text {
        text: text(&call.body, "message").to_owned(),
        background_color: or("backgroundColor", "#000000"),
        font: or("font", "SERIF"),
    };
    publish(call, content)
}

/// A picture, a video or a recording.
pub(super) fn send_file_status(call: &Call<'_>) -> Reply {
    let file = Attachment::new(text(&call.body, "urlFile"), text(&call.body, "fileName"));
    publish(
        call,
        StoryContent::File(Attachment {
            caption: text(&call.body, "caption").to_owned(),
            ..file
        }),
    )
}

fn publish(call: &Call<'_>, content: StoryContent) -> Reply {
    let meant_for = texts(&call.body["participants"])
        .iter()
        .map(|id| Peer::parse(id).chat_id())
        .collect();
    let id = call
        .with_phone(|world, phone| world.publish(phone, content, meant_for, Some(call.instance)));
    Reply::json(&json!({ "idMessage": id }))
}

pub(super) fn delete_status(call: &Call<'_>) -> Reply {
    call.with_phone(|world, phone| {
        let own = world.statuses.iter_mut().find(|published| {
            published.author == phone && published.story.id == text(&call.body, "idMessage")
        });
        if let Some(published) = own {
            published.deleted = true;
        }
        world.changed = true;
    });
    Reply::empty()
}

pub(super) fn get_status_statistic(call: &Call<'_>) -> Reply {
    let id = call
        .query
        .get("idMessage")
        .map(String::as_str)
        .unwrap_or_default();
    let views: Vec<Value> = call.with_phone(|world, phone| {
        let published = world
            .statuses_by(phone)
            .find(|published| published.story.id == id);
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
        let since = world.now.checked_sub(call.reach());
        let recent = world
            .statuses_for(phone)
            .take_while(|published| since.is_none_or(|since| published.story.at >= since));
        let entries = recent.map(|published| {
            let mut entry = entry(published);
            entry.insert("type".to_owned(), json!("incoming"));
            entry.insert(
                "timestamp".to_owned(),
                json!(unix_seconds(published.story.at)),
            );
            entry.insert("senderId".to_owned(), json!(published.story.author));
            entry.insert(
                "senderName".to_owned(),
                json!(world.name_of(&published.author)),
            );
            entry.insert(
                "senderContactName".to_owned(),
                json!(world.contact_name(phone, &published.author)),
            );
            Value::Object(entry)
        });
        entries.collect()
    });
    Reply::json(&statuses)
}

pub(super) fn get_outgoing_statuses(call: &Call<'_>) -> Reply {
    let statuses: Vec<Value> = call.with_phone(|world, phone| {
        let since = world.now.checked_sub(call.reach());
        let recent = world
            .statuses_by(phone)
            .take_while(|published| since.is_none_or(|since| published.story.at >= since));
        let entries = recent.map(|published| {
            let mut entry = entry(published);
            let best = published.views.values().max_by_key(|(status, _)| *status);
            let (status, at) = best
                .copied()
                .unwrap_or((MessageStatus::Sent, published.story.at));
            entry.insert("type".to_owned(), json!("outgoing"));
            entry.insert("timestamp".to_owned(), json!(unix_seconds(at)));
            entry.insert("statusMessage".to_owned(), json!(status.as_str()));
            entry.insert("sendByApi".to_owned(), json!(published.sent_by.is_some()));
            // A text has them beside its colour and font.
            match entry.get_mut("extendedTextMessage") {
                Some(text) => text["participants"] = json!(published.meant_for),
                None => drop(entry.insert("participants".to_owned(), json!(published.meant_for))),
            }
            Value::Object(entry)
        });
        entries.collect()
    });
    Reply::json(&statuses)
}

/// What the journals of both directions have in common.
fn entry(published: &Published) -> Map<String, Value> {
    let content = match &published.story.content {
        StoryContent::Text {
            text,
            background_color,
            font,
        } => json!({
            "typeMessage": "extendedTextMessage",
            "textMessage": text,
            "extendedTextMessage": { "text": text, "backgroundColor": background_color, "font": font },
        }),
        StoryContent::File(file) => json!({
            "typeMessage": file.type_message(),
            "downloadUrl": file.url, "caption": file.caption, "fileName": file.name, "jpegThumbnail": "", "mimeType": file.mime_type,
            "isForwarded": false, "forwardingScore": 0,
        }),
    };
    let mut entry = match content {
        Value::Object(content) => content,
        _ => Map::new(),
    };
    entry.insert("idMessage".to_owned(), json!(published.story.id));
    entry.insert("chatId".to_owned(), json!("status@broadcast"));
    entry.insert("isDeleted".to_owned(), json!(published.deleted));
    entry
}
