//! Chats, contacts and statuses.

mod common;

use common::{FRIEND, PHONE, Setup, linked};
use green_api_sandbox::StatusContent;
use reqwest::Method;
use serde_json::{Value, json};

/// A GET a second after whatever was asked before.
async fn get(setup: &Setup, operation: &str, query: &str) -> Value {
    setup.advance(1);
    setup
        .send(setup.request(Method::GET, &setup.address(operation, query)))
        .await
        .json()
}

#[tokio::test]
async fn chats_have_settings_of_their_own() {
    let (setup, friend) = linked().await;
    friend.send_text(PHONE, "Hello");
    setup.advance(1);
    let chat = json!({ "chatId": format!("{FRIEND}@c.us") });
    assert_eq!(setup.post("archiveChat", chat.clone()).await.text, "");
    let week = setup
        .post(
            "setDisappearingChat",
            json!({ "chatId": format!("{FRIEND}@c.us"), "ephemeralExpiration": 604_800 }),
        )
        .await;
    let expected = json!({ "chatId": "447700900145@c.us", "disappearingMessagesInChat": true, "ephemeralExpiration": 604_800 });
    assert_eq!(week.json(), expected);
    let expected = json!([{
        "id": "447700900145@c.us", "name": "Ada", "type": "user", "archive": true, "unreadCount": 1,
        "ephemeralExpiration": 604_800, "ephemeralSettingTimestamp": 1_767_225_604,
    }]);
    assert_eq!(get(&setup, "getChats", "").await, expected);
    let info = setup.post("getContactInfo", chat.clone()).await.json();
    assert_eq!(
        (&info["isArchive"], &info["isDisappearing"], &info["name"]),
        (&json!(true), &json!(true), &json!("Ada"))
    );

    assert_eq!(setup.post("readChat", chat.clone()).await.status, 200);
    assert_eq!(get(&setup, "getChats", "").await[0]["unreadCount"], 0);
    assert_eq!(setup.post("unarchiveChat", chat).await.status, 200);
    assert_eq!(
        get(&setup, "getChats", "?count=1").await[0]["archive"],
        false
    );
    let refusal = setup
        .post("archiveChat", json!({ "chatId": "447700900199@c.us" }))
        .await
        .refusal();
    assert_eq!(
        refusal,
        "ArchiveChatError: cannot archive chat cause last message not found in chat"
    );
}

#[tokio::test]
async fn messages_disappear_from_a_disappearing_chat_on_both_sides() {
    let (setup, friend) = linked().await;
    friend.send_text(PHONE, "before");
    setup
        .post(
            "setDisappearingChat",
            json!({ "chatId": format!("{FRIEND}@c.us"), "ephemeralExpiration": 86_400 }),
        )
        .await;
    friend.send_text(PHONE, "from the friend");
    setup.phone().send_text(FRIEND, "to the friend");
    setup.advance(86_399);
    let count = || {
        (
            friend.messages(PHONE).len(),
            setup.phone().messages(FRIEND).len(),
        )
    };
    assert_eq!(count(), (3, 3));
    setup.advance(1);
    assert_eq!(count(), (1, 1));
}

#[tokio::test]
async fn the_address_book_can_be_changed() {
    let (setup, friend) = linked().await;
    let named = |first: &str| json!({ "chatId": format!("{FRIEND}@c.us"), "firstName": first, "lastName": "Lovelace" });
    assert_eq!(
        setup.post("addContact", named("Ada")).await.text,
        r#"{"addContact":true}"#
    );
    assert_eq!(
        setup.post("addContact", named("Ada")).await.refusal(),
        "Contact 447700900145@c.us already exists"
    );
    assert_eq!(
        setup.post("editContact", named("Countess")).await.text,
        r#"{"editContact":true}"#
    );
    let expected = json!([{ "id": "447700900145@c.us", "name": "Ada", "contactName": "Countess Lovelace", "type": "user" }]);
    assert_eq!(get(&setup, "getContacts", "?group=false").await, expected);
    assert_eq!(get(&setup, "getContacts", "?group=true").await, json!([]));

    let group = friend.create_group("Choir", &[PHONE]).unwrap();
    assert_eq!(
        get(&setup, "getContacts", "?group=true").await,
        json!([{ "id": group, "name": "Choir", "type": "group" }])
    );
    let refusal = setup
        .post("getContactInfo", json!({ "chatId": group }))
        .await
        .refusal();
    assert!(refusal.contains("use the GetGroupData method"), "{refusal}");

    let delete = async || {
        let chat = json!({ "chatId": format!("{FRIEND}@c.us") });
        setup.post("deleteContact", chat).await
    };
    assert_eq!(delete().await.text, r#"{"deleteContact":true}"#);
    assert_eq!(delete().await.status, 400);
    friend.set_whatsapp(false);
    assert_eq!(setup.post("addContact", named("Ada")).await.status, 404);
}

#[tokio::test]
async fn statuses_are_seen_by_those_who_know_the_account() {
    let (setup, friend) = linked().await;
    friend.add_contact(PHONE, "Shop");
    let stranger = setup.sandbox.phone("447700900167");
    let sent = setup
        .post("sendTextStatus", json!({ "message": "Open until eight." }))
        .await
        .json();
    let id = sent["idMessage"].as_str().unwrap();
    assert_eq!(friend.statuses()[0].id, id);
    assert!(stranger.statuses().is_empty());

    setup.advance(10);
    assert!(friend.view_status(id) && !stranger.view_status(id));
    let views = get(&setup, "getStatusStatistic", &format!("?idMessage={id}")).await;
    assert_eq!(
        views,
        json!([{ "participant": "447700900145@c.us", "timestamp": 1_767_225_613, "status": "read" }])
    );
    let outgoing = get(&setup, "getOutgoingStatuses", "?minutes=5").await;
    let entry = &outgoing[0];
    assert_eq!(
        (
            &entry["statusMessage"],
            &entry["sendByApi"],
            &entry["textMessage"]
        ),
        (&json!("read"), &json!(true), &json!("Open until eight."))
    );

    setup.post("deleteStatus", json!({ "idMessage": id })).await;
    assert!(friend.statuses().is_empty());
}

#[tokio::test]
async fn statuses_can_be_meant_for_some_and_end_after_a_day() {
    let (setup, friend) = linked().await;
    let other = setup.sandbox.phone("447700900167");
    friend.add_contact(PHONE, "Shop");
    other.add_contact(PHONE, "Shop");
    let body = json!({ "urlFile": "https://files.example.com/cake.jpg", "fileName": "cake.jpg", "participants": ["447700900167@c.us"] });
    setup.post("sendMediaStatus", body).await;
    assert!(friend.statuses().is_empty());
    assert!(
        matches!(&other.statuses()[0].content, StatusContent::File(file) if file.mime_type == "image/jpeg")
    );
    setup.advance(24 * 60 * 60);
    assert!(other.statuses().is_empty());
    assert_eq!(
        get(&setup, "getOutgoingStatuses", "?minutes=2880").await[0]["participants"],
        json!(["447700900167@c.us"])
    );
}

#[tokio::test]
async fn statuses_of_others_have_a_journal() {
    let (setup, friend) = linked().await;
    setup.phone().add_contact(FRIEND, "Ada Lovelace");
    let text = StatusContent::Text {
        text: "On holiday".to_owned(),
        background_color: "#228B22".to_owned(),
        font: "SERIF".to_owned(),
    };
    let id = friend.publish(text);
    let journal = get(&setup, "getIncomingStatuses", "").await;
    let entry = &journal[0];
    assert_eq!(
        (&entry["idMessage"], &entry["chatId"], &entry["type"]),
        (&json!(id), &json!("status@broadcast"), &json!("incoming"))
    );
    assert_eq!(
        (&entry["senderContactName"], &entry["textMessage"]),
        (&json!("Ada Lovelace"), &json!("On holiday"))
    );
    setup.advance(60 * 60);
    assert_eq!(
        get(&setup, "getIncomingStatuses", "?minutes=5").await,
        json!([])
    );
}
