//! Groups.

mod common;

use common::{FRIEND, PHONE, Setup, linked, notifications, setup};
use green_api_sandbox::{MessageStatus, Phone};
use serde_json::{Value, json};

const THIRD: &str = "447700900167";

/// A group that the linked account has created, with two others in it.
async fn group() -> (Setup, Phone, String) {
    let (setup, friend) = linked().await;
    let body = json!({ "groupName": "Sunday walks", "chatIds": [format!("{FRIEND}@c.us"), format!("{THIRD}@c.us")] });
    let created = setup.post("createGroup", body).await.json();
    assert_eq!(created["created"], true);
    assert!(
        created["groupInviteLink"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
    let id = created["chatId"].as_str().unwrap().to_owned();
    (setup, friend, id)
}

async fn data(setup: &Setup, group: &str) -> Value {
    setup.advance(1);
    setup
        .post("getGroupData", json!({ "groupId": group }))
        .await
        .json()
}

async fn change(setup: &Setup, operation: &str, group: &str, person: &str) -> Value {
    setup
        .post(
            operation,
            json!({ "groupId": group, "participantChatId": format!("{person}@c.us") }),
        )
        .await
        .json()
}

#[tokio::test]
async fn a_message_reaches_everybody_in_the_group() {
    let (setup, friend, group) = group().await;
    let id = friend.send_text(&group, "Ten o'clock?");
    setup.advance(1);
    for number in [PHONE, THIRD] {
        assert_eq!(setup.sandbox.phone(number).messages(&group)[0].id, id);
    }
    let received = notifications(&setup).await.remove(0);
    let expected = json!({
        "chatId": group, "chatName": "Sunday walks", "sender": "447700900145@c.us", "senderName": "Ada", "senderContactName": "",
    });
    assert_eq!(
        (&received["typeWebhook"], &received["senderData"]),
        (&json!("incomingMessageReceived"), &expected)
    );
}

#[tokio::test]
async fn it_is_read_when_everybody_has_read_it() {
    let (setup, friend, group) = group().await;
    setup
        .post(
            "sendMessage",
            json!({ "chatId": group, "message": "Ten o'clock?" }),
        )
        .await;
    let third = setup.sandbox.phone(THIRD);
    third.set_online(false);
    setup.advance(1);
    let status = || setup.phone().messages(&group)[0].status.unwrap();
    assert_eq!(status(), MessageStatus::Sent);
    third.set_online(true);
    assert_eq!(status(), MessageStatus::Delivered);
    friend.read(&group);
    assert_eq!(status(), MessageStatus::Delivered);
    third.read(&group);
    assert_eq!(status(), MessageStatus::Read);
}

#[tokio::test]
async fn people_come_and_go_and_become_admins() {
    let (setup, friend, group) = group().await;
    assert_eq!(
        change(&setup, "setGroupAdmin", &group, FRIEND).await,
        json!({ "setGroupAdmin": true })
    );
    assert_eq!(
        change(&setup, "removeGroupParticipant", &group, THIRD).await,
        json!({ "removeParticipant": true })
    );
    assert_eq!(
        change(&setup, "removeGroupParticipant", &group, THIRD).await,
        json!({ "removeParticipant": false })
    );
    assert_eq!(
        change(&setup, "addGroupParticipant", &group, "447700900189").await,
        json!({ "addParticipant": true })
    );
    let described = data(&setup, &group).await;
    let expected = json!([
        { "id": "447700900123@c.us", "isAdmin": true, "isSuperAdmin": true },
        { "id": "447700900145@c.us", "isAdmin": true, "isSuperAdmin": false },
        { "id": "447700900189@c.us", "isAdmin": false, "isSuperAdmin": false },
    ]);
    assert_eq!(
        (
            &described["participants"],
            &described["size"],
            &described["owner"]
        ),
        (&expected, &json!(3), &json!("447700900123@c.us"))
    );
    assert_eq!(
        change(&setup, "removeAdmin", &group, FRIEND).await,
        json!({ "removeAdmin": true })
    );
    assert_eq!(
        data(&setup, &group).await["participants"][1]["isAdmin"],
        false
    );

    setup.sandbox.phone(THIRD).send_text(&group, "Still there?");
    setup.advance(1);
    assert_eq!(
        setup.sandbox.phone(THIRD).messages(&group)[0].status,
        Some(MessageStatus::NotInGroup)
    );
    assert!(friend.messages(&group).is_empty());
}

#[tokio::test]
async fn a_group_has_a_name_and_rules() {
    let (setup, friend, group) = group().await;
    let renamed = setup
        .post(
            "updateGroupName",
            json!({ "groupId": group, "groupName": "Saturday walks" }),
        )
        .await;
    assert_eq!(renamed.text, r#"{"updateGroupName":true}"#);
    let rules = json!({ "groupId": group, "allowParticipantsSendMessages": false });
    assert_eq!(
        setup.post("updateGroupSettings", rules).await.json()["updateGroupSettings"],
        true
    );
    let described = data(&setup, &group).await;
    assert_eq!(
        (
            &described["subject"],
            &described["allowParticipantsSendMessages"]
        ),
        (&json!("Saturday walks"), &json!(false))
    );
    assert_eq!(described["allowParticipantsEditGroupSettings"], true);
    assert_eq!(friend.chats()[0].name, "Saturday walks");

    friend.send_text(&group, "May I?");
    assert_eq!(
        friend.messages(&group)[0].status,
        Some(MessageStatus::NotInGroup)
    );
}

#[tokio::test]
async fn members_change_less_than_admins() {
    let (setup, friend) = linked().await;
    let group = friend.create_group("Choir", &[PHONE, THIRD]).unwrap();
    assert_eq!(
        change(&setup, "addGroupParticipant", &group, "447700900189").await,
        json!({ "addParticipant": false })
    );
    assert_eq!(
        change(&setup, "setGroupAdmin", &group, PHONE).await,
        json!({ "setGroupAdmin": false })
    );
    let rules = setup
        .post(
            "updateGroupSettings",
            json!({ "groupId": group, "allowParticipantsSendMessages": false }),
        )
        .await
        .json();
    assert_eq!(
        rules,
        json!({ "updateGroupSettings": false, "reason": "forbidden" })
    );
    let described = data(&setup, &group).await;
    assert_eq!(
        (&described["groupInviteLink"], &described["owner"]),
        (&json!(""), &json!("447700900145@c.us"))
    );

    assert_eq!(
        setup
            .post("leaveGroup", json!({ "groupId": group }))
            .await
            .text,
        r#"{"leaveGroup":true}"#
    );
    assert_eq!(data(&setup, &group).await, "Error: forbidden");
    setup
        .post(
            "sendMessage",
            json!({ "chatId": group, "message": "Wait!" }),
        )
        .await;
    setup.advance(1);
    assert_eq!(
        notifications(&setup).await.pop().unwrap()["status"],
        "notInGroup"
    );
}

#[tokio::test]
async fn a_group_needs_people() {
    let (setup, friend) = linked().await;
    friend.set_whatsapp(false);
    let nobody = json!({ "groupName": "Alone", "chatIds": [format!("{FRIEND}@c.us")] });
    assert_eq!(
        setup.post("createGroup", nobody).await.text,
        r#"{"created":false}"#
    );
    assert_eq!(
        data(&setup, "120363000000000009@g.us").await,
        "Error: item-not-found"
    );
}

#[tokio::test]
async fn groups_need_a_linked_account() {
    let setup = setup().await;
    let refused = setup
        .post(
            "leaveGroup",
            json!({ "groupId": "120363000000000001@g.us" }),
        )
        .await;
    assert_eq!(refused.refusal(), "instance is starting or not authorized");
}
