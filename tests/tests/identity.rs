//! Which notifications are the same: a repeated delivery is, and nothing else.

use green_api::types::Notification;
use green_api_tests::corpus::bodies;
use serde_json::{Value, json};

const CHATS: [&str; 2] = ["447700900145@c.us", "447700900167@c.us"];
const GROUP: &str = "120363000000000001@g.us";

fn key(body: &Value) -> Option<String> {
    let notification: Notification = serde_json::from_value(body.clone()).unwrap();
    notification.deduplication_key().map(|key| key.to_string())
}

/// Each has a key, each has the same when it is delivered again, and no two have the same.
#[track_caller]
fn differ(bodies: &[Value]) {
    let keys: Vec<String> = bodies
        .iter()
        .map(|body| key(body).unwrap_or_else(|| panic!("it has no key: {body}")))
        .collect();
    for (number, body) in bodies.iter().enumerate() {
        assert_eq!(key(body).as_ref(), Some(&keys[number]));
        for other in number + 1..bodies.len() {
            assert_ne!(keys[number], keys[other], "{body}\n{}", bodies[other]);
        }
    }
}

/// The body with this at the place of a JSON pointer.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

fn message(data: Value) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7_103_000_001_i64}, "timestamp": 1_734_700_000,
        "idMessage": "3EB0", "senderData": {"chatId": CHATS[0], "sender": CHATS[0]}, "messageData": data,
    })
}

fn text(text: &str) -> Value {
    message(json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": text}}))
}

fn status(kind: &str) -> Value {
    json!({
        "typeWebhook": kind, "instanceData": {"idInstance": 7_103_000_001_i64}, "timestamp": 1_734_700_000,
        "chatId": CHATS[0], "idMessage": "3EB0", "status": "delivered", "sendByApi": false,
    })
}

#[test]
fn the_pairs_of_the_corpus_are_two_each() {
    let pairs: Vec<(String, Value)> = bodies()
        .into_iter()
        .filter(|(name, _)| name.starts_with("identity."))
        .map(|(name, text)| (name, serde_json::from_str(&text).unwrap()))
        .collect();
    assert!(pairs.len() >= 6);
    for pair in pairs.chunks(2) {
        let [(first, one), (_, other)] = pair else {
            panic!("{pair:?}")
        };
        println!("{first}");
        differ(&[one.clone(), other.clone()]);
    }
}

#[test]
fn an_id_is_unique_within_a_chat_an_instance_and_a_kind_only() {
    for body in [text("Hello"), status("outgoingMessageStatus")] {
        let chat = if body["chatId"].is_null() {
            "/senderData/chatId"
        } else {
            "/chatId"
        };
        differ(&[
            body.clone(),
            with(&body, chat, json!(CHATS[1])),
            with(&body, chat, json!(GROUP)),
            with(&body, "/instanceData/idInstance", json!(7_103_000_002_i64)),
            with(&body, "/idMessage", json!("3EB1")),
            with(&body, "/typeWebhook", json!("outgoingMessageReceived")),
            with(&body, "/typeWebhook", json!("outgoingAPIMessageReceived")),
            with(&body, "/typeWebhook", json!("somethingNew")),
        ]);
    }
}

#[test]
fn people_of_a_group_may_have_one_id() {
    let group = with(&text("Hello"), "/senderData/chatId", json!(GROUP));
    differ(&[
        group.clone(),
        with(&group, "/senderData/sender", json!(CHATS[1])),
    ]);
}

#[test]
fn a_message_that_is_delivered_again_is_the_same() {
    let body = text("Hello");
    for (pointer, value) in [
        ("/senderData/senderName", json!("Ada")),
        ("/timestamp", json!(1_734_700_001)),
        ("/instanceData/wid", json!("")),
    ] {
        assert_eq!(key(&with(&body, pointer, value)), key(&body), "{pointer}");
    }
}

#[test]
fn what_has_no_content_yet_is_another_than_what_has_it() {
    for empty in ["{{SWE001}}", "{{SWE003}}", "{{SWE999}}", ""] {
        differ(&[text(empty), text("Is the parcel at the door?")]);
    }
    let pairs = [
        (
            json!({"typeMessage": "textMessage"}),
            json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello"}}),
        ),
        (
            json!({"typeMessage": "textMessage", "textMessageData": {}}),
            json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello"}}),
        ),
        (
            json!({"typeMessage": "extendedTextMessage", "extendedTextMessageData": {}}),
            json!({"typeMessage": "extendedTextMessage", "extendedTextMessageData": {"text": "Hello"}}),
        ),
        (
            json!({"typeMessage": "imageMessage", "fileMessageData": {"downloadUrl": "", "caption": "See"}}),
            json!({"typeMessage": "imageMessage", "fileMessageData": {"downloadUrl": "https://files.example/a.jpg", "caption": "See"}}),
        ),
        (
            json!({"typeMessage": "imageMessage", "fileMessageData": {}}),
            json!({"typeMessage": "imageMessage", "fileMessageData": {"downloadUrl": "https://files.example/a.jpg"}}),
        ),
        (
            json!({"typeMessage": "videoMessage", "fileMessageData": {"downloadUrl": "{{SWE002}}"}}),
            json!({"typeMessage": "videoMessage", "fileMessageData": {"downloadUrl": "https://files.example/a.mp4"}}),
        ),
        (
            json!({"typeMessage": "locationMessage", "locationMessageData": {}}),
            json!({"typeMessage": "locationMessage", "locationMessageData": {"latitude": 51.5, "longitude": 0}}),
        ),
        (
            json!({"typeMessage": "contactMessage", "contactMessageData": {}}),
            json!({"typeMessage": "contactMessage", "contactMessageData": {"displayName": "Ada"}}),
        ),
        (
            json!({"typeMessage": "contactsArrayMessage", "messageData": {"contacts": []}}),
            json!({"typeMessage": "contactsArrayMessage", "messageData": {"contacts": [{"displayName": "Ada"}]}}),
        ),
        (
            json!({"typeMessage": "pollMessage", "pollMessageData": {"name": ""}}),
            json!({"typeMessage": "pollMessage", "pollMessageData": {"name": "Tea?"}}),
        ),
        (
            json!({"typeMessage": "editedMessage"}),
            json!({"typeMessage": "editedMessage", "editedMessageData": {"textMessage": "Hello"}}),
        ),
        (
            json!({"typeMessage": "listResponseMessage", "listResponseMessage": {}}),
            json!({"typeMessage": "listResponseMessage", "listResponseMessage": {"title": "Tea"}}),
        ),
        (
            json!({"typeMessage": "interactiveButtons", "interactiveButtons": {}}),
            json!({"typeMessage": "interactiveButtons", "interactiveButtons": {"contentText": "Tea?"}}),
        ),
        (
            json!({"typeMessage": "productMessage", "productMessage": {}}),
            json!({"typeMessage": "productMessage", "productMessage": {"productId": "7"}}),
        ),
        (
            json!({"typeMessage": "orderMessage", "orderMessage": {}}),
            json!({"typeMessage": "orderMessage", "orderMessage": {"orderId": "8"}}),
        ),
    ];
    for (empty, full) in pairs {
        differ(&[message(empty), message(full)]);
    }
    let mut without = text("Hello");
    without.as_object_mut().unwrap().remove("messageData");
    differ(&[without, text("Hello")]);
    // What is empty is the same as long as it is.
    assert_eq!(key(&text("{{SWE001}}")), key(&text("{{SWE003}}")));
}

#[test]
fn editions_of_a_message_are_as_many_as_there_are() {
    let edited = |text: &str| {
        message(
            json!({"typeMessage": "editedMessage", "editedMessageData": {"textMessage": text, "stanzaId": "3EA0"}}),
        )
    };
    let deleted = |id: &str| {
        message(json!({"typeMessage": "deletedMessage", "deletedMessageData": {"stanzaId": id}}))
    };
    differ(&[
        edited("Tea"),
        edited("Coffee"),
        // Back to what it was, later.
        with(&edited("Tea"), "/timestamp", json!(1_734_700_009)),
        deleted("3EA0"),
        deleted("3EA1"),
    ]);
}

#[test]
fn reactions_and_votes_are_as_many_as_people_and_times() {
    let reaction = |emoji: &str| {
        message(
            json!({"typeMessage": "reactionMessage", "extendedTextMessageData": {"text": emoji}, "quotedMessage": {"stanzaId": "3EA0"}}),
        )
    };
    let vote = |option: &str| {
        message(
            json!({"typeMessage": "pollUpdateMessage", "pollMessageData": {"stanzaId": "3EA0", "name": "Tea?", "votes": [{"optionName": option, "optionVoters": [CHATS[0]]}]}}),
        )
    };
    for [one, other] in [[reaction("👍"), reaction("")], [vote("Yes"), vote("No")]] {
        differ(&[
            one.clone(),
            with(&one, "/senderData/sender", json!(CHATS[1])),
            with(&one, "/timestamp", json!(1_734_700_009)),
            other,
        ]);
    }
}

#[test]
fn each_status_of_each_reader_is_one() {
    let outgoing = status("outgoingMessageStatus");
    differ(&[
        outgoing.clone(),
        with(&outgoing, "/status", json!("read")),
        with(&outgoing, "/typeWebhook", json!("incomingMessageStatus")),
    ]);
    for kind in ["incomingMessageStatus", "outgoingMessageStatus"] {
        let read = with(&status(kind), "/chatId", json!(GROUP));
        for field in ["/participant", "/sender", "/senderId", "/readBy"] {
            differ(&[
                read.clone(),
                with(&read, field, json!(CHATS[0])),
                with(&read, field, json!(CHATS[1])),
                with(&read, field, json!("447700900145")),
                with(&read, field, json!("447700900167")),
                with(&read, field, json!([{"id": "447700900145"}])),
                with(&read, field, json!([{"id": "447700900167"}])),
            ]);
        }
        for field in ["/senderData", "/participantData"] {
            differ(&[
                read.clone(),
                with(&read, field, json!({"sender": CHATS[0]})),
                with(&read, field, json!({"sender": CHATS[1]})),
                with(&read, field, json!({"phone": 447_700_900_145_i64})),
                with(&read, field, json!({"phone": 447_700_900_167_i64})),
                with(&read, field, json!({"who": {"phones": ["447700900145"]}})),
                with(&read, field, json!({"who": {"phones": ["447700900167"]}})),
            ]);
        }
    }
}

#[test]
fn a_reader_may_be_a_number_and_the_order_of_fields_does_not_matter() {
    for kind in ["incomingMessageStatus", "outgoingMessageStatus"] {
        let read = |number: i64| with(&status(kind), "/readBy", json!(number));
        differ(&[read(447_700_900_145), read(447_700_900_167)]);
        let text = read(447_700_900_145).to_string();
        let last = text.replacen(&format!(r#""typeWebhook":"{kind}","#), "", 1);
        let last = format!(r#"{},"typeWebhook":"{kind}"}}"#, last.trim_end_matches('}'));
        let notification: Notification = serde_json::from_str(&last).unwrap();
        let written = serde_json::to_string(&notification).unwrap();
        assert_eq!(written.matches("typeWebhook").count(), 1, "{written}");
        let last = notification.deduplication_key().unwrap().to_string();
        assert_eq!(key(&read(447_700_900_145)), Some(last));
    }
}

#[test]
fn a_call_has_several_statuses_and_people() {
    let call = json!({
        "typeWebhook": "outgoingCall", "instanceData": {"idInstance": 7_103_000_001_i64}, "timestamp": 1, "idMessage": "C1",
        "from": CHATS[0], "status": "pickUp", "participants": [{"id": CHATS[1], "status": "pickUp"}],
    });
    differ(&[
        call.clone(),
        with(&call, "/typeWebhook", json!("incomingCall")),
        with(&call, "/status", json!("hungUp")),
        with(&call, "/from", json!(CHATS[1])),
        with(&call, "/participants/0/id", json!(GROUP)),
    ]);
}

#[test]
fn what_is_not_known_is_the_same_only_if_all_of_it_is() {
    let unknown = json!({"typeWebhook": "somethingNew", "idMessage": "3EB0", "about": 1});
    differ(&[unknown.clone(), with(&unknown, "/about", json!(2))]);
    let kind = message(json!({"typeMessage": "somethingNew", "somethingNew": {"about": 1}}));
    differ(&[
        kind.clone(),
        with(&kind, "/messageData/somethingNew/about", json!(2)),
    ]);
    // Also if it has a message that is read.
    let known = with(&text("Hello"), "/typeWebhook", json!("somethingNew"));
    let said = "/messageData/textMessageData/textMessage";
    differ(&[
        known.clone(),
        with(&known, said, json!("Good-bye")),
        with(&known, said, json!("{{SWE001}}")),
        with(&known, said, json!("{{SWE003}}")),
        with(&known, "/about", json!(2)),
        with(&known, "/messageData/about", json!(2)),
    ]);
    let reordered: Value =
        serde_json::from_str(r#"{"about": 1, "idMessage": "3EB0", "typeWebhook": "somethingNew"}"#)
            .unwrap();
    assert_eq!(key(&reordered), key(&unknown));
}

#[test]
fn what_is_about_no_message_is_never_a_repetition() {
    for body in [
        json!({"typeWebhook": "stateInstanceChanged", "stateInstance": "authorized"}),
        json!({"typeWebhook": "statusInstanceChanged", "statusInstance": "online"}),
        json!({"typeWebhook": "quotaExceeded", "quotaData": {"method": "sendMessage"}}),
        json!({"typeWebhook": "deviceInfo", "deviceData": {}}),
        json!({"typeWebhook": "incomingBlock", "chatId": CHATS[0]}),
        json!({"typeWebhook": "somethingNew", "chatId": CHATS[0]}),
    ] {
        assert_eq!(key(&body), None, "{body}");
    }
}
