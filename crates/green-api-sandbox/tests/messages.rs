//! Messages from one phone or instance to another.

mod common;

use common::{FRIEND, PHONE, Setup, everything, linked, notifications};
use green_api_sandbox::{Content, MessageStatus};
use serde_json::{Value, json};

/// What a notification is about, in short.
fn brief(body: &Value) -> String {
    let detail = body["status"]
        .as_str()
        .or(body["messageData"]["typeMessage"].as_str())
        .unwrap_or_default();
    format!("{} {detail}", body["typeWebhook"].as_str().unwrap())
}

async fn briefs(setup: &Setup) -> Vec<String> {
    notifications(setup).await.iter().map(brief).collect()
}

async fn send(setup: &Setup, text: &str) -> String {
    let answer = setup
        .post(
            "sendMessage",
            json!({ "chatId": format!("{FRIEND}@c.us"), "message": text }),
        )
        .await;
    answer.json()["idMessage"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_text_reaches_the_other_phone_and_its_way_is_reported() {
    let (setup, friend) = linked().await;
    let id = send(&setup, "Your order is ready.").await;
    assert_eq!(
        briefs(&setup).await,
        [
            "outgoingAPIMessageReceived textMessage",
            "outgoingMessageStatus sent"
        ]
    );
    assert!(friend.messages(PHONE).is_empty());

    setup.advance(1);
    let chat = &friend.chats()[0];
    assert_eq!((chat.id.as_str(), chat.unread), ("447700900123@c.us", 1));
    let message = &friend.messages(&chat.id)[0];
    assert_eq!(
        (&message.id, &message.content, message.outgoing),
        (&id, &Content::from("Your order is ready."), false)
    );
    assert_eq!(briefs(&setup).await, ["outgoingMessageStatus delivered"]);

    friend.read(&chat.id);
    let read = &notifications(&setup).await[0];
    let expected = json!({
        "typeWebhook": "outgoingMessageStatus",
        "chatId": "447700900145@c.us",
        "instanceData": { "idInstance": 1_101_000_001, "wid": "447700900123@c.us", "typeInstance": "whatsapp" },
        "timestamp": 1_767_225_604,
        "idMessage": id,
        "status": "read",
        "sendByApi": true,
    });
    assert_eq!(*read, expected);
    assert_eq!(friend.chats()[0].unread, 0);
    assert_eq!(
        setup.phone().messages(FRIEND)[0].status,
        Some(MessageStatus::Read)
    );
}

#[tokio::test]
async fn a_text_from_a_customer_comes_in() {
    let (setup, friend) = linked().await;
    setup.phone().add_contact(FRIEND, "Ada Lovelace");
    let id = friend.send_text("+44 7700 900123", "Are you open today?");
    setup.advance(1);
    let expected = json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": { "idInstance": 1_101_000_001, "wid": "447700900123@c.us", "typeInstance": "whatsapp" },
        "timestamp": 1_767_225_603,
        "idMessage": id,
        "senderData": {
            "chatId": "447700900145@c.us", "chatName": "Ada Lovelace", "sender": "447700900145@c.us", "senderName": "Ada",
            "senderContactName": "Ada Lovelace",
        },
        "messageData": { "typeMessage": "textMessage", "textMessageData": { "textMessage": "Are you open today?", "isTemplateMessage": false } },
    });
    assert_eq!(notifications(&setup).await, [expected]);
    assert_eq!(
        friend.messages(PHONE)[0].status,
        Some(MessageStatus::Delivered)
    );

    let read = setup
        .post("readChat", json!({ "chatId": "447700900145@c.us" }))
        .await;
    assert_eq!(read.text, r#"{"setRead":true}"#);
    assert_eq!(friend.messages(PHONE)[0].status, Some(MessageStatus::Read));
    let unknown = setup
        .post("readChat", json!({ "chatId": "447700900199@c.us" }))
        .await;
    assert_eq!(unknown.text, r#"{"setRead":false}"#);
}

#[tokio::test]
async fn what_is_sent_from_the_phone_by_hand_is_told_apart() {
    let (setup, friend) = linked().await;
    setup.phone().send_text(FRIEND, "By hand.");
    setup.advance(1);
    let notifications = notifications(&setup).await;
    let briefs: Vec<String> = notifications.iter().map(brief).collect();
    assert_eq!(
        briefs,
        [
            "outgoingMessageReceived textMessage",
            "outgoingMessageStatus sent",
            "outgoingMessageStatus delivered"
        ]
    );
    assert_eq!(notifications[2]["sendByApi"], false);
    assert_eq!(friend.messages(PHONE).len(), 1);
}

#[tokio::test]
async fn each_switch_decides_about_its_own_notifications() {
    for (switch, expected) in [
        ("incomingWebhook", "incomingMessageReceived textMessage"),
        (
            "outgoingWebhook",
            "outgoingMessageStatus sent,outgoingMessageStatus sent,outgoingMessageStatus delivered,outgoingMessageStatus delivered",
        ),
        (
            "outgoingMessageWebhook",
            "outgoingMessageReceived textMessage",
        ),
        (
            "outgoingAPIMessageWebhook",
            "outgoingAPIMessageReceived textMessage",
        ),
        (
            "pollMessageWebhook",
            "incomingMessageReceived pollMessage,incomingMessageReceived pollUpdateMessage",
        ),
        (
            "editedMessageWebhook",
            "incomingMessageReceived editedMessage",
        ),
        (
            "deletedMessageWebhook",
            "incomingMessageReceived deletedMessage",
        ),
    ] {
        let (setup, friend) = linked().await;
        let mut settings = everything();
        settings
            .as_object_mut()
            .unwrap()
            .values_mut()
            .for_each(|value| *value = json!("no"));
        settings[switch] = json!("yes");
        setup.set(settings).await;

        send(&setup, "Through the API").await;
        setup.phone().send_text(FRIEND, "By hand");
        let text = friend.send_text(PHONE, "Hello");
        let poll = Content::Poll {
            question: "When?".to_owned(),
            options: vec!["Now".to_owned(), "Later".to_owned()],
            multiple_answers: false,
        };
        let poll = friend.send(PHONE, poll);
        friend.send(
            PHONE,
            Content::PollVote {
                message: poll,
                options: vec!["Now".to_owned()],
            },
        );
        friend.send(
            PHONE,
            Content::Edit {
                message: text.clone(),
                text: "Hello!".to_owned(),
            },
        );
        friend.send(PHONE, Content::Delete { message: text });
        setup.advance(1);
        assert_eq!(briefs(&setup).await.join(","), expected, "{switch}");
    }
}

#[tokio::test]
async fn a_phone_that_is_offline_gets_messages_later() {
    let (setup, friend) = linked().await;
    friend.set_online(false);
    send(&setup, "Are you there?").await;
    let waiting = friend.send_text(PHONE, "In a tunnel");
    setup.advance(60);
    assert_eq!(
        briefs(&setup).await,
        [
            "outgoingAPIMessageReceived textMessage",
            "outgoingMessageStatus sent"
        ]
    );
    assert_eq!(
        friend.messages(PHONE)[0].status,
        Some(MessageStatus::Pending)
    );

    friend.set_online(true);
    setup.advance(1);
    assert_eq!(
        briefs(&setup).await,
        [
            "outgoingMessageStatus delivered",
            "incomingMessageReceived textMessage"
        ]
    );
    let [arrived, sent] = &friend.messages(PHONE)[..] else {
        panic!()
    };
    assert_eq!(
        (arrived.outgoing, &sent.id, sent.status),
        (false, &waiting, Some(MessageStatus::Delivered))
    );
}

#[tokio::test]
async fn a_number_without_whatsapp_cannot_be_reached() {
    let (setup, friend) = linked().await;
    friend.set_whatsapp(false);
    setup
        .set(json!({ "outgoingWebhook": "no", "outgoingAPIMessageWebhook": "no" }))
        .await;
    let check = setup
        .post(
            "checkWhatsapp",
            json!({ "phoneNumber": 447_700_900_145_u64 }),
        )
        .await;
    assert_eq!(check.json()["existsWhatsapp"], false);
    let check = setup
        .post("checkWhatsapp", json!({ "chatId": "447700900123@c.us" }))
        .await;
    assert_eq!(check.json()["existsWhatsapp"], true);
    for number in [4477_u64, 4_477_009_001] {
        let check = setup.post("checkWhatsapp", json!({ "phoneNumber": number }));
        let refused = "bad phone number, valid from 11 to 16 digits";
        assert!(check.await.refusal().contains(refused));
    }

    send(&setup, "Hello?").await;
    // No setting switches this off.
    assert_eq!(briefs(&setup).await, ["outgoingMessageStatus noAccount"]);
    setup.advance(60);
    assert_eq!(
        setup.phone().messages(FRIEND)[0].status,
        Some(MessageStatus::NoAccount)
    );
}

#[tokio::test]
async fn quoting_what_does_not_exist_is_taken_and_never_delivered() {
    let (setup, friend) = linked().await;
    let body = json!({ "chatId": format!("{FRIEND}@c.us"), "message": "As I said", "quotedMessageId": "3EB0" });
    assert_eq!(setup.post("sendMessage", body).await.status, 200);
    setup.advance(60);
    assert!(friend.chats().is_empty());
    assert_eq!(
        setup.phone().messages(FRIEND)[0].status,
        Some(MessageStatus::Sent)
    );
}

#[tokio::test]
async fn incoming_messages_are_marked_as_read_when_the_settings_say_so() {
    let (setup, friend) = linked().await;
    setup
        .set(json!({ "markIncomingMessagesReaded": "yes" }))
        .await;
    friend.send_text(PHONE, "One");
    setup.advance(1);
    assert_eq!(friend.messages(PHONE)[0].status, Some(MessageStatus::Read));

    setup
        .set(json!({ "markIncomingMessagesReadedOnReply": "yes" }))
        .await;
    friend.send_text(PHONE, "Two");
    setup.advance(1);
    assert_eq!(
        friend.messages(PHONE)[1].status,
        Some(MessageStatus::Delivered)
    );
    send(&setup, "Three").await;
    assert_eq!(friend.messages(PHONE)[1].status, Some(MessageStatus::Read));
}

#[tokio::test]
async fn a_message_is_edited_within_a_quarter_of_an_hour_and_deleted() {
    let (setup, friend) = linked().await;
    let id = send(&setup, "See you at nine").await;
    setup.advance(15 * 60);
    let edit =
        json!({ "chatId": format!("{FRIEND}@c.us"), "idMessage": id, "message": "See you at ten" });
    let edited = setup.post("editMessage", edit.clone()).await.json()["idMessage"]
        .as_str()
        .unwrap()
        .to_owned();
    setup.advance(1);
    let message = friend.messages(PHONE).remove(0);
    assert_eq!(
        (message.content, message.edited),
        (Content::from("See you at ten"), true)
    );
    let sent = notifications(&setup).await;
    let notified = sent
        .iter()
        .find(|body| body["idMessage"] == edited.as_str())
        .unwrap();
    let expected = json!({ "typeMessage": "editedMessage", "editedMessageData": { "textMessage": "See you at ten", "stanzaId": id } });
    assert_eq!(notified["messageData"], expected);

    assert_eq!(setup.post("editMessage", edit).await.status, 200);
    assert_eq!(
        briefs(&setup).await.last().unwrap(),
        "outgoingMessageStatus failed"
    );

    setup.advance(1);
    let deletion = json!({ "chatId": format!("{FRIEND}@c.us"), "idMessage": id });
    assert_eq!(setup.post("deleteMessage", deletion).await.text, "");
    setup.advance(1);
    assert!(friend.messages(PHONE)[0].deleted);
    let unknown = setup
        .post(
            "deleteMessage",
            json!({ "chatId": format!("{FRIEND}@c.us"), "idMessage": "3EB0" }),
        )
        .await;
    assert_eq!(unknown.refusal(), "ID message notfound");
}

#[tokio::test]
async fn a_message_can_be_deleted_for_oneself() {
    let (setup, friend) = linked().await;
    let id = send(&setup, "Oops").await;
    setup.advance(1);
    let deletion =
        json!({ "chatId": format!("{FRIEND}@c.us"), "idMessage": id, "onlySenderDelete": true });
    assert_eq!(setup.post("deleteMessage", deletion).await.status, 200);
    assert!(setup.phone().messages(FRIEND).is_empty());
    assert!(!friend.messages(PHONE)[0].deleted);
}

#[tokio::test]
async fn reactions_show_at_their_message() {
    let (setup, friend) = linked().await;
    let id = send(&setup, "Done").await;
    setup.advance(1);
    for emoji in ["👍", "❤️"] {
        friend.send(
            PHONE,
            Content::Reaction {
                message: id.clone(),
                emoji: emoji.to_owned(),
            },
        );
    }
    setup.advance(1);
    let message = &setup.phone().messages(FRIEND)[0];
    assert_eq!(
        message.reactions,
        [("447700900145@c.us".to_owned(), "❤️".to_owned())]
    );
    let reaction = notifications(&setup).await.pop().unwrap();
    let quoted = json!({ "stanzaId": id, "participant": "447700900123@c.us" });
    assert_eq!(reaction["messageData"]["quotedMessage"], quoted);

    friend.send(
        PHONE,
        Content::Reaction {
            message: id,
            emoji: String::new(),
        },
    );
    setup.advance(1);
    assert!(setup.phone().messages(FRIEND)[0].reactions.is_empty());
}

#[tokio::test]
async fn messages_are_forwarded_with_a_count() {
    let (setup, friend) = linked().await;
    let id = friend.send_text(PHONE, "Pass it on");
    setup.advance(1);
    let body = json!({ "chatId": "447700900167@c.us", "chatIdFrom": format!("{FRIEND}@c.us"), "messages": [id] });
    let forwarded = setup.post("forwardMessages", body).await.json()["messages"][0]
        .as_str()
        .unwrap()
        .to_owned();
    setup.advance(1);
    let third = setup.sandbox.phone("447700900167");
    let message = third.messages(PHONE).remove(0);
    assert_eq!(
        (message.id, message.content, message.forwarded),
        (forwarded, Content::from("Pass it on"), true)
    );

    let again = setup.phone().forward(&id, FRIEND).unwrap();
    let last = notifications(&setup)
        .await
        .into_iter()
        .find(|body| body["idMessage"] == again.as_str())
        .unwrap();
    let data = &last["messageData"]["extendedTextMessageData"];
    assert_eq!(
        (&data["forwardingScore"], &data["isForwarded"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(friend.forward("3EB0", PHONE), None);
}

#[tokio::test]
async fn only_own_messages_are_edited_and_deleted() {
    let (setup, friend) = linked().await;
    let theirs = friend.send_text(PHONE, "Mine");
    let by_hand = setup.phone().send_text(FRIEND, "By hand");
    setup.advance(1);
    notifications(&setup).await;
    for id in [&theirs, &by_hand] {
        setup.advance(1);
        let edit =
            json!({ "chatId": format!("{FRIEND}@c.us"), "idMessage": id, "message": "Yours" });
        assert_eq!(setup.post("editMessage", edit).await.status, 200);
        assert_eq!(
            briefs(&setup).await,
            [
                "outgoingAPIMessageReceived editedMessage",
                "outgoingMessageStatus failed"
            ]
        );
    }
    setup
        .post(
            "deleteMessage",
            json!({ "chatId": format!("{FRIEND}@c.us"), "idMessage": theirs }),
        )
        .await;
    assert_eq!(
        briefs(&setup).await.last().unwrap(),
        "outgoingMessageStatus failed"
    );
    assert!(
        friend
            .messages(PHONE)
            .iter()
            .all(|message| !message.edited && !message.deleted)
    );
}

#[tokio::test]
async fn links_have_a_preview_unless_it_is_switched_off() {
    let (setup, _) = linked().await;
    let kind = async |preview: Option<bool>| {
        let mut body = json!({ "chatId": format!("{FRIEND}@c.us"), "message": "See https://shop.example.com/" });
        body["linkPreview"] = json!(preview);
        body.as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        setup.post("sendMessage", body).await;
        setup.advance(1);
        let sent = notifications(&setup).await;
        sent.iter()
            .find_map(|body| {
                body["messageData"]["typeMessage"]
                    .as_str()
                    .map(str::to_owned)
            })
            .unwrap()
    };
    assert_eq!(kind(None).await, "extendedTextMessage");
    assert_eq!(kind(Some(false)).await, "textMessage");
    setup.set(json!({ "linkPreview": "no" })).await;
    assert_eq!(
        (kind(None).await.as_str(), kind(Some(true)).await.as_str()),
        ("textMessage", "extendedTextMessage")
    );
    setup.phone().send_text(FRIEND, "https://shop.example.com/");
    assert_eq!(
        brief(&notifications(&setup).await[0]),
        "outgoingMessageReceived extendedTextMessage"
    );
}
