//! The sending queue of an instance, and the queue of its notifications.

mod common;

use common::{FRIEND, PHONE, Setup, linked, notifications, setup};
use green_api_sandbox::{MessageStatus, State};
use reqwest::Method;
use serde_json::json;

async fn send(setup: &Setup, text: &str) -> String {
    let answer = setup
        .post(
            "sendMessage",
            json!({ "chatId": format!("{FRIEND}@c.us"), "message": text }),
        )
        .await;
    answer.json()["idMessage"].as_str().unwrap().to_owned()
}

/// How many messages wait, a second after whatever was asked before.
async fn count(setup: &Setup) -> u64 {
    setup.advance(1);
    setup.get("getMessagesCount").await.json()["count"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn messages_leave_in_order_with_the_pause_of_the_settings() {
    let (setup, friend) = linked().await;
    setup
        .set(json!({ "delaySendMessagesMilliseconds": 10_000 }))
        .await;
    for text in ["one", "two", "three"] {
        send(&setup, text).await;
    }
    for expected in 1..=3 {
        setup.advance(9);
        let texts: Vec<_> = friend
            .messages(PHONE)
            .into_iter()
            .map(|message| message.content)
            .collect();
        assert_eq!(texts, ["one", "two", "three"].map(Into::into)[..expected]);
        setup.advance(1);
    }
    assert_eq!(count(&setup).await, 0);
}

#[tokio::test]
async fn typing_takes_its_time_first() {
    let (setup, friend) = linked().await;
    setup
        .post(
            "sendMessage",
            json!({ "chatId": format!("{FRIEND}@c.us"), "message": "Hm", "typingTime": 20_000 }),
        )
        .await;
    setup.advance(19);
    assert!(friend.messages(PHONE).is_empty());
    setup.advance(2);
    assert_eq!(friend.messages(PHONE).len(), 1);
}

#[tokio::test]
async fn a_message_is_sent_without_typing_or_with_the_typing_of_the_settings() {
    let (setup, friend) = linked().await;
    let body = json!({ "chatId": format!("{FRIEND}@c.us"), "message": "x", "quotedMessageId": "", "typingTime": 0 });
    assert!(setup.post("sendMessage", body).await.json()["idMessage"].is_string());
    setup.advance(1);
    assert_eq!(friend.messages(PHONE).len(), 1);
    setup.set(json!({ "autoTyping": 20_000 })).await;
    send(&setup, "Hm").await;
    setup.advance(19);
    assert_eq!(friend.messages(PHONE).len(), 1);
    setup.advance(2);
    assert_eq!(friend.messages(PHONE).len(), 2);
}

#[tokio::test]
async fn a_message_is_shown_in_the_queue_until_it_is_sent_and_then_no_more() {
    let (setup, friend) = linked().await;
    setup
        .set(json!({ "delaySendMessagesMilliseconds": 10_000 }))
        .await;
    send(&setup, "one").await;
    let id = send(&setup, "two").await;
    let shown = setup.get("showMessagesQueue").await.json();
    let expected = json!([{ "messageID": id, "type": "sendMessage", "body": { "chatId": format!("{FRIEND}@c.us"), "message": "two" } }]);
    assert_eq!(shown, expected);
    setup.advance(9);
    assert_eq!(setup.get("showMessagesQueue").await.json(), expected);
    setup.advance(1);
    assert_eq!(setup.get("showMessagesQueue").await.json(), json!([]));
    setup.advance(1);
    assert_eq!(friend.messages(PHONE).len(), 2);
}

#[tokio::test]
async fn messages_wait_for_the_instance_to_be_linked() {
    let setup = setup().await;
    let first = send(&setup, "one").await;
    let body = json!({ "chatId": format!("{FRIEND}@c.us"), "chatIdFrom": "447700900167@c.us", "messages": ["A", "B"] });
    let forwarded = setup.post("forwardMessages", body.clone()).await.json()["messages"].clone();
    assert_eq!(count(&setup).await, 3);
    let expected = json!([
        { "messageID": first, "type": "sendMessage", "body": { "chatId": format!("{FRIEND}@c.us"), "message": "one" } },
        { "messagesIDs": forwarded, "type": "ForwardMessages", "body": body },
    ]);
    assert_eq!(setup.get("showMessagesQueue").await.json(), expected);

    setup.sandbox.instance().link(&setup.phone());
    setup.advance(1);
    let messages = setup.sandbox.phone(FRIEND).messages(PHONE);
    // What is to be forwarded does not exist.
    assert_eq!((messages.len(), &messages[0].id), (1, &first));
}

#[tokio::test]
async fn what_cannot_be_sent_within_a_day_is_thrown_away() {
    let setup = setup().await;
    send(&setup, "old").await;
    setup.advance(60);
    send(&setup, "new").await;
    setup.advance(24 * 60 * 60 - 60);
    setup.sandbox.instance().link(&setup.phone());
    setup.advance(1);
    let messages = setup.sandbox.phone(FRIEND).messages(PHONE);
    assert_eq!(
        messages
            .iter()
            .map(|message| &message.content)
            .collect::<Vec<_>>(),
        [&"new".into()]
    );
}

#[tokio::test]
async fn the_queue_can_be_emptied() {
    let setup = setup().await;
    send(&setup, "never").await;
    assert_eq!(
        setup.get("clearMessagesQueue").await.text,
        r#"{"isCleared":true}"#
    );
    assert_eq!(count(&setup).await, 0);
    setup.sandbox.instance().link(&setup.phone());
    setup.advance(60);
    assert!(setup.sandbox.phone(FRIEND).chats().is_empty());
}

#[tokio::test]
async fn a_restricted_account_sends_in_vain() {
    let (setup, friend) = linked().await;
    setup.sandbox.instance().set_state(State::YellowCard);
    send(&setup, "spam").await;
    setup.advance(1);
    assert!(friend.chats().is_empty());
    assert_eq!(
        setup.phone().messages(FRIEND)[0].status,
        Some(MessageStatus::YellowCard)
    );
    assert_eq!(
        notifications(&setup).await.pop().unwrap()["status"],
        "yellowCard"
    );
}

#[tokio::test]
async fn notifications_are_counted_and_cleared_once_a_minute() {
    let (setup, friend) = linked().await;
    friend.send_text(PHONE, "one");
    friend.send_text(PHONE, "two");
    setup.advance(1);
    assert_eq!(setup.get("getWebhooksCount").await.json()["count"], 2);
    let address = setup.address("clearWebhooksQueue", "");
    let clear = async || {
        setup
            .send(setup.request(Method::DELETE, &address))
            .await
            .json()
    };
    assert_eq!(clear().await, json!({ "isCleared": true, "reason": "" }));
    setup.advance(14);
    assert_eq!(setup.get("getWebhooksCount").await.json()["count"], 0);
    assert_eq!(
        clear().await,
        json!({ "isCleared": false, "reason": "Too many requests", "leftTime": 46 })
    );
    setup.advance(46);
    assert_eq!(clear().await["isCleared"], true);
}
