//! Messages for the stores.

use std::sync::Arc;

use green_api::Received;
use serde_json::{Value, json};

pub use crate::common::Place;

/// A message in a chat, which is known by the last digits of its number.
pub fn message_in(chat: usize, number: usize) -> Value {
    let chat = format!("4477009{chat:05}@c.us");
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": format!("M{number}"),
        "senderData": {"chatId": chat, "sender": chat, "chatName": "Ann", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": format!("This is number {number}")}},
    })
}

pub fn message(chat: usize, number: usize) -> Received {
    serde_json::from_value(message_in(chat, number)).unwrap()
}

/// The number of a message.
pub fn number_of(received: &Received) -> usize {
    let id = received.notification.id_message().unwrap();
    id.as_str()[1..].parse().unwrap()
}

/// A list that handlers write into.
pub type List<T> = Arc<std::sync::Mutex<Vec<T>>>;
