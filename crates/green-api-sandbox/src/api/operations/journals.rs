//! What was written, called and read: the journals, and marking as read.

use serde_json::{Map, Value, json};

use crate::api::call::{Call, text};
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::World;
use crate::world::messages::{Message, journal_fields, person_id};

/// The number of messages that `getChatHistory` reads by default.
const HISTORY_COUNT: usize = 100;

pub(super) fn get_chat_history(call: &Call<'_>) -> Reply {
    let chat_id = call.chat_id();
    let count = call.body["count"].as_u64();
    let count = count.and_then(|count| count.try_into().ok());
    let history: Vec<Value> = call.with_phone(|world, phone| {
        let messages = world.journal(call.instance, phone);
        messages
            .filter(|message| message.chat_of(phone) == chat_id)
            .take(count.unwrap_or(HISTORY_COUNT))
            .map(|message| entry(world, phone, message))
            .collect()
    });
    Reply::json(&history)
}

pub(super) fn get_message(call: &Call<'_>) -> Reply {
    let chat_id = call.chat_id();
    let found = call.with_phone(|world, phone| {
        let mut chat = world
            .journal(call.instance, phone)
            .filter(|message| message.chat_of(phone) == chat_id)
            .peekable();
        if chat.peek().is_none() {
            return Err("chatId not found");
        }
        let message = chat
            .find(|message| message.id == text(&call.body, "idMessage"))
            .ok_or("ID message notfound")?;
        Ok(entry(world, phone, message))
    });
    match found {
        Ok(message) => Reply::json(&message),
        Err(reason) => call.refuse(reason),
    }
}

pub(super) fn last_incoming_messages(call: &Call<'_>) -> Reply {
    last(call, |message, phone| !message.is_from(phone))
}

pub(super) fn last_outgoing_messages(call: &Call<'_>) -> Reply {
    last(call, Message::is_from)
}

fn last(call: &Call<'_>, fits: impl Fn(&Message, &str) -> bool) -> Reply {
    let messages: Vec<Value> = call.with_phone(|world, phone| {
        let (since, messages) = (call.since(world), world.journal(call.instance, phone));
        messages
            .take_while(|message| message.at >= since)
            .filter(|message| fits(message, phone))
            .map(|message| entry(world, phone, message))
            .collect()
    });
    Reply::json(&messages)
}

/// Describes a message as the journals of the linked account do.
fn entry(world: &World, phone: &str, message: &Message) -> Value {
    let mut entry = Map::new();
    let mut add = |fields| {
        if let Value::Object(fields) = fields {
            entry.extend(fields);
        }
    };
    let sender = &message.draft.sender;
    add(json!({ "idMessage": message.id, "chatId": message.chat_of(phone) }));
    add(if message.is_from(phone) {
        json!({
            "type": "outgoing", "timestamp": unix_seconds(message.status_at),
            "statusMessage": message.status.as_str(), "sendByApi": message.draft.sent_by.is_some(),
        })
    } else {
        json!({
            "type": "incoming", "timestamp": unix_seconds(message.at), "senderId": person_id(sender),
            "senderName": world.name_of(sender), "senderContactName": world.contact_name(phone, sender),
        })
    });
    entry.extend(journal_fields(&world.messages, message));
    Value::Object(entry)
}

pub(super) fn read_chat(call: &Call<'_>) -> Reply {
    let chat_id = call.chat_id();
    let id = call.body.get("idMessage").and_then(Value::as_str);
    let read = call.with_phone(|world, phone| world.read_by(phone, &chat_id, id, true));
    Reply::json(&json!({ "setRead": read }))
}

pub(super) fn last_incoming_calls(call: &Call<'_>) -> Reply {
    calls(call, true)
}

pub(super) fn last_outgoing_calls(call: &Call<'_>) -> Reply {
    calls(call, false)
}

/// Answers with the calls that are over, newest first.
fn calls(call: &Call<'_>, incoming: bool) -> Reply {
    let (direction, kind) = if incoming {
        ("incoming", "incomingCall")
    } else {
        ("outgoing", "outgoingCall")
    };
    let calls: Vec<Value> = call.with_phone(|world, phone| {
        let since = call.since(world);
        let recent = world.calls.iter().rev().take_while(|made| made.at >= since);
        let noted = recent.filter(|made| world.has_call(call.instance, made));
        let calls = noted.filter_map(|made| {
            let (own, other) = if incoming { (&made.callee, &made.caller) } else { (&made.caller, &made.callee) };
            (own == phone).then(|| json!({
                "type": direction, "idMessage": made.id, "timestamp": unix_seconds(made.at), "typeMessage": kind, "chatId": person_id(other),
                "duration": made.duration(), "isVideo": made.is_video, "isGroup": false, "status": made.status(),
            }))
        });
        calls.collect()
    });
    Reply::json(&calls)
}
