//! Bodies in the shapes that were seen, with invented values: each is recognised, and becomes JSON again without the loss of a known field.

use green_api::types::{
    JournalCall, JournalMessage, MessageData, Notification, ReceivedNotification, StatusRecord,
};
use green_api_tests::answers::differences;
use green_api_tests::corpus::bodies;
use green_api_tests::spec::bundle;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Kinds that no version knows.
const UNKNOWN: [&str; 2] = ["someFutureWebhook", "someBrandNewType"];

/// Fields that no documentation has; they are dropped.
const UNDESCRIBED: [&str; 2] = ["contextInfo", "groupInviteMessage"];

/// Reads a body as `T`, and says what got lost on the way there and back.
fn there_and_back<T: DeserializeOwned + Serialize>(
    name: &str,
    schema: &Value,
    text: &str,
) -> (T, Vec<String>) {
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let sent: Value = serde_json::from_str(text).unwrap();
    let again = serde_json::to_value(&read).unwrap();
    let lost = differences(bundle(), schema, &sent, &again);
    let undescribed = |problem: &String| {
        UNDESCRIBED
            .iter()
            .any(|field| problem.ends_with(&format!(".{field} is not described")))
    };
    (
        read,
        lost.into_iter()
            .filter(|problem| !undescribed(problem))
            .map(|problem| format!("{name}: {problem}"))
            .collect(),
    )
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Why a notification, or the message in it, was not recognised.
fn unrecognised(notification: &Notification) -> Option<String> {
    use Notification::{
        IncomingMessageReceived, OutgoingApiMessageReceived, OutgoingMessageReceived, Unrecognized,
    };
    let what = match notification {
        Unrecognized(what) => what,
        IncomingMessageReceived(of)
        | OutgoingMessageReceived(of)
        | OutgoingApiMessageReceived(of) => match &of.message_data {
            Some(MessageData::Unrecognized(what)) => what,
            _ => return None,
        },
        _ => return None,
    };
    let unknown = what.kind().is_some_and(|kind| UNKNOWN.contains(&kind));
    (!unknown).then(|| format!("{:?}: {}", what.kind(), what.reason()))
}

/// What is lost of a journal's body: calls and statuses have types of their own.
fn journal(name: &str, text: &str) -> Vec<String> {
    fn of<T: DeserializeOwned + Serialize>(name: &str, text: &str, schema: &str) -> Vec<String> {
        if name.starts_with("journalList.") {
            there_and_back::<Vec<T>>(
                name,
                &json!({ "type": "array", "items": reference(schema) }),
                text,
            )
            .1
        } else {
            there_and_back::<T>(name, &reference(schema), text).1
        }
    }
    match name {
        _ if name.contains("Call") => of::<JournalCall>(name, text, "JournalCall"),
        _ if name.contains("Statuses") => of::<StatusRecord>(name, text, "StatusRecord"),
        _ => of::<JournalMessage>(name, text, "JournalMessage"),
    }
}

#[test]
fn every_body_is_recognised_and_loses_nothing() {
    let (mut notifications, mut journals, mut unknown) = (0, 0, 0);
    let mut problems = Vec::new();
    for (name, text) in bodies() {
        if name.starts_with("journal") {
            problems.extend(journal(&name, &text));
            journals += 1;
        } else {
            let (notification, lost) = if name.starts_with("wrapped.") {
                let (received, lost) = there_and_back::<ReceivedNotification>(
                    &name,
                    &reference("ReceivedNotification"),
                    &text,
                );
                (received.body, lost)
            } else {
                there_and_back::<Notification>(&name, &reference("Notification"), &text)
            };
            problems.extend(lost);
            problems.extend(unrecognised(&notification).map(|reason| format!("{name}: {reason}")));
            unknown += usize::from(UNKNOWN.iter().any(|kind| name.contains(kind)));
            notifications += 1;
        }
    }
    println!(
        "{notifications} notifications, {unknown} of them of unknown kinds, and {journals} bodies of journals"
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(notifications > 100 && journals > 50 && unknown == UNKNOWN.len());
}

#[test]
fn what_is_unknown_is_kept_to_the_letter() {
    for (name, text) in bodies()
        .into_iter()
        .filter(|(name, _)| UNKNOWN.iter().any(|kind| name.contains(kind)))
    {
        let notification: Notification = serde_json::from_str(&text).unwrap();
        let kept = match &notification {
            Notification::Unrecognized(what) => what,
            Notification::IncomingMessageReceived(of) => match &of.message_data {
                Some(MessageData::Unrecognized(what)) => what,
                other => panic!("{name}: {other:?}"),
            },
            other => panic!("{name}: {other:?}"),
        };
        assert!(text.contains(kept.raw().as_str()), "{name}");
    }
}

#[test]
fn a_known_kind_that_does_not_fit_says_where() {
    let body = json!({
        "typeWebhook": "stateInstanceChanged", "instanceData": { "idInstance": 7103000001_i64, "typeInstance": "whatsapp" },
        "timestamp": 1700000000, "stateInstance": ["authorized"]
    });
    let Notification::Unrecognized(what) = serde_json::from_value(body.clone()).unwrap() else {
        panic!("it fits")
    };
    assert!(what.reason().contains("stateInstance"), "{}", what.reason());
    assert_eq!(what.raw().to_value(), body);
}
