//! Phones, and what they write.

use serde_json::{Value, json};

use crate::common::setup;

#[tokio::test]
async fn phones_write_to_each_other_and_to_instances() {
    let setup = setup().await;
    setup.set(json!({ "incomingWebhook": "yes" })).await;
    setup.link().await;
    setup
        .acts("phones", json!({ "number": "447700900145", "name": "Ann" }))
        .await;
    let sent = setup
        .act(
            "phones/447700900145/messages",
            json!({ "chatId": "+44 7700 900123", "text": "Hello" }),
        )
        .await;
    let id = sent.json()["idMessage"].clone();
    setup.advance(1);
    let notification = setup.get("receiveNotification").await.json()["body"].clone();
    assert_eq!(
        (&notification["typeWebhook"], &notification["idMessage"]),
        (&json!("incomingMessageReceived"), &id)
    );
    assert_eq!(
        notification["messageData"]["textMessageData"]["textMessage"],
        "Hello"
    );

    let chats = setup.look("phones/447700900123/chats").await;
    assert_eq!(
        (
            &chats[0]["name"],
            &chats[0]["unread"],
            &chats[0]["latest"]["id"]
        ),
        (&json!("Ann"), &json!(1), &id)
    );
    setup
        .acts(
            "phones/447700900123/chats/447700900145@c.us/read",
            json!({}),
        )
        .await;
    let file = json!({ "name": "note.txt", "base64": "SGVsbG8=", "caption": "A note" });
    setup
        .acts(
            "phones/447700900123/messages",
            json!({ "chatId": "447700900145@c.us", "file": file, "quotedMessageId": id }),
        )
        .await;
    setup.advance(1);
    let messages = setup
        .look("phones/447700900145/chats/447700900123@c.us/messages")
        .await;
    assert_eq!(
        (&messages[0]["outgoing"], &messages[0]["status"]),
        (&json!(true), &json!("read"))
    );
    let answer = &messages[1];
    assert_eq!(
        (
            &answer["outgoing"],
            &answer["status"],
            &answer["quotedMessageId"]
        ),
        (&json!(false), &Value::Null, &id)
    );
    assert_eq!(
        (
            &answer["content"]["kind"],
            &answer["content"]["mimeType"],
            &answer["content"]["caption"]
        ),
        (&json!("file"), &json!("text/plain"), &json!("A note"))
    );
    let kept = reqwest::get(answer["content"]["url"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(kept.text().await.unwrap(), "Hello");
    setup
        .acts("phones/447700900145/messages", json!({ "chatId": "447700900123", "content": { "kind": "reaction", "message": id, "emoji": "👍" } }))
        .await;

    for bad in [
        json!({ "chatId": "447700900145" }),
        json!({ "chatId": "447700900145", "text": "" }),
        json!({ "chatId": "447700900145", "text": "a", "content": { "kind": "text", "text": "b" } }),
        json!({ "chatId": "447700900145@example", "text": "a" }),
        json!({ "chatId": "447700900145", "file": { "name": "a", "base64": "?" } }),
    ] {
        assert_eq!(
            setup
                .complaint("phones/447700900123/messages", bad.clone())
                .await
                .0,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn what_is_sent_to_a_phone_that_is_offline_waits() {
    let setup = setup().await;
    setup
        .acts("phones/447700900145/online", json!({ "online": false }))
        .await;
    setup
        .acts(
            "phones/447700900123/messages",
            json!({ "chatId": "447700900145", "text": "Hello" }),
        )
        .await;
    let status = async || {
        setup
            .look("phones/447700900123/chats/447700900145@c.us/messages")
            .await[0]["status"]
            .clone()
    };
    setup.advance(1);
    assert_eq!(status().await, "sent");
    assert_eq!(setup.look("state").await["phones"][1]["online"], false);
    setup
        .acts("phones/447700900145/online", json!({ "online": true }))
        .await;
    setup.advance(1);
    assert_eq!(status().await, "delivered");
}
