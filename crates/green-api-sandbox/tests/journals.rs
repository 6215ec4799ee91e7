//! The journals of messages and calls.

mod common;

use std::time::Duration;

use common::{FRIEND, PHONE, Setup, linked, notifications};
use green_api_sandbox::{CallEnd, Content};
use reqwest::Method;
use serde_json::{Value, json};

async fn journal(setup: &Setup, operation: &str, minutes: u64) -> Vec<Value> {
    setup.advance(1);
    let address = setup.address(operation, &format!("?minutes={minutes}"));
    let journal = setup
        .send(setup.request(Method::GET, &address))
        .await
        .json();
    journal.as_array().unwrap().clone()
}

fn ids(journal: &[Value]) -> Vec<&str> {
    journal
        .iter()
        .map(|entry| entry["idMessage"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn incoming_and_outgoing_messages_have_their_journals_newest_first() {
    let (setup, friend) = linked().await;
    let first = friend.send_text(PHONE, "one");
    setup.advance(600);
    let second = friend.send_text(PHONE, "two");
    let own = setup.phone().send_text(FRIEND, "three");
    setup.advance(1);
    assert_eq!(
        ids(&journal(&setup, "lastIncomingMessages", 1440).await),
        [&second, &first]
    );
    assert_eq!(
        ids(&journal(&setup, "lastIncomingMessages", 5).await),
        [&second]
    );
    let outgoing = journal(&setup, "lastOutgoingMessages", 1440).await;
    let expected = json!([{
        "type": "outgoing", "idMessage": own, "timestamp": 1_767_225_603 + 600, "typeMessage": "textMessage", "chatId": "447700900145@c.us",
        "textMessage": "three", "statusMessage": "delivered", "sendByApi": false,
        "isEdited": false, "editedMessageId": "", "isDeleted": false, "deletedMessageId": "",
    }]);
    assert_eq!(Value::from(outgoing), expected);
}

#[tokio::test]
async fn the_history_of_a_chat_has_both_sides() {
    let (setup, friend) = linked().await;
    let question = friend.send_text(PHONE, "When?");
    setup
        .sandbox
        .phone("447700900167")
        .send_text(PHONE, "Another chat");
    setup.advance(1);
    let answer = setup.phone().reply(FRIEND, &question, "At nine");
    setup.advance(1);
    let history = setup
        .post(
            "getChatHistory",
            json!({ "chatId": format!("{FRIEND}@c.us") }),
        )
        .await
        .json();
    let history = history.as_array().unwrap();
    assert_eq!(ids(history), [&answer, &question]);
    assert_eq!(history[0]["typeMessage"], "quotedMessage");
    let quoted = json!({ "stanzaId": question, "participant": "447700900145@c.us", "typeMessage": "textMessage", "textMessage": "When?" });
    assert_eq!(history[0]["quotedMessage"], quoted);
    assert_eq!(
        (&history[1]["type"], &history[1]["senderName"]),
        (&json!("incoming"), &json!("Ada"))
    );

    setup.advance(1);
    let short = setup
        .post(
            "getChatHistory",
            json!({ "chatId": format!("{FRIEND}@c.us"), "count": 1 }),
        )
        .await
        .json();
    assert_eq!(ids(short.as_array().unwrap()), [&answer]);
}

#[tokio::test]
async fn a_message_is_found_by_its_id() {
    let (setup, friend) = linked().await;
    let id = friend.send_text(PHONE, "Here");
    setup.advance(1);
    let get = async |chat: &str, id: &str| {
        setup
            .post("getMessage", json!({ "chatId": chat, "idMessage": id }))
            .await
    };
    assert_eq!(
        get("447700900145@c.us", &id).await.json()["textMessage"],
        "Here"
    );
    assert_eq!(
        get("447700900145@c.us", "3EB0").await.refusal(),
        "ID message notfound"
    );
    assert_eq!(
        get("447700900199@c.us", &id).await.refusal(),
        "chatId not found"
    );
}

#[tokio::test]
async fn edits_and_deletions_are_entries_that_name_their_message() {
    let (setup, friend) = linked().await;
    let id = friend.send_text(PHONE, "nine");
    let edit = friend.send(
        PHONE,
        Content::Edit {
            message: id.clone(),
            text: "ten".to_owned(),
        },
    );
    let deletion = friend.send(
        PHONE,
        Content::Delete {
            message: id.clone(),
        },
    );
    setup.advance(1);
    let entries = journal(&setup, "lastIncomingMessages", 5).await;
    assert_eq!(ids(&entries), [&deletion, &edit, &id]);
    assert_eq!(
        (&entries[0]["isDeleted"], &entries[0]["deletedMessageId"]),
        (&json!(true), &json!(id))
    );
    assert_eq!(
        (&entries[1]["isEdited"], &entries[1]["editedMessageId"]),
        (&json!(true), &json!(id))
    );
    assert_eq!(
        (&entries[1]["typeMessage"], &entries[1]["textMessage"]),
        (&json!("extendedTextMessage"), &json!("ten"))
    );
}

#[tokio::test]
async fn calls_ring_end_and_are_written_down() {
    let (setup, friend) = linked().await;
    // Without the setting it is neither told nor written down.
    friend.call(PHONE, false, CallEnd::Missed);
    setup.advance(5);
    setup.set(json!({ "incomingCallWebhook": "yes" })).await;
    let answered = friend.call(PHONE, true, CallEnd::Answered(Duration::from_secs(60)));
    setup.advance(1);
    assert!(journal(&setup, "lastIncomingCalls", 5).await.is_empty());
    setup.advance(64);
    friend.call(PHONE, false, CallEnd::Declined);
    let missed = setup.phone().call(FRIEND, false, CallEnd::Missed);
    setup.advance(5);

    let bodies = notifications(&setup).await;
    let calls: Vec<(&str, &str)> = bodies
        .iter()
        .map(|body| {
            (
                body["typeWebhook"].as_str().unwrap(),
                body["status"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("incomingCall", "offer"),
        ("incomingCall", "pickUp"),
        ("incomingCall", "hangUp"),
        ("incomingCall", "offer"),
        ("incomingCall", "declined"),
        ("outgoingCall", "hungUp"),
    ];
    assert_eq!(calls, expected);
    assert_eq!(
        (
            &bodies[0]["from"],
            &bodies[0]["isVideo"],
            &bodies[0]["idMessage"]
        ),
        (&json!("447700900145@c.us"), &json!(true), &json!(answered))
    );
    assert_eq!(
        bodies[5]["participants"],
        json!([{ "id": "447700900145@c.us", "status": "hungUp" }])
    );

    let incoming = journal(&setup, "lastIncomingCalls", 5).await;
    assert_eq!(
        (
            incoming.len(),
            &incoming[1]["duration"],
            &incoming[1]["status"]
        ),
        (2, &json!(60), &json!("pickUp"))
    );
    assert_eq!(
        ids(&journal(&setup, "lastOutgoingCalls", 5).await),
        [&missed]
    );
}
