//! What `Drift` finds, and that its report tells nobody's words.

use std::fmt::Write as _;

use green_api::Drift;
use green_api::types::{
    JournalCall, JournalMessage, Notification, ReceivedNotification, StatusRecord,
};
use green_api_tests::corpus::bodies;
use serde_json::{Value, json};

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
