//! The key by which a repeated delivery is recognised.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::models::{ChatId, UnixTime};
use crate::types::{CallStatus, IncomingMessageStatus, MessageData, MessageStatus, Notification};

use super::content::{Fields, HasFields};
use super::identified;

/// Real ones have about 150 bytes. Whoever remembers ten thousand of them must not need gigabytes because somebody made up others.
const MAX_LENGTH: usize = 1_024;

/// Identifies a notification, so that one that the server delivers twice is recognised.
///
/// An id of a message is unique within its chat only, and several notifications are about one message. So the key consists of the instance,
/// the kind, the kind of message, the status, the chat, the person, whether there is content yet, and the id:
///
/// * The person is who wrote the message, called, or read it.
/// * What WhatsApp could not decrypt comes without content at first, as a marker or empty, and again when it could be. These are two.
/// * Edits, deletions, reactions, votes, and what this version does not know, may come several times under one id. They have a time and a
///   digest of what they say instead, so that only the same one is the same.
/// * Statuses, and steps of a call, that come without a status that this version knows have such a time and digest as well.
/// * A status may name its reader in a field that this version does not know, so a digest of all such fields is part of the key.
///
/// It can be stored as text.
///
/// ```
/// use std::collections::HashSet;
/// use green_api_types::types::Notification;
///
/// let body = r#"{
///     "typeWebhook": "outgoingMessageStatus", "instanceData": {"idInstance": 7103000001}, "timestamp": 1700000000,
///     "chatId": "447700900145@c.us", "idMessage": "3EB0C767D097B7C7C030", "status": "delivered"
/// }"#;
/// let notification: Notification = serde_json::from_str(body)?;
/// let key = notification.deduplication_key().unwrap();
/// assert_eq!(key.as_str(), "7103000001/outgoingMessageStatus//delivered/447700900145@c.us///3EB0C767D097B7C7C030");
/// let mut seen = HashSet::new();
/// assert!(seen.insert(key.clone()) && !seen.insert(key));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeduplicationKey(Arc<str>);

impl DeduplicationKey {
    /// Returns the key as text. Keys are equal exactly if their texts are.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeduplicationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for DeduplicationKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Notification {
    /// Returns the key that this notification shares only with repeated deliveries of itself.
    ///
    /// `None` if it is about neither a message nor a call, since a state that is reported again may be news, and for made-up ids of more
    /// than a thousand bytes.
    #[must_use]
    pub fn deduplication_key(&self) -> Option<DeduplicationKey> {
        let fields = self.fields();
        let id = identified(fields.id_message)?.as_str();
        let message = self.message();
        let content = message.and_then(|message| message.message_data.as_ref());
        let status = self.status();
        let edition = match content {
            // A kind that is not known may have several notifications about one message.
            _ if !Self::KNOWN.contains(&self.kind()) => self.edition(),
            Some(content) if happens_again(content.kind()) => {
                dated(message.and_then(|message| message.timestamp), content)
            }
            _ if message.is_some_and(|message| !message.fields().has_content()) => {
                "empty".to_owned()
            }
            Some(_) => String::new(),
            // Two steps may be missing what tells them apart.
            None if self.is_step() && !status.is_some_and(is_known) => {
                dated(self.timestamp().copied(), self)
            }
            None => self.edition(),
        };
        let parts = [
            self.instance_id().map(|id| id.to_string()),
            Some(self.kind().to_owned()),
            content.map(|content| content.kind().to_owned()),
            status.map(str::to_owned),
            fields.chat_id.map(ToString::to_string),
            self.person(fields),
            Some(edition),
        ];
        let mut key = String::new();
        for part in parts {
            // What somebody made up must not look like several parts.
            key += &part
                .unwrap_or_default()
                .replace('%', "%25")
                .replace('/', "%2F");
            key += "/";
        }
        // The id comes last, since it is the one part that may have any character.
        key += id;
        (key.len() <= MAX_LENGTH).then(|| DeduplicationKey(key.into()))
    }

    /// What became of the message or call.
    fn status(&self) -> Option<&str> {
        match self {
            Self::OutgoingMessageStatus(status) => {
                status.status.as_ref().map(MessageStatus::as_str)
            }
            Self::IncomingMessageStatus(status) => {
                status.status.as_ref().map(MessageStatus::as_str)
            }
            Self::IncomingCall(call) | Self::OutgoingCall(call) => {
                call.status.as_ref().map(CallStatus::as_str)
            }
            _ => {
                let status = self.salvaged()?.other.status.as_ref();
                status.map(MessageStatus::as_str)
            }
        }
    }

    /// Whether it is one of the steps that a message or call goes through, which share their id.
    fn is_step(&self) -> bool {
        matches!(
            self,
            Self::IncomingCall(_)
                | Self::OutgoingCall(_)
                | Self::IncomingMessageStatus(_)
                | Self::OutgoingMessageStatus(_)
        )
    }

    /// Whose message, call or reading it is: in a group several have one id.
    fn person(&self, fields: Fields<'_>) -> Option<String> {
        match self {
            Self::IncomingMessageStatus(status) => Some(reader(status)),
            Self::IncomingCall(_) => None,
            _ => fields.sender.map(ToString::to_string),
        }
    }

    /// What tells apart notifications that are no messages and agree in everything else.
    fn edition(&self) -> String {
        match self {
            Self::IncomingCall(call) | Self::OutgoingCall(call)
                if !call.participants.is_empty() =>
            {
                digest(&call.participants)
            }
            Self::OutgoingMessageStatus(status) => digest_of_extra([Some(&status.extra), None]),
            Self::IncomingMessageStatus(status) => {
                let reader = status.sender_data.as_ref().map(|data| &data.extra);
                digest_of_extra([Some(&status.extra), reader])
            }
            // Whatever it is about, only the same is the same.
            Self::Unrecognized(what) => digest(&what.raw().to_value()),
            _ => String::new(),
        }
    }
}

/// Whether several messages of the kind may have one id, for all that is known.
fn happens_again(kind: &str) -> bool {
    matches!(
        kind,
        "editedMessage" | "deletedMessage" | "reactionMessage" | "pollUpdateMessage"
    ) || !MessageData::KNOWN.contains(&kind)
}

/// Whether the status of a message or call is one that this version knows.
fn is_known(status: &str) -> bool {
    MessageStatus::KNOWN.contains(&status) || CallStatus::KNOWN.contains(&status)
}

/// Returns the time and a digest of what was said then.
fn dated(time: Option<UnixTime>, said: &impl Serialize) -> String {
    let time = time.map(UnixTime::get).unwrap_or_default();
    format!("{time}-{}", digest(said))
}

/// Everybody whom the notification names, since it is not known which field names the reader.
fn reader(status: &IncomingMessageStatus) -> String {
    let data = status.sender_data.as_ref();
    let people = [
        status.participant.as_ref(),
        status.sender.as_ref(),
        data.and_then(|data| data.sender.as_ref()),
    ];
    let mut people: Vec<&str> = people.into_iter().flatten().map(ChatId::as_str).collect();
    people.sort_unstable();
    people.dedup();
    people.join(",")
}

/// Returns a digest of the fields that are not described, one of which may name the reader; empty without any.
fn digest_of_extra(extra: [Option<&Map<String, Value>>; 2]) -> String {
    let is_empty = extra.iter().flatten().all(|fields| fields.is_empty());
    if is_empty {
        String::new()
    } else {
        digest(&extra)
    }
}

/// Returns a digest that stays the same from run to run, unlike that of `std`: FNV-1a of the JSON with its keys in order.
fn digest(content: &impl Serialize) -> String {
    let mut json = String::new();
    write_sorted(
        &serde_json::to_value(content).unwrap_or_default(),
        &mut json,
    );
    let digest = json
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{digest:016x}")
}

/// Writes JSON with sorted keys: whether a map keeps the order of arrival is decided by whoever builds the program.
fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in fields {
                *out += &format!("{name:?}:");
                write_sorted(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_sorted(item, out);
                out.push(',');
            }
            out.push(']');
        }
        scalar => *out += &scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key_of(body: &Value) -> Option<DeduplicationKey> {
        serde_json::from_value::<Notification>(body.clone())
            .unwrap()
            .deduplication_key()
    }

    #[test]
    fn every_part_makes_the_difference() {
        let body = json!({"typeWebhook": "incomingMessageStatus", "instanceData": {"idInstance": 7103000001_i64}, "idMessage": "3EB0", "status": "delivered", "chatId": "120363000000000001@g.us", "participant": "447700900145@c.us"});
        let key = key_of(&body).unwrap();
        assert_eq!(
            key.as_str(),
            "7103000001/incomingMessageStatus//delivered/120363000000000001@g.us/447700900145@c.us//3EB0"
        );
        for (pointer, value) in [
            ("/typeWebhook", json!("outgoingMessageStatus")),
            ("/instanceData/idInstance", json!(7)),
            ("/idMessage", json!("3EB1")),
            ("/status", json!("read")),
            ("/chatId", json!("120363000000000002@g.us")),
            ("/participant", json!("447700900146@c.us")),
        ] {
            let mut other = body.clone();
            *other.pointer_mut(pointer).unwrap() = value;
            assert_ne!(key_of(&other).unwrap(), key, "{pointer}");
        }
        let mut again = body.clone();
        again["timestamp"] = json!(1);
        assert_eq!(key_of(&again).unwrap(), key);
    }

    #[test]
    fn without_a_status_that_is_known_only_the_same_is_the_same() {
        let call = json!({"idMessage": "3EB0", "from": "447700900145@c.us", "timestamp": 1});
        let status = json!({"idMessage": "3EB0", "chatId": "447700900145@c.us", "timestamp": 1});
        for (kind, body) in [
            ("incomingCall", &call),
            ("outgoingCall", &call),
            ("incomingMessageStatus", &status),
            ("outgoingMessageStatus", &status),
        ] {
            for said in [Value::Null, json!(""), json!("newerThanThis")] {
                let mut first = body.clone();
                first["typeWebhook"] = json!(kind);
                first["status"] = said;
                let key = key_of(&first).unwrap();
                assert_eq!(key_of(&first.clone()).unwrap(), key, "{first}");
                for (name, value) in [("timestamp", json!(2)), ("duration", json!(60))] {
                    let mut other = first.clone();
                    other[name] = value;
                    assert_ne!(key_of(&other).unwrap(), key, "{other}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_id_or_a_made_up_one_has_no_key() {
        for body in [
            json!({"typeWebhook": "somethingNew", "timestamp": 1}),
            json!({"typeWebhook": "somethingNew", "idMessage": ""}),
            json!({"typeWebhook": "somethingNew", "idMessage": "3".repeat(1_024)}),
            json!({"typeWebhook": "stateInstanceChanged", "stateInstance": "authorized"}),
        ] {
            assert_eq!(key_of(&body), None, "{body}");
        }
    }

    #[test]
    fn a_chat_cannot_pretend_to_be_more_than_one_part() {
        let body = |chat: &str, participant: &str| json!({"typeWebhook": "incomingMessageStatus", "chatId": chat, "participant": participant, "idMessage": "3EB0"});
        assert_ne!(key_of(&body("a/b", "c")), key_of(&body("a", "b/c")));
        assert_ne!(key_of(&body("a/b", "c")), key_of(&body("a%2Fb", "c")));
    }

    #[test]
    fn a_message_that_is_read_and_one_that_is_not_have_the_same_key() {
        let known = json!({
            "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7103000001_i64}, "idMessage": "3EB0",
            "senderData": {"chatId": "447700900123@c.us"},
            "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello"}}
        });
        let mut unread = known.clone();
        unread["senderData"]["senderName"] = json!(["Ann"]);
        assert!(matches!(
            serde_json::from_value(unread.clone()).unwrap(),
            Notification::Unrecognized(_)
        ));
        assert_eq!(key_of(&unread), key_of(&known));
    }
}
