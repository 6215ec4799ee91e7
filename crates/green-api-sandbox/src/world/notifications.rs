//! Notifications: the settings that decide which there are, and their way into the queues.

use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Value, json};

use super::World;
use super::account::Account;
use super::agenda::Event;
use super::faults::{Effect, Fault, Outcome};
use super::messages::{Message, MessageStatus, message_data, person_id};
use super::queue::{Notification, Queue, Release};

/// What WhatsApp shows in place of a message for whose content it has no key.
const MARKER: &str = "{{SWE003}}";

/// The direction of a message, as the instance of one side sees it.
#[derive(Clone, Copy)]
pub(crate) enum Direction<'n> {
    /// To the person with this number.
    In(&'n str),
    /// From its sender.
    Out,
}

/// Returns the kind of the notification of a message that came in or went out; `None` if the settings do not ask for it.
pub(super) fn kind_of_message(
    account: &Account,
    message: &Message,
    direction: Direction<'_>,
) -> Option<&'static str> {
    let draft = &message.draft;
    let (kind, switch) = match direction {
        Direction::In(_) => ("incomingMessageReceived", "incomingWebhook"),
        Direction::Out if draft.sent_by == Some(account.id) => {
            ("outgoingAPIMessageReceived", "outgoingAPIMessageWebhook")
        }
        Direction::Out => ("outgoingMessageReceived", "outgoingMessageWebhook"),
    };
    account
        .wants(draft.content.switch().unwrap_or(switch))
        .then_some(kind)
}

/// Returns the notification of a message that came in or went out; `None` if the settings do not ask for it.
pub(crate) fn message(
    world: &World,
    account: &Account,
    message: &Message,
    direction: Direction<'_>,
) -> Option<Value> {
    let draft = &message.draft;
    let kind = kind_of_message(account, message, direction)?;
    let viewer = account.phone.as_deref()?;
    let chat_id = message.chat_of(viewer);
    let mut body = account.envelope(kind, message.at);
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

/// Returns the notification of a new message status. The settings cannot switch off failures.
pub(crate) fn status(account: &Account, message: &Message, now: SystemTime) -> Option<Value> {
    let always = matches!(
        message.status,
        MessageStatus::NoAccount | MessageStatus::Failed
    );
    if !always && !account.wants("outgoingWebhook") {
        return None;
    }
    let mut body = account.envelope("outgoingMessageStatus", now);
    body["chatId"] = json!(message.draft.peer.chat_id());
    body["idMessage"] = json!(message.id);
    body["status"] = json!(message.status.as_str());
    body["sendByApi"] = json!(message.draft.sent_by.is_some());
    Some(body)
}

/// Returns the notification of a message that came in and was read; `None` if the settings do not ask for it.
pub(crate) fn read(
    account: &Account,
    message: &Message,
    now: SystemTime,
    by_api: bool,
) -> Option<Value> {
    let viewer = account.phone.as_deref()?;
    if !account.wants("incomingMessageStatusWebhook") {
        return None;
    }
    let mut body = account.envelope("incomingMessageStatus", now);
    body["chatId"] = json!(message.chat_of(viewer));
    body["idMessage"] = json!(message.id);
    body["status"] = json!(MessageStatus::Read.as_str());
    body["sendByApi"] = json!(by_api);
    Some(body)
}

impl World {
    /// Queues bytes as a notification, whatever the settings say, and returns the receipt.
    pub(crate) fn notify(&mut self, id: u64, body: impl Into<Vec<u8>>) -> u64 {
        let now = self.now;
        self.changed = true;
        self.account(id).queue.push(body, now)
    }

    /// Queues, for every instance linked to this number, the notification that `body` returns for it.
    pub(super) fn notify_linked(
        &mut self,
        number: &str,
        body: impl Fn(&Self, &Account) -> Option<Value>,
    ) {
        let accounts = self.accounts.values();
        let bodies: Vec<(u64, Value)> = accounts
            .filter(|account| account.is_linked_to(number))
            .filter_map(|account| Some((account.id, body(self, account)?)))
            .collect();
        for (id, body) in bodies {
            self.notify(id, body.to_string());
        }
    }

    pub(crate) fn add_fault(&mut self, fault: Fault) -> Result<(), String> {
        let accounts = &self.accounts;
        self.faults.add(fault, |id| accounts.contains_key(&id))?;
        self.changed = true;
        Ok(())
    }

    pub(crate) fn clear_faults(&mut self) {
        self.changed = true;
        self.faults.clear();
    }

    /// Moves what was queued to its place, as far as faults let it.
    pub(crate) fn deliver_notifications(&mut self) {
        let mut fresh = Vec::new();
        for account in self.accounts.values_mut() {
            let queued = account.queue.take_fresh();
            fresh.extend(queued.into_iter().map(|entry| (account.id, entry)));
        }
        for (id, entry) in fresh {
            let kind = kind_of(&entry);
            let is_awaited = self.account(id).queue.holds_back(&kind);
            let Effect { delay, outcome, .. } =
                self.faults.apply_to_notification(&kind, id, is_awaited);
            let due = self.now + delay;
            if !delay.is_zero() {
                self.schedule(delay, Event::NotificationDue(id));
            }
            let queue = &mut self.account(id).queue;
            let append_when_due = |queue: &mut Queue, entry| match delay.is_zero() {
                true => queue.append(entry),
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
                    queue.append(entry);
                    append_when_due(queue, copy);
                }
                Outcome::MarkerFirst => {
                    let copy = queue.copy(&entry);
                    queue.append(with_marker(entry));
                    append_when_due(queue, copy);
                }
                _ => append_when_due(queue, entry),
            }
            queue.release(|release| matches!(release, Release::After(awaited) if *awaited == kind));
        }
    }
}

/// Returns a message as it comes while WhatsApp has no key for its content. What cannot be read stays as it is.
fn with_marker(mut notification: Notification) -> Notification {
    if let Ok(Value::Object(mut body)) = serde_json::from_slice(&notification.body) {
        let text = json!({ "textMessage": MARKER, "isTemplateMessage": false });
        let marker = json!({ "typeMessage": "textMessage", "textMessageData": text });
        body.insert("messageData".to_owned(), marker);
        notification.body = Value::Object(body).to_string().into_bytes();
    }
    notification
}

/// Returns the `typeWebhook` of a notification, or an empty string if it has none.
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
