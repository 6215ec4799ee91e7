//! What was written, called and read: the journals, and marking as read.

use serde_json::{Map, Value, json};

use crate::api::call::{Call, text};
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::World;
use crate::world::messages::{Message, Peer, journal_fields, person_id};

/// The messages that `getChatHistory` reads when it is not told how many.
const HISTORY_COUNT: usize = 100;

pub(super) fn get_chat_history(call: &Call<'_>) -> Reply {
    let chat_id = Peer::parse(text(&call.body, "chatId")).chat_id();
    let count = call.body["count"]
        .as_u64()
        .and_then(|count| count.try_into().ok())
        .unwrap_or(HISTORY_COUNT);
    let history: Vec<Value> = call.with_phone(|world, phone| {
        world
            .messages
            .in_chat(phone, &chat_id)
            .take(count)
            .map(|message| entry(world, phone, message))
            .collect()
    });
    Reply::json(&history)
}

pub(super) fn get_message(call: &Call<'_>) -> Reply {
    let chat_id = Peer::parse(text(&call.body, "chatId")).chat_id();
    let found = call.with_phone(|world, phone| {
        let mut chat = world.messages.in_chat(phone, &chat_id).peekable();
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
        let since = world.now.checked_sub(call.reach());
        let recent = world
            .messages
            .of(phone)
            .take_while(|message| since.is_none_or(|since| message.at >= since));
        recent
            .filter(|message| fits(message, phone))
            .map(|message| entry(world, phone, message))
            .collect()
    });
    Reply::json(&messages)
}

/// A message as the journals of the linked account have it.
fn entry(world: &World, phone: &str, message: &Message) -> Value {
    let mut entry = Map::new();
    entry.insert("idMessage".to_owned(), json!(message.id));
    entry.insert("chatId".to_owned(), json!(message.chat_of(phone)));
    let sides = if message.is_from(phone) {
        json!({
            "type": "outgoing", "timestamp": unix_seconds(message.status_at),
            "statusMessage": message.status.as_str(), "sendByApi": message.draft.sent_by.is_some(),
        })
    } else {
        json!({
            "type": "incoming", "timestamp": unix_seconds(message.at), "senderId": person_id(&message.draft.sender),
            "senderName": world.name_of(&message.draft.sender), "senderContactName": world.contact_name(phone, &message.draft.sender),
        })
    };
    if let Value::Object(sides) = sides {
        entry.extend(sides);
    }
    entry.extend(journal_fields(&world.messages, message));
    Value::Object(entry)
}

pub(super) fn read_chat(call: &Call<'_>) -> Reply {
    let chat_id = Peer::parse(text(&call.body, "chatId")).chat_id();
    let id = call.body.get("idMessage").and_then(Value::as_str);
    let read = call.with_phone(|world, phone| world.read(phone, &chat_id, id));
    Reply::json(&json!({ "setRead": read }))
}

pub(super) fn last_incoming_calls(call: &Call<'_>) -> Reply {
    calls(
        call,
        |made, phone| made.callee == phone,
        "incoming",
        "incomingCall",
    )
}

pub(super) fn last_outgoing_calls(call: &Call<'_>) -> Reply {
    calls(
        call,
        |made, phone| made.caller == phone,
        "outgoing",
        "outgoingCall",
    )
}

/// The calls that are over, newest first.
fn calls(
    call: &Call<'_>,
    fits: impl Fn(&crate::world::calls::Call, &str) -> bool,
    direction: &str,
    kind: &str,
) -> Reply {
    let made: Vec<Value> = call.with_phone(|world, phone| {
        let since = world.now.checked_sub(call.reach());
        let recent = world
            .calls
            .iter()
            .rev()
            .take_while(|made| since.is_none_or(|since| made.at >= since));
        let fitting = recent.filter(|made| fits(made, phone) && made.noted_by.contains(&call.instance) && made.is_over(world.now)).map(|made| {
            let other = if direction == "incoming" { &made.caller } else { &made.callee };
            json!({
                "type": direction, "idMessage": made.id, "timestamp": unix_seconds(made.at), "typeMessage": kind, "chatId": person_id(other),
                "duration": made.duration(), "isVideo": made.is_video, "isGroup": false, "status": made.status(),
            })
        });
        fitting.collect()
    });
    Reply::json(&made)
}
