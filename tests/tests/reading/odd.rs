//! Bodies that are not quite what is described: half an emoji, null for a list, a text for an object.

use green_api::types::{JournalMessage, Notification};
use serde_json::json;

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
        what.reason().contains("senderData: invalid type, expected"),
        "{}",
        what.reason()
    );
    assert!(!format!("{what:?}").contains("nine"), "{what:?}");
}
