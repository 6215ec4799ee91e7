//! What the methods of `green_api::reading` make of every body in the corpus, and what `Drift` finds in them.

use std::fmt::{Debug, Write as _};

use green_api::Drift;
use green_api::reading::{Content, MessageFile, PressedButton, Quoted, Reaction};
use green_api::types::{
    JournalCall, JournalMessage, MessageData, MessageType, Notification, QueuedMessage,
    QuotedMessage, ReceivedNotification, StatusRecord,
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

/// A new kind of message is no reason to change the methods, but one to think about them.
#[test]
fn the_table_has_every_kind() {
    let rules = include_str!("../../crates/green-api-types/src/reading.md");
    let listed: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next())
        .flat_map(|cell| cell.split("`, `"))
        .collect();
    let listed: Vec<&str> = listed
        .iter()
        .map(|kind| kind.trim_end_matches('`'))
        .filter(|kind| *kind != "typeMessage")
        .collect();
    let missing: Vec<_> = MessageData::KNOWN
        .iter()
        .filter(|kind| !listed.contains(kind))
        .collect();
    let gone: Vec<_> = listed
        .iter()
        .filter(|kind| !MessageData::KNOWN.contains(kind))
        .collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in the table of reading.md: {missing:?}; there and unknown: {gone:?}"
    );
}

fn data(value: serde_json::Value) -> MessageData {
    let data: MessageData = serde_json::from_value(value).unwrap();
    assert!(!matches!(data, MessageData::Unrecognized(_)), "{data:?}");
    data
}

#[test]
fn one_button_has_many_shapes() {
    let pressed = json!({"stanzaId": "3EB0", "selectedIndex": 1, "selectedId": "yes", "selectedDisplayText": "Yes"});
    for (kind, key) in [
        ("templateButtonsReplyMessage", "templateButtonReplyMessage"),
        ("templateButtonsReplyMessage", "templateButtonsReplyMessage"),
        ("templateButtonReplyMessage", "templateButtonReplyMessage"),
        ("interactiveButtonsResponse", "interactiveButtonsResponse"),
        ("interactiveButtonsReply", "templateButtonReplyMessage"),
    ] {
        let data = data(json!({"typeMessage": kind, key: pressed}));
        let button = data.button_reply().unwrap_or_else(|| panic!("{kind}"));
        assert_eq!(
            (button.id, button.text, button.index),
            (Some("yes"), Some("Yes"), Some(1)),
            "{kind}"
        );
        assert_eq!(
            data.refers_to().map(|id| id.as_str()),
            Some("3EB0"),
            "{kind}"
        );
        assert_eq!(data.text(), None, "{kind}");
    }
    let old = data(
        json!({"typeMessage": "buttonsResponseMessage", "buttonsResponseMessage": {"stanzaId": "3EB0", "selectedButtonId": 7, "selectedButtonText": ""}}),
    );
    assert_eq!(
        old.button_reply().map(|button| (button.id, button.text)),
        Some((Some("7"), None))
    );
    let line = data(
        json!({"typeMessage": "listResponseMessage", "listResponseMessage": {"stanzaId": "3EB0", "title": "Tea", "singleSelectReply": "t1"}}),
    );
    assert_eq!(
        line.button_reply().map(|button| (button.id, button.text)),
        Some((Some("t1"), Some("Tea")))
    );
}

#[test]
fn markers_and_empty_texts_are_no_texts() {
    let text = |text: &str| {
        data(json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": text}}))
    };
    assert_eq!(
        (text("Hello").text(), text("Hello").placeholder()),
        (Some("Hello"), None)
    );
    assert_eq!((text("").text(), text("").placeholder()), (None, None));
    assert_eq!(
        (text("{{SWE001}}").text(), text("{{SWE001}}").placeholder()),
        (None, Some("{{SWE001}}"))
    );
    assert_eq!(text("{{SWEET}}").text(), Some("{{SWEET}}"));
    let large = data(
        json!({"typeMessage": "videoMessage", "fileMessageData": {"downloadUrl": "{{SWE002}}", "fileName": "", "titleFile": "a.mp4", "caption": "See"}}),
    );
    let file = large.file().unwrap();
    assert_eq!(
        (file.download_url, file.file_name, file.caption),
        (None, Some("a.mp4"), Some("See"))
    );
    assert_eq!(
        (large.placeholder(), large.caption(), large.text()),
        (Some("{{SWE002}}"), Some("See"), None)
    );
}

#[test]
fn a_reaction_is_no_text_and_can_be_taken_back() {
    let reaction = |emoji: &str| {
        data(
            json!({"typeMessage": "reactionMessage", "extendedTextMessageData": {"text": emoji}, "quotedMessage": {"stanzaId": "3EB0", "participant": "447700900123@c.us"}}),
        )
    };
    let (given, taken) = (reaction("👍"), reaction(""));
    assert_eq!(
        (
            given.text(),
            given.reaction().unwrap().emoji,
            taken.reaction().unwrap().emoji
        ),
        (None, Some("👍"), None)
    );
    assert_eq!(given.refers_to().map(|id| id.as_str()), Some("3EB0"));
    let quoted = given.quoted().unwrap();
    assert_eq!(
        (quoted.sender.map(|chat| chat.as_str()), quoted.text()),
        (Some("447700900123@c.us"), None)
    );
}

#[test]
fn a_quote_may_have_no_content() {
    let data = data(
        json!({"typeMessage": "quotedMessage", "extendedTextMessageData": {"text": "Yes", "stanzaId": "3EB0", "participant": "447700900123@c.us"}}),
    );
    let quoted = data.quoted().unwrap();
    assert_eq!(
        (
            data.text(),
            quoted.id_message.map(|id| id.as_str()),
            quoted.content
        ),
        (Some("Yes"), Some("3EB0"), None)
    );
}

#[test]
fn contacts_and_polls_have_two_shapes() {
    let ann = json!([{"displayName": "Ann"}]);
    for body in [
        json!({"typeMessage": "contactMessage", "contactMessageData": ann[0]}),
        json!({"typeMessage": "contactsArrayMessage", "messageData": {"contacts": ann}}),
        json!({"typeMessage": "ContactsArrayMessage", "contacts": ann}),
    ] {
        assert_eq!(
            data(body).contacts()[0].display_name.as_deref(),
            Some("Ann")
        );
    }
    for key in ["pollMessageData", "pollCreationMessage"] {
        assert_eq!(
            data(json!({"typeMessage": "pollMessage", key: {"name": "Tea?"}}))
                .poll()
                .unwrap()
                .name
                .as_deref(),
            Some("Tea?")
        );
    }
}

#[test]
fn files_are_files_in_every_list() {
    let kinds = [
        "imageMessage",
        "videoMessage",
        "documentMessage",
        "audioMessage",
        "stickerMessage",
    ];
    for kind in MessageType::KNOWN {
        assert_eq!(
            MessageType::from(*kind).is_file(),
            kinds.contains(kind),
            "{kind}"
        );
    }
    for kind in kinds {
        assert!(
            data(json!({"typeMessage": kind, "fileMessageData": {}}))
                .file()
                .is_some(),
            "{kind}"
        );
    }
}

/// What this version does not know in the corpus: the two kinds that no version knows, and fields of which no documentation says anything.
#[test]
fn the_corpus_has_no_drift_but_what_is_known_to_be_unknown() {
    let mut found = String::new();
    for (name, text) in bodies() {
        let value: Value = serde_json::from_str(&text).unwrap();
        let drift = match name.as_str() {
            _ if name.starts_with("journal") => {
                let items = if let Value::Array(items) = value {
                    items
                } else {
                    vec![value]
                };
                let of = |item: &Value| match () {
                    () if name.contains("Call") => Drift::of_value::<JournalCall>(item),
                    () if name.contains("Statuses") => Drift::of_value::<StatusRecord>(item),
                    () => Drift::of_value::<JournalMessage>(item),
                };
                items
                    .iter()
                    .map(of)
                    .find(|drift| !drift.is_empty())
                    .unwrap_or_default()
            }
            _ if name.starts_with("wrapped.") => Drift::of_value::<ReceivedNotification>(&value),
            _ => Drift::of_value::<Notification>(&value),
        };
        if !drift.is_empty() {
            writeln!(found, "{name}: {drift}").unwrap();
        }
    }
    insta::assert_snapshot!(found.replace(env!("CARGO_PKG_VERSION"), "0.0.0"));
}

#[test]
fn a_report_has_no_words_of_anybody() {
    let secret = "See you at nine";
    let drift = Drift::of_value::<Notification>(&json!({
        "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7103000001_i64}, "idMessage": "3EB0",
        "senderData": {"chatId": "447700900123@c.us", "447700900123": secret, "nick": secret, "sender_name is": {}},
        "messageData": {"typeMessage": "pollMessage", "quotedMessage": [secret], "pollMessageData": {"name": secret, "options": [{"a": 1}, {"a": 2}, {"b": null}]}},
        "status": secret,
    }));
    let report = drift.to_string();
    assert_eq!(
        report.lines().skip(1).collect::<Vec<_>>(),
        [
            "- $.messageData.pollMessageData.options[*].a: a field with a number",
            "- $.messageData.pollMessageData.options[*].b: a field with null",
            "- $.messageData.quotedMessage: that it is a list",
            "- $.senderData.nick: a field with a text",
            "- $.senderData['…']: a field with a text",
            "- $.senderData['…']: a field with an object",
            "- $.status: a field with a text",
        ]
    );
    assert!(
        report.starts_with("In incomingMessageReceived with pollMessage, green-api "),
        "{report}"
    );
    let status = Drift::of_value::<Notification>(&json!({
        "typeWebhook": "outgoingMessageStatus", "instanceData": {}, "idMessage": "3EB0", "status": secret, "chatId": null
    }));
    let odd = Drift::of_value::<Notification>(&json!({ "typeWebhook": secret }));
    for text in [
        report,
        format!("{drift:?}"),
        status.to_string(),
        format!("{status:?}"),
        odd.to_string(),
        format!("{odd:?}"),
    ] {
        assert!(!text.contains("nine") && !text.contains("4477"), "{text}");
    }
    let found: Vec<String> = status.findings().iter().map(ToString::to_string).collect();
    assert_eq!(found, ["$.status: a value of MessageStatus"]);
}

#[test]
fn a_text_that_was_cut_inside_an_emoji_is_read() {
    let body = r#"{
        "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7103000001}, "idMessage": "3EB0", "timestamp": 1700000000,
        "senderData": {"chatId": "447700900145@c.us", "senderName": "Ann \ud83d", "sender": "447700900145@c.us"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "\\ud83d \ud83d\ude00 \ude00 \"\\"}}
    }"#;
    let notification: Notification = serde_json::from_str(body).unwrap();
    assert_eq!(
        (notification.text(), notification.sender_name()),
        (
            Some("\\ud83d \u{1f600} \u{fffd} \"\\"),
            Some("Ann \u{fffd}")
        )
    );

    let strange: Notification =
        serde_json::from_str(&body.replace("incomingMessageReceived", "somethingNew")).unwrap();
    assert!(strange.deduplication_key().is_some());
}

#[test]
fn a_list_that_is_null_is_empty() {
    let call = json!({
        "typeWebhook": "outgoingCall", "instanceData": {"idInstance": 7103000001_i64}, "idMessage": "3EB0", "timestamp": 1, "participants": null
    });
    assert!(
        matches!(serde_json::from_value(call).unwrap(), Notification::OutgoingCall(call) if call.participants.is_empty())
    );
    let message = json!({"type": "incoming", "idMessage": "3EB0", "timestamp": 1, "typeMessage": "contactsArrayMessage", "contacts": null});
    assert!(
        serde_json::from_value::<JournalMessage>(message)
            .unwrap()
            .contacts()
            .is_empty()
    );
}

#[test]
fn a_reason_repeats_nobodys_words() {
    let body = json!({"typeWebhook": "incomingMessageReceived", "senderData": "meet me at \"nine\", expected"});
    let Notification::Unrecognized(what) = serde_json::from_value(body).unwrap() else {
        panic!("it is recognised")
    };
    assert!(
        what.reason().contains("senderData") && what.reason().contains("a text"),
        "{}",
        what.reason()
    );
    assert!(!format!("{what:?}").contains("nine"), "{what:?}");
}

#[test]
fn a_report_has_an_end() {
    let fields: serde_json::Map<_, _> = (0..5_000)
        .map(|number| (format!("field{number}"), json!(1)))
        .collect();
    let mut body = json!({"typeWebhook": "stateInstanceChanged", "timestamp": 1, "stateInstance": "authorized"});
    body.as_object_mut().unwrap().extend(fields);
    assert_eq!(
        Drift::of_value::<Notification>(&body).findings().len(),
        1_000
    );
}
