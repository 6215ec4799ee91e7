//! Notifications with invented people in them.

use serde_json::{Map, Value, json};

use crate::{ChatId, InstanceId, MessageId, Received};

/// Returns a builder of an incoming text message.
pub fn text(text: impl Into<String>) -> NotificationBuilder {
    let text: String = text.into();
    message(json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": text}}))
}

/// Returns a builder of an incoming photo, which is kept at that address.
pub fn image(download_url: impl Into<String>) -> NotificationBuilder {
    let download_url: String = download_url.into();
    message(json!({
        "typeMessage": "imageMessage",
        "fileMessageData": {
            "downloadUrl": download_url,
            "caption": "",
            "fileName": "photo.jpg",
            "jpegThumbnail": "",
            "mimeType": "image/jpeg",
            "forwardingScore": 0,
            "isForwarded": false,
        },
    }))
}

/// Returns a builder of the status of an outgoing message, such as `delivered`.
pub fn status(status: impl Into<String>) -> NotificationBuilder {
    let status: String = status.into();
    NotificationBuilder::new(
        "outgoingMessageStatus",
        Some(""),
        json!({"chatId": CHAT, "idMessage": ID, "status": status, "sendByApi": true}),
    )
}

/// Returns a builder of a change of the instance's state, such as to `authorized`.
pub fn state(state: impl Into<String>) -> NotificationBuilder {
    let state: String = state.into();
    NotificationBuilder::new(
        "stateInstanceChanged",
        None,
        json!({"stateInstance": state}),
    )
}

const CHAT: &str = "447700900145@c.us";
const ID: &str = "BAE5F4886F6F2D05";

fn message(data: Value) -> NotificationBuilder {
    let sender = json!({
        "chatId": CHAT,
        "chatName": "Mei Tanaka",
        "sender": CHAT,
        "senderName": "Mei Tanaka",
        "senderContactName": "",
    });
    NotificationBuilder::new(
        "incomingMessageReceived",
        Some("/senderData"),
        json!({"idMessage": ID, "senderData": sender, "messageData": data}),
    )
}

/// Builds a notification; [`text`], [`image`], [`status`] and [`state`] create it.
///
/// It is from the instance 7103000001 and from or for the chat `447700900145@c.us`, unless set. Any other notification is read from its JSON: see
/// [`Received`].
#[derive(Clone, Debug)]
#[must_use = "there is no notification before `build`"]
pub struct NotificationBuilder {
    json: Value,
    /// Where its chat is, if it has one.
    envelope: Option<&'static str>,
    attempt: u32,
}

impl NotificationBuilder {
    fn new(kind: &str, envelope: Option<&'static str>, fields: Value) -> Self {
        let mut json = json!({
            "typeWebhook": kind,
            "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
            "timestamp": 1_780_000_000,
        });
        if let (Value::Object(json), Value::Object(fields)) = (&mut json, fields) {
            json.extend(fields);
        }
        Self {
            json,
            envelope,
            attempt: 1,
        }
    }

    /// Sets the instance that it belongs to.
    pub fn instance(self, id: InstanceId) -> Self {
        self.set("/instanceData/idInstance", id.get())
    }

    /// Sets the chat; in a chat of two that is also the sender. A change of the state has no chat, and stays as it is.
    pub fn chat(self, chat: &ChatId) -> Self {
        let Some(envelope) = self.envelope else {
            return self;
        };
        let with_chat = self.set(&format!("{envelope}/chatId"), chat.as_str());
        if chat.is_group() || envelope.is_empty() {
            with_chat
        } else {
            with_chat.sender(chat)
        }
    }

    /// Sets who wrote the message.
    pub fn sender(self, sender: &ChatId) -> Self {
        self.set("/senderData/sender", sender.as_str())
    }

    /// Sets the id of the message. Two notifications of one kind and id are a repetition; see
    /// [`deduplicate`](crate::ReceiveOptions::deduplicate).
    pub fn id_message(self, id: impl Into<MessageId>) -> Self {
        let id: MessageId = id.into();
        self.set("/idMessage", id.as_str())
    }

    /// Sets how often it has been given to the handler, this time included (default: 1).
    pub fn attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    /// Sets any field by its JSON pointer.
    ///
    /// ```
    /// use green_api::testing;
    ///
    /// let photo = testing::image("https://example.com/photo.jpg").set("/messageData/fileMessageData/caption", "The door").build();
    /// assert_eq!(photo.notification.caption(), Some("The door"));
    /// ```
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let mut place = &mut self.json;
        for key in pointer.split('/').skip(1) {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[key.replace("~1", "/").replace("~0", "~")];
        }
        *place = value.into();
        self
    }

    /// Returns the JSON as the server sends it, such as to post it to an endpoint under test.
    #[must_use]
    pub fn into_json(self) -> Value {
        self.json
    }

    /// Returns what a handler gets.
    ///
    /// # Panics
    ///
    /// Panics if a value was [`set`](Self::set) that a notification cannot have in that place.
    #[must_use]
    pub fn build(self) -> Received {
        match serde_json::from_str::<Received>(&self.json.to_string()) {
            Ok(mut received) => {
                received.attempt = self.attempt;
                received
            }
            Err(error) => panic!("the notification cannot be read: {error}"),
        }
    }
}
