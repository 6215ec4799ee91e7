//! The content of every notification, journal entry and queued message, line by line.

use std::fmt::{Debug, Write as _};

use green_api::reading::{Content, MessageFile, PressedButton, Quoted, Reaction};
use green_api::types::{
    JournalMessage, Notification, QueuedMessage, QuotedMessage, ReceivedNotification,
};
use green_api_tests::corpus::bodies;
use serde_json::{Value, json};

/// One line for each thing that is there.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn some<T: Debug>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            writeln!(self.0, "    {name}: {value:?}").unwrap();
        }
    }

    fn file(&mut self, file: Option<MessageFile<'_>>) {
        self.some(
            "file",
            file.map(|file| (file.file_name, file.mime_type, file.download_url)),
        );
    }

    fn button(&mut self, button: Option<PressedButton<'_>>) {
        self.some(
            "button_reply",
            button.map(|button| {
                (
                    button.index,
                    button.id,
                    button.text,
                    button.message.map(ToString::to_string),
                )
            }),
        );
    }

    fn reaction(&mut self, reaction: Option<Reaction<'_>>) {
        self.some(
            "reaction",
            reaction.map(|reaction| (reaction.emoji, reaction.message.map(ToString::to_string))),
        );
    }

    fn quoted(&mut self, quoted: Option<Quoted<'_>>) {
        let Some(quoted) = quoted else { return };
        self.some(
            "quoted",
            Some((
                quoted.id_message.map(ToString::to_string),
                quoted.sender.map(ToString::to_string),
            )),
        );
        self.some("quoted text", quoted.text());
        self.some(
            "quoted caption",
            quoted.content.and_then(|content| content.caption()),
        );
        if let Some(file) = quoted.content.and_then(|content| content.file()) {
            self.some(
                "quoted file",
                Some((file.file_name, file.mime_type, file.download_url)),
            );
        }
    }
}

fn content(lines: &mut Lines, content: &impl Content) {
    lines.some("id_message", content.id_message().map(ToString::to_string));
    lines.some("chat_id", content.chat_id().map(ToString::to_string));
    lines.some("sender", content.sender().map(ToString::to_string));
    lines.some("sender_name", content.sender_name());
    lines.some("is_from_group", content.is_from_group().then_some(true));
    lines.some("text", content.text());
    lines.some("caption", content.caption());
    lines.some("placeholder", content.placeholder());
    lines.file(content.file());
    lines.button(content.button_reply());
    lines.reaction(content.reaction());
    lines.quoted(content.quoted());
    lines.some("refers_to", content.refers_to().map(ToString::to_string));
    lines.some(
        "location",
        content
            .location()
            .map(|place| (place.latitude, place.longitude)),
    );
    lines.some(
        "poll",
        content
            .poll()
            .map(|poll| (poll.name.as_deref(), poll.options.len(), poll.votes.len())),
    );
    let chosen = content.chosen();
    lines.some("chosen", (!chosen.is_empty()).then_some(chosen));
    lines.some(
        "product",
        content
            .product()
            .map(|product| (product.product_id.as_deref(), product.title.as_deref())),
    );
    lines.some(
        "order",
        content
            .order()
            .map(|order| (order.order_id.as_deref(), order.total_price.as_deref())),
    );
    for contact in content.contacts() {
        lines.some("contact", contact.display_name.as_deref());
    }
}

fn notification(lines: &mut Lines, notification: &Notification) {
    lines.some(
        "deduplication_key",
        notification.deduplication_key().map(|key| key.to_string()),
    );
    content(lines, notification);
}

#[test]
fn every_body_reads_as_it_did() {
    let mut lines = Lines::default();
    for (name, text) in bodies() {
        if name.contains("Call") && name.starts_with("journal") || name.contains("Statuses") {
            continue;
        }
        writeln!(lines.0, "{name}").unwrap();
        if name.starts_with("wrapped.") {
            notification(
                &mut lines,
                &serde_json::from_str::<ReceivedNotification>(&text)
                    .unwrap()
                    .body,
            );
        } else if name.starts_with("journalList.") {
            serde_json::from_str::<Vec<JournalMessage>>(&text)
                .unwrap()
                .iter()
                .for_each(|message| content(&mut lines, message));
        } else if name.starts_with("journal.") {
            content(
                &mut lines,
                &serde_json::from_str::<JournalMessage>(&text).unwrap(),
            );
        } else {
            notification(&mut lines, &serde_json::from_str(&text).unwrap());
        }
    }
    insta::assert_snapshot!(lines.0);
}

#[test]
fn one_handler_takes_whatever_has_content() {
    fn handle(content: &impl Content) -> String {
        let of = |text: Option<&str>| text.unwrap_or("-").to_owned();
        [
            of(content.id_message().map(|id| id.as_str())),
            of(content.chat_id().map(|chat| chat.as_str())),
            of(content.sender().map(|chat| chat.as_str())),
            of(content.text()),
            of(content.quoted().and_then(|quoted| quoted.text())),
        ]
        .join(" ")
    }
    let (id, chat) = ("3EB0", "447700900145@c.us");
    let quote = json!({"stanzaId": "3EB1", "participant": chat, "typeMessage": "textMessage", "textMessage": "Tea?"});
    let received: Notification = serde_json::from_value(json!({
        "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7103000001_i64}, "idMessage": id, "timestamp": 1700000000,
        "senderData": {"chatId": chat, "sender": chat},
        "messageData": {"typeMessage": "quotedMessage", "extendedTextMessageData": {"text": "Yes", "stanzaId": "3EB1"}, "quotedMessage": quote}
    }))
    .unwrap();
    let journal: JournalMessage = serde_json::from_value(json!({
        "idMessage": id, "chatId": chat, "senderId": chat, "typeMessage": "quotedMessage", "extendedTextMessage": {"text": "Yes"}, "quotedMessage": quote
    }))
    .unwrap();
    let expected = "3EB0 447700900145@c.us 447700900145@c.us Yes Tea?";
    assert_eq!(
        (handle(&received), handle(&journal)),
        (expected.to_owned(), expected.to_owned())
    );
    let message = received.message().unwrap();
    assert_eq!(handle(message), expected);
    assert_eq!(
        handle(message.message_data.as_ref().unwrap()),
        "- - - Yes Tea?"
    );
    let quote: QuotedMessage = serde_json::from_value(quote).unwrap();
    assert_eq!(handle(&quote), "3EB1 - 447700900145@c.us Tea? -");
    let every: [&dyn Content; 2] = [&received, &journal];
    assert!(every.iter().all(|content| content.text() == Some("Yes")));
}

#[test]
fn what_waits_in_a_queue_is_read_from_the_request_or_beside_it() {
    let queued = |value: Value| serde_json::from_value::<QueuedMessage>(value).unwrap();
    let mut lines = Lines::default();
    for value in [
        json!({"messageID": "3EB0", "type": "sendMessage", "body": {"chatId": "447700900145@c.us", "message": "Hello", "quotedMessageId": "3EB1"}}),
        json!({"messageID": "3EB2", "type": "sendFileByUrl", "body": {"chatId": "120363000000000001@g.us", "urlFile": "https://files.example/a.mp4", "fileName": "a.mp4", "caption": "See"}}),
        json!({"messagesIDs": ["3EB3", "3EB4"], "type": "ForwardMessages", "body": {"chatId": "447700900145@c.us", "messages": ["BAE5"]}}),
        json!({"messageID": "3EB5", "type": "sendLocation", "body": {"chatId": "447700900145@c.us", "latitude": 51.5, "longitude": 0}}),
        json!({"typeMessage": "documentMessage", "chatId": "447700900145@c.us", "fileName": "film.mp4"}),
        json!({"typeMessage": "textMessage", "chatId": "447700900145@c.us", "message": "Hello"}),
    ] {
        writeln!(lines.0, "{}", value["type"].as_str().unwrap_or("older")).unwrap();
        let message = queued(value.clone());
        assert_eq!(serde_json::to_value(&message).unwrap(), value);
        content(&mut lines, &message);
    }
    insta::assert_snapshot!(lines.0);
}
