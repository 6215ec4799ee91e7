//! The journals of messages and calls.

mod common;

use std::time::Duration;

use common::{FRIEND, PHONE, Setup, everything, linked, linked_with, notifications, setup};
use green_api_sandbox::{CallEnd, Content, Sandbox};
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
    // The one for incoming calls does not ask for outgoing ones.
    setup.set(json!({ "incomingCallWebhook": "yes" })).await;
    setup.phone().call(FRIEND, false, CallEnd::Missed);
    setup.advance(5);
    setup.set(json!({ "outgoingCallWebhook": "yes" })).await;
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

/// Sends a message by the API and one by hand, receives one, and returns their ids in this order.
async fn exchange(setup: &Setup) -> [String; 3] {
    let body = json!({ "chatId": format!("{FRIEND}@c.us"), "message": "By the API" });
    let sent = setup.post("sendMessage", body).await.json();
    let by_hand = setup.phone().send_text(FRIEND, "By hand");
    let received = setup
        .sandbox
        .phone(FRIEND)
        .send_text(PHONE, "From elsewhere");
    setup.advance(1);
    [
        sent["idMessage"].as_str().unwrap().to_owned(),
        by_hand,
        received,
    ]
}

/// The ids in the journals of both directions, which `getChatHistory` and `getMessage` agree with.
async fn journaled(setup: &Setup) -> Vec<String> {
    let mut all = Vec::new();
    for direction in ["lastOutgoingMessages", "lastIncomingMessages"] {
        let entries = journal(setup, direction, 60).await;
        all.extend(ids(&entries).into_iter().rev().map(str::to_owned));
    }
    let chat = json!({ "chatId": format!("{FRIEND}@c.us") });
    let history = setup.post("getChatHistory", chat.clone()).await.json();
    assert_eq!(history.as_array().unwrap().len(), all.len());
    for id in &all {
        let mut one = chat.clone();
        one["idMessage"] = json!(id);
        assert_eq!(setup.post("getMessage", one).await.json()["idMessage"], *id);
    }
    all
}

#[tokio::test]
async fn a_journal_has_what_its_setting_asked_for_when_it_happened() {
    for (setting, place) in [
        ("outgoingAPIMessageWebhook", 0),
        ("outgoingMessageWebhook", 1),
        ("incomingWebhook", 2),
    ] {
        let (setup, _) = linked().await;
        let off: Vec<(String, Value)> = everything()
            .as_object()
            .unwrap()
            .keys()
            .map(|name| (name.clone(), json!("no")))
            .collect();
        setup.set(Value::Object(off.into_iter().collect())).await;
        exchange(&setup).await;
        assert!(journaled(&setup).await.is_empty(), "{setting}");

        setup.set(json!({ setting: "yes" })).await;
        let exchanged = exchange(&setup).await;
        // Neither what was before comes in, nor does what is there go when the setting is off again.
        setup.set(json!({ setting: "no" })).await;
        exchange(&setup).await;
        assert_eq!(
            journaled(&setup).await,
            [exchanged[place].clone()],
            "{setting}"
        );
    }
}

#[tokio::test]
async fn a_journal_is_as_late_as_the_sandbox_is_told() {
    for (delay, builder) in [
        (30, Sandbox::builder()),
        (
            120,
            Sandbox::builder().journal_delay(Duration::from_secs(120)),
        ),
    ] {
        let (setup, _) = linked_with(builder).await;
        let exchanged = exchange(&setup).await;
        // Each of the two journals is read a second after whatever was asked before.
        setup.advance(delay - 4);
        assert!(journaled(&setup).await.is_empty(), "{delay}");
        setup.advance(1);
        assert_eq!(journaled(&setup).await, exchanged, "{delay}");
    }
}

#[tokio::test]
#[should_panic(expected = "the journals are no more than 120 seconds late")]
async fn a_journal_is_no_later_than_documented() {
    let _ = Sandbox::builder().journal_delay(Duration::from_secs(121));
}

#[tokio::test]
async fn what_was_written_before_the_instance_was_linked_is_not_in_its_journal() {
    let setup = setup().await;
    setup.set(everything()).await;
    setup.phone().send_text(FRIEND, "Before");
    setup.advance(1);
    setup.sandbox.instance().link(&setup.phone());
    setup.advance(60);
    assert!(journaled(&setup).await.is_empty());
}

#[tokio::test]
async fn what_was_read_is_announced_once_if_the_settings_ask_for_it() {
    let (setup, friend) = linked().await;
    friend.send_text(PHONE, "Not told");
    setup.advance(1);
    setup.phone().read(FRIEND);
    setup
        .set(json!({ "incomingMessageStatusWebhook": "yes" }))
        .await;
    let by_hand = friend.send_text(PHONE, "By hand");
    setup.advance(1);
    setup.phone().read(FRIEND);
    setup.phone().read(FRIEND);
    let by_api = friend.send_text(PHONE, "By the API");
    setup.advance(1);
    setup
        .post("readChat", json!({ "chatId": format!("{FRIEND}@c.us") }))
        .await;
    let bodies = notifications(&setup).await;
    let read: Vec<&Value> = bodies
        .iter()
        .filter(|body| body["typeWebhook"] == "incomingMessageStatus")
        .collect();
    assert_eq!(read.len(), 2);
    for (body, id, sent_by_api) in [(read[0], by_hand, false), (read[1], by_api, true)] {
        assert_eq!(body["chatId"], format!("{FRIEND}@c.us"));
        assert_eq!(
            (&body["idMessage"], &body["status"], &body["sendByApi"]),
            (&json!(id), &json!("read"), &json!(sent_by_api))
        );
    }
}
