//! Notifications: the settings that decide which there are, and their way into the queues.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::World;
use super::account::Account;
use super::agenda::Event;
use super::faults::{Fault, Outcome};
use super::messages::{Message, MessageStatus, message_data, person_id};
use super::queue::{Notification, Queue, Release};
use crate::kit::clock::unix_seconds;

/// In which direction a message goes.
#[derive(Clone, Copy)]
pub(crate) enum Way<'n> {
    /// To the person with this number.
    In(&'n str),
    /// From its sender.
    Out,
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

impl World {
    pub(crate) fn notify(&mut self, id: u64, body: Box<RawValue>) -> u64 {
        let now = self.now;
        self.changed = true;
        self.accounts
            .get_mut(&id)
            .map_or(0, |account| account.queue.push(body, now))
    }

    /// Queues a notification as it is, whatever the settings say, and returns its receipt.
    pub(crate) fn notify_value(&mut self, id: u64, body: &Value) -> u64 {
        // A value is JSON already, so it cannot fail to become that.
        self.notify(id, to_raw_value(body).unwrap_or_default())
    }

    pub(crate) fn notify_raw(&mut self, id: u64, body: Vec<u8>) -> u64 {
        self.changed = true;
        let now = self.now;
        self.accounts
            .get_mut(&id)
            .map_or(0, |account| account.queue.push_raw(body, now))
    }

    pub(crate) fn notify_all(&mut self, bodies: BTreeMap<u64, Value>) {
        for (instance, body) in bodies {
            if let Ok(body) = to_raw_value(&body) {
                self.notify(instance, body);
            }
        }
    }

    pub(crate) fn add_fault(&mut self, fault: Fault) -> Result<(), String> {
        self.faults.add(fault)?;
        self.changed = true;
        Ok(())
    }

    pub(crate) fn clear_faults(&mut self) {
        self.changed = true;
        self.faults.clear();
    }

    /// Takes what was queued into its place, as far as faults let it.
    pub(crate) fn deliver_notifications(&mut self) {
        let mut fresh = Vec::new();
        for account in self.accounts.values_mut() {
            fresh.extend(
                account
                    .queue
                    .take_fresh()
                    .into_iter()
                    .map(|entry| (account.id, entry)),
            );
        }
        for (id, entry) in fresh {
            let kind = kind_of(&entry.1);
            let is_awaited = self
                .accounts
                .get(&id)
                .is_some_and(|account| account.queue.holds_back(&kind));
            let (delay, outcome) = self
                .faults
                .apply_to_notification(&kind, is_awaited)
                .map_or((Duration::ZERO, Outcome::Usual), |fault| {
                    (fault.delay, fault.outcome)
                });
            let due = self.now + delay;
            if !delay.is_zero() {
                self.schedule(delay, Event::NotificationDue(id));
            }
            let Some(Account { queue, .. }) = self.accounts.get_mut(&id) else {
                continue;
            };
            let file_or_wait = |queue: &mut Queue, entry| match delay.is_zero() {
                true => queue.file(entry),
                false => queue.hold_back(Release::At(due), entry),
            };
            match outcome {
                Outcome::Lose => continue,
                Outcome::OutOfOrder => {
                    queue.hold_back(Release::After(kind), entry);
                    continue;
                }
                Outcome::Duplicate => {
                    let copy = queue.copy(&entry);
                    queue.file(entry);
                    file_or_wait(queue, copy);
                }
                _ => file_or_wait(queue, entry),
            }
            queue.release(|release| matches!(release, Release::After(awaited) if *awaited == kind));
        }
    }
}

/// The `typeWebhook` of a notification; empty when it has none.
fn kind_of(notification: &Notification) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind {
        type_webhook: String,
    }
    serde_json::from_slice::<Kind>(&notification.body)
        .map(|kind| kind.type_webhook)
        .unwrap_or_default()
}
