//! Every operation, one after another.

use std::collections::BTreeSet;
use std::time::Duration;

use green_api::RetryPolicy;
use green_api_sandbox::{Attachment, CallEnd, Product, StatusContent};
use green_api_tests::spec::bundle;
use green_api_tests::{instance_at, run};
use serde_json::{Value, json};

use crate::world::{FRIEND, FRIEND_CHAT, PHONE, World, send_menus};

/// The first bytes of a JPEG file.
const JPEG: &str = "/9j/4AAQSkZJRgABAQ==";

#[test]
fn every_operation_answers_as_described() {
    run(async {
        let mut world = World::new().await;
        let phone = json!({ "phoneNumber": 447_700_900_123_u64 });
        world.call("getAuthorizationCode", phone).await;
        world
            .call_each(&[
                "getStateInstance",
                "qr",
                "getStateInstanceHistory",
                "getSettings",
                "getStatusInstance",
            ])
            .await;
        world
            .send("sendMessage", json!({ "message": "Too early" }))
            .await;
        world
            .call_each(&[
                "getMessagesCount",
                "showMessagesQueue",
                "clearMessagesQueue",
            ])
            .await;
        world.link();
        world
            .call_each(&["getWaSettings", "getDeviceInfo", "qr"])
            .await;
        let picture = json!({ "file": { "base64": JPEG, "fileName": "me.jpg" } });
        world.call("setProfilePicture", picture.clone()).await;

        sending(&mut world, &picture).await;
        groups(&mut world, &picture).await;
        statuses(&mut world).await;
        catalogs(&mut world).await;
        for id in [
            "lastIncomingMessages",
            "lastOutgoingMessages",
            "lastIncomingCalls",
            "lastOutgoingCalls",
        ] {
            world.call(id, json!({ "minutes": 60 })).await;
        }
        world
            .call_each(&["getWebhooksCount", "clearWebhooksQueue"])
            .await;
        world.friend.send_text(PHONE, "One more");
        world.advance(1);
        world.call("receiveNotification", json!({})).await;
        world
            .call("deleteNotification", json!({ "receiptId": 1_000_000 }))
            .await;
        // What is not called above, or below because it ends something, is called as its first example says.
        let last = ["updateApiToken", "reboot", "logout"];
        for operation in bundle().operations() {
            let called = world.called.contains(operation.id) || last.contains(&operation.id);
            if !called && !operation.is_partners() {
                world.call_example(&operation).await;
            }
        }
        world.call("updateApiToken", json!({})).await;
        let token = world.sandbox.instance().api_token_instance();
        world.instance = instance_at(
            &world.sandbox.url(),
            &world.sandbox.url(),
            &token,
            RetryPolicy::never(),
        );
        for id in ["reboot", "logout"] {
            world.call(id, json!({})).await;
            world.advance(3);
        }

        let all: BTreeSet<String> = bundle()
            .operations()
            .iter()
            .filter(|operation| !operation.is_partners())
            .map(|operation| operation.id.to_owned())
            .collect();
        assert_eq!(
            all.difference(&world.called).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        world.end();
    });
}

async fn sending(world: &mut World, picture: &Value) {
    let text = world
        .send("sendMessage", json!({ "message": "Hello" }))
        .await;
    let options = json!([{ "optionName": "Now" }, { "optionName": "Later" }]);
    world
        .send(
            "sendPoll",
            json!({ "message": "When?", "options": options }),
        )
        .await;
    let file = world.send("sendFileByUpload", picture.clone()).await;
    world.call("uploadFile", picture.clone()).await;
    world
        .send(
            "sendFileByUrl",
            json!({ "urlFile": "https://files.example.com/bill.pdf", "fileName": "bill.pdf" }),
        )
        .await;
    world
        .send(
            "sendLocation",
            json!({ "latitude": 51.5, "longitude": -0.1 }),
        )
        .await;
    world
        .send(
            "sendContact",
            json!({ "contact": { "phoneContact": 447_700_900_167_u64, "firstName": "Grace" } }),
        )
        .await;
    world
        .send(
            "sendLink",
            json!({ "urlLink": "https://shop.example.com/" }),
        )
        .await;
    world.send("sendTemplate", json!({ "namespace": "a", "name": "b", "languageCode": "en", "params": [{ "default": "c" }] })).await;
    send_menus(world).await;
    world
        .chat(
            "forwardMessages",
            json!({ "chatIdFrom": FRIEND_CHAT, "messages": [text] }),
        )
        .await;
    world.chat("sendTyping", json!({})).await;
    world
        .chat(
            "editMessage",
            json!({ "idMessage": text, "message": "Hello!" }),
        )
        .await;
    world
        .chat("downloadFile", json!({ "idMessage": file }))
        .await;

    world.friend.send_text(PHONE, "Hi");
    world.friend.call(PHONE, false, CallEnd::Missed);
    world
        .own_phone()
        .call(FRIEND, false, CallEnd::Answered(Duration::from_secs(1)));
    world.advance(10);
    world.chat("readChat", json!({})).await;
    world.chat("getMessage", json!({ "idMessage": text })).await;
    world.chat("getChatHistory", json!({})).await;
    world
        .chat("deleteMessage", json!({ "idMessage": text }))
        .await;
    world
        .call(
            "checkWhatsapp",
            json!({ "phoneNumber": 447_700_900_145_u64 }),
        )
        .await;
    world
        .chat("addContact", json!({ "firstName": "Ada" }))
        .await;
    world
        .chat(
            "editContact",
            json!({ "firstName": "Ada", "lastName": "Lovelace" }),
        )
        .await;
    world
        .chat(
            "setDisappearingChat",
            json!({ "ephemeralExpiration": 604_800 }),
        )
        .await;
    for id in [
        "archiveChat",
        "unarchiveChat",
        "getAvatar",
        "getAvatarAsync",
        "getContactInfo",
    ] {
        world.chat(id, json!({})).await;
    }
    world.call_each(&["getContacts", "getChats"]).await;
    world.chat("deleteContact", json!({})).await;
}

async fn groups(world: &mut World, picture: &Value) {
    let created = world
        .call(
            "createGroup",
            json!({ "groupName": "Walks", "chatIds": [FRIEND_CHAT] }),
        )
        .await;
    let group = &created["chatId"];
    let of = |mut arguments: Value| {
        arguments["groupId"] = group.clone();
        arguments
    };
    world.call("getGroupData", of(json!({}))).await;
    world
        .call("updateGroupName", of(json!({ "groupName": "Long walks" })))
        .await;
    world
        .call(
            "updateGroupSettings",
            of(json!({ "allowParticipantsSendMessages": false })),
        )
        .await;
    world
        .call("setGroupPicture", of(json!({ "file": picture["file"] })))
        .await;
    for (id, person) in [
        ("addGroupParticipant", "447700900167@c.us"),
        ("setGroupAdmin", FRIEND_CHAT),
        ("removeAdmin", FRIEND_CHAT),
        ("removeGroupParticipant", FRIEND_CHAT),
    ] {
        world
            .call(id, of(json!({ "participantChatId": person })))
            .await;
    }
    world.call("getContacts", json!({ "group": true })).await;
    world.call("leaveGroup", of(json!({}))).await;
}

async fn statuses(world: &mut World) {
    world.own_phone().add_contact(FRIEND, "Ada");
    let text = StatusContent::Text {
        text: "Away".to_owned(),
        background_color: "#228B22".to_owned(),
        font: "SERIF".to_owned(),
    };
    world.friend.publish(text);
    world.friend.publish(StatusContent::File(Attachment::new(
        "https://files.example.com/cake.jpg",
        "cake.jpg",
    )));
    let sent = world
        .call(
            "sendTextStatus",
            json!({ "message": "Open until eight.", "font": "SERIF" }),
        )
        .await;
    let file = |name: &str| json!({ "urlFile": format!("https://files.example.com/{name}"), "fileName": name });
    world.call("sendVoiceStatus", file("news.mp3")).await;
    world.call("sendMediaStatus", file("cake.jpg")).await;
    world
        .friend
        .view_status(sent["idMessage"].as_str().unwrap());
    world
        .call(
            "getStatusStatistic",
            json!({ "idMessage": sent["idMessage"] }),
        )
        .await;
    for id in ["getIncomingStatuses", "getOutgoingStatuses"] {
        let entries = world.call(id, json!({ "minutes": 60 })).await;
        assert!(entries.as_array().unwrap().len() > 1, "{id}");
    }
    world
        .call("deleteStatus", json!({ "idMessage": sent["idMessage"] }))
        .await;
}

async fn catalogs(world: &mut World) {
    let chat_id = format!("{PHONE}@c.us");
    let product = json!({ "name": "Kettle", "countryCode": "GB", "price": "45.90", "imageUrl": "https://media.example.com/kettle.jpg" });
    let kettle = world.call("createProduct", product).await["id"].clone();
    world
        .call("editProduct", json!({ "productId": kettle, "price": "49" }))
        .await;
    let kitchen = world
        .call(
            "createCollection",
            json!({ "name": "Kitchen", "productIds": [kettle] }),
        )
        .await["id"]
        .clone();
    let home = world
        .call(
            "editCollection",
            json!({ "collectionId": kitchen, "name": "Home" }),
        )
        .await["newCollectionId"]
        .clone();
    let moves = json!([{ "collectionId": home, "fromIndex": 0, "toIndex": 0 }]);
    world
        .call("moveCollections", json!({ "collections": moves }))
        .await;
    for (id, named) in [
        ("getProducts", json!({})),
        ("getCollections", json!({})),
        ("getProduct", json!({ "productId": kettle })),
        ("getCollection", json!({ "collectionId": home })),
    ] {
        let mut arguments = named;
        arguments["chatId"] = json!(chat_id);
        world.call(id, arguments).await;
    }
    world
        .send("sendProduct", json!({ "productId": kettle }))
        .await;
    world.advance(5);
    let kettle_id = kettle.as_str().unwrap();
    world.friend.order(PHONE, &[(kettle_id, 2)]).unwrap();
    let pan = world.friend.add_product(Product::new("Pan", 7900, "GBP"));
    world
        .chat("getProduct", json!({ "productId": pan.id }))
        .await;
    world
        .send("sendOrder", json!({ "productIds": [pan.id] }))
        .await;
    world.advance(1);
    let received = world.call("lastIncomingMessages", json!({})).await;
    let order = &received[0]["orderMessage"];
    let ask = json!({ "orderId": order["orderId"], "token": order["token"] });
    world.call("getOrderDetails", ask).await;
    world
        .call("deleteCollection", json!({ "collectionId": home }))
        .await;
    world
        .call("deleteProduct", json!({ "productIds": [kettle] }))
        .await;
}
