//! Notifications about messages and calls, and the settings that decide which there are.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::account::Account;
use crate::clock::unix_seconds;
use crate::messages::{Message, MessageStatus, message_data, person_id};
use crate::world::World;

/// In which direction a message goes.
#[derive(Clone, Copy)]
pub(crate) enum Way<'n> {
    /// To the person with this number.
    In(&'n str),
    /// From its sender.
    Out,
}

impl Account {
    /// Whether a switch in the settings is on.
    pub(crate) fn wants(&self, switch: &str) -> bool {
        self.settings.get(switch).and_then(Value::as_str) == Some("yes")
    }
}

/// What stands at the beginning of every notification.
pub(crate) fn envelope(account: &Account, kind: &str, now: SystemTime) -> Value {
    json!({
        "typeWebhook": kind,
        "instanceData": { "idInstance": account.id, "wid": account.wid(), "typeInstance": "whatsapp" },
        "timestamp": unix_seconds(now),
    })
}

/// A message came in or went out; `None` when the settings do not ask for that.
pub(crate) fn message(
    world: &World,
    account: &Account,
    message: &Message,
    way: Way<'_>,
) -> Option<Value> {
    let draft = &message.draft;
    let (kind, switch) = match way {
        Way::In(_) => ("incomingMessageReceived", "incomingWebhook"),
        Way::Out if draft.sent_by == Some(account.id) => {
            ("outgoingAPIMessageReceived", "outgoingAPIMessageWebhook")
        }
        Way::Out => ("outgoingMessageReceived", "outgoingMessageWebhook"),
    };
    if !account.wants(draft.content.switch().unwrap_or(switch)) {
        return None;
    }
    let viewer = account.phone.as_deref()?;
    let chat_id = message.chat_of(viewer);
    let mut body = envelope(account, kind, message.at);
    body["idMessage"] = json!(message.id);
    body["senderData"] = json!({
        "chatId": chat_id,
        "chatName": world.chat_name(viewer, &chat_id),
        "sender": person_id(&draft.sender),
        "senderName": world.name_of(&draft.sender),
        "senderContactName": world.contact_name(viewer, &draft.sender),
    });
    body["messageData"] = message_data(&world.messages, message);
    Some(body)
}

/// A message that was sent got further, or failed. The settings cannot switch off that it failed.
pub(crate) fn status(account: &Account, message: &Message, now: SystemTime) -> Option<Value> {
    let always = matches!(
        message.status,
        MessageStatus::NoAccount | MessageStatus::Failed
    );
    if !always && !account.wants("outgoingWebhook") {
        return None;
    }
    let mut body = envelope(account, "outgoingMessageStatus", now);
    body["chatId"] = json!(message.draft.peer.chat_id());
    body["idMessage"] = json!(message.id);
    body["status"] = json!(message.status.as_str());
    body["sendByApi"] = json!(message.draft.sent_by.is_some());
    Some(body)
}
