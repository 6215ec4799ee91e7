//! Whatever comes, reading it does not panic, and what was read survives the way to JSON and back.

#![no_main]

use green_api::Drift;
use green_api::types::{
    JournalCall, JournalMessage, Notification, ReceivedNotification, StatusRecord,
};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    // A notification of a webhook, and one in the envelope of the queue.
    if let Some(notification) = there_and_back::<Notification>(bytes) {
        use_everything(&notification);
    }
    if let Some(received) = there_and_back::<ReceivedNotification>(bytes) {
        use_everything(&received.body);
    }
    if let Some(message) = there_and_back::<JournalMessage>(bytes) {
        let _ = (
            message.text(),
            message.caption(),
            message.file(),
            message.button_reply(),
            message.reaction(),
            message.contacts(),
        );
        let _ = (
            message.quoted(),
            message.refers_to(),
            message.sender(),
            message.sender_name(),
            message.is_from_group(),
            message.placeholder(),
        );
    }
    there_and_back::<Vec<JournalMessage>>(bytes);
    there_and_back::<JournalCall>(bytes);
    there_and_back::<StatusRecord>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let drift = Drift::of::<Notification>(text);
        assert_eq!(drift.is_empty(), drift.findings().is_empty());
        let report = drift.to_string();
        assert_eq!(
            report.lines().count(),
            1 + drift.findings().len(),
            "a report has a line for each finding: {report:?}"
        );
    }
});

/// Reads it, and then what it is written as, and what that is written as.
fn there_and_back<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(
    bytes: &[u8],
) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let json = serde_json::to_string(&read).expect("what was read can be written");
    let again: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let json_again = serde_json::to_string(&again).expect("what was read can be written");
    assert_eq!(json, json_again);
    assert_eq!(read, again);
    Some(read)
}

fn use_everything(notification: &Notification) {
    let (text, kind) = (notification.text(), notification.kind());
    assert!(text.is_none_or(|text| !text.is_empty()));
    let _ = (
        kind,
        notification.caption(),
        notification.file(),
        notification.button_reply(),
        notification.reaction(),
        notification.placeholder(),
    );
    let _ = (
        notification.quoted().map(|quoted| quoted.text()),
        notification.refers_to(),
        notification.chat_id(),
        notification.sender(),
    );
    let _ = (
        notification.sender_name(),
        notification.is_from_group(),
        notification.instance_id(),
        notification.timestamp(),
    );
    let _ = (
        notification.contacts(),
        notification.poll(),
        notification.chosen(),
        notification.location(),
        notification.product(),
        notification.order(),
        notification.instance(),
    );
    let key = notification.deduplication_key();
    assert!(key.is_none_or(|key| !key.as_str().is_empty()));
    if let Notification::Unrecognized(what) = notification {
        assert!(!what.reason().is_empty());
    }
    assert!(!format!("{notification:?}").is_empty());
}
