//! What only the library could do before there was an endpoint for it.

use green_api_sandbox::{Sandbox, StatusContent};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{FRIEND, PHONE, notifications, setup, setup_with};

#[tokio::test]
async fn a_phone_calls_an_instance() {
    let setup = setup().await;
    setup
        .set(json!({ "incomingWebhook": "yes", "incomingCallWebhook": "yes" }))
        .await;
    setup
        .acts("instances/1101000001/link", json!({ "number": PHONE }))
        .await;
    let path = format!("phones/{FRIEND}/calls");
    for (call, ends) in [
        (
            json!({ "number": PHONE, "end": "answered", "seconds": 30 }),
            "pickUp",
        ),
        (
            json!({ "number": PHONE, "end": "declined", "isVideo": true }),
            "declined",
        ),
        (json!({ "number": PHONE, "end": "missed" }), "hangUp"),
    ] {
        setup.acts(&path, call).await;
        setup.acts("clock/advance", json!({ "seconds": 60 })).await;
        let statuses: Vec<_> = notifications(&setup)
            .await
            .iter()
            .map(|body| body["status"].clone())
            .collect();
        assert!(statuses.contains(&json!(ends)), "{ends}: {statuses:?}");
    }
    let nobody = json!({ "number": "12", "end": "missed" });
    assert_eq!(setup.complaint(&path, nobody).await.0, 400);
}

#[tokio::test]
async fn messages_are_forwarded_and_groups_created() {
    let setup = setup().await;
    let sent = setup
        .act(
            &format!("phones/{PHONE}/messages"),
            json!({ "chatId": FRIEND, "text": "A parcel" }),
        )
        .await;
    let id = sent.json()["idMessage"].as_str().unwrap().to_owned();
    let forward = format!("phones/{PHONE}/messages/{id}/forward");
    setup
        .acts(&forward, json!({ "chatId": "447700900167@c.us" }))
        .await;
    setup.advance(1);
    let chat = format!("phones/447700900167/chats/{PHONE}@c.us/messages");
    let message = setup.look(&chat).await[0].clone();
    assert_eq!(
        (&message["forwarded"], &message["content"]["text"]),
        (&json!(true), &json!("A parcel"))
    );
    let elsewhere = format!("phones/447700900189/messages/{id}/forward");
    assert_eq!(
        setup
            .complaint(&elsewhere, json!({ "chatId": PHONE }))
            .await,
        (404, "notFound".to_owned())
    );

    let groups = format!("phones/{PHONE}/groups");
    let friends = json!({ "name": "Friends", "numbers": ["+44 7700 900145"] });
    let group = setup.act(&groups, friends.clone()).await.json();
    let chats = setup.look(&format!("phones/{FRIEND}/chats")).await;
    let mut chats = chats.as_array().unwrap().iter();
    let chat = chats.find(|chat| chat["id"] == group["chatId"]).unwrap();
    assert_eq!(
        (&chat["name"], &chat["isGroup"]),
        (&json!("Friends"), &json!(true))
    );
    setup
        .acts("phones", json!({ "number": FRIEND, "hasWhatsapp": false }))
        .await;
    assert_eq!(
        setup.complaint(&groups, friends).await,
        (409, "noWhatsapp".to_owned())
    );
}

#[tokio::test]
async fn statuses_are_published_and_viewed() {
    let setup = setup().await;
    let (author, reader) = (format!("phones/{PHONE}"), format!("phones/{FRIEND}"));
    setup
        .acts(
            &format!("{reader}/contacts"),
            json!({ "number": PHONE, "name": "The shop" }),
        )
        .await;
    let text = json!({ "kind": "text", "text": "Open", "backgroundColor": "#87CEEB" });
    let published = setup
        .act(&format!("{author}/statuses"), json!({ "content": text }))
        .await;
    let file = json!({ "name": "shop.png", "base64": "iVBORw0KGgo=", "caption": "Our shop" });
    setup
        .acts(&format!("{author}/statuses"), json!({ "file": file }))
        .await;
    let neither = setup
        .complaint(&format!("{author}/statuses"), json!({}))
        .await;
    assert_eq!(neither.0, 400);

    let seen = setup.look(&format!("{reader}/statuses")).await;
    assert_eq!(
        (
            &seen[0]["content"]["caption"],
            &seen[0]["content"]["mimeType"]
        ),
        (&json!("Our shop"), &json!("image/png"))
    );
    assert_eq!(seen[1]["id"], published.json()["idMessage"]);
    let content = StatusContent::Text {
        text: "Open".to_owned(),
        background_color: "#87CEEB".to_owned(),
        font: "SERIF".to_owned(),
    };
    assert_eq!(setup.sandbox.phone(FRIEND).statuses()[1].content, content);

    let id = seen[1]["id"].as_str().unwrap();
    setup
        .acts(&format!("{reader}/statuses/{id}/view"), json!({}))
        .await;
    let unknown = setup
        .complaint(&format!("{author}/statuses/{id}/view"), json!({}))
        .await;
    assert_eq!(unknown, (404, "notFound".to_owned()));
}

#[tokio::test]
async fn a_phone_types_every_code_until_it_is_told_to_stop() {
    let setup = setup().await;
    let typing = format!("phones/{PHONE}/type-codes");
    setup.acts(&typing, json!({ "afterSeconds": 2 })).await;
    setup.ask_for_code().await;
    setup.advance(4);
    assert_eq!(
        setup.look(&format!("phones/{PHONE}")).await["linkedTo"],
        json!([1_101_000_001])
    );
    setup
        .acts(&format!("phones/{PHONE}/unlink"), json!({}))
        .await;
    let stopped = setup.send(setup.control(Method::DELETE, &typing)).await;
    assert_eq!(stopped.status, 204);
    setup.ask_for_code().await;
    setup.advance(4);
    assert_eq!(
        setup.look(&format!("phones/{PHONE}")).await["linkedTo"],
        json!([])
    );
}

#[tokio::test]
async fn instances_expire_and_take_their_time_and_are_seen_after_their_end() {
    let setup = setup().await;
    let path = "instances/1101000001";
    setup
        .acts(&format!("{path}/creating"), json!({ "seconds": 120 }))
        .await;
    assert_eq!(setup.get("getStateInstance").await.text, "null");
    assert_eq!(setup.look(path).await["stateInstance"], Value::Null);
    setup.advance(120);
    assert_eq!(setup.look(path).await["stateInstance"], "notAuthorized");

    let expired = |expired: bool| json!({ "expired": expired });
    setup.acts(&format!("{path}/expired"), expired(true)).await;
    assert!(setup.get("getSettings").await.text.contains("is expired"));
    assert_eq!(setup.look(path).await["expired"], true);
    setup.acts(&format!("{path}/expired"), expired(false)).await;
    setup.advance(1);
    assert_eq!(setup.get("getSettings").await.status, 200);

    let qr = setup.look(&format!("{path}/qr/content")).await;
    assert_eq!(
        qr["content"].as_str(),
        setup.sandbox.instance().qr().as_deref()
    );
    let raw = json!({ "base64": "bm90IEpTT04=" });
    let queued = setup.act(&format!("{path}/notifications/raw"), raw).await;
    assert_eq!(queued.json(), json!({ "receiptId": 1 }));
    assert!(
        setup
            .get("receiveNotification")
            .await
            .text
            .contains("not JSON")
    );

    let partner = setup.look("partner/credentials").await;
    assert_eq!(partner["partnerToken"], setup.sandbox.partner_token());
    let delete = format!(
        "{}/partner/deleteInstanceAccount/{}",
        partner["apiUrl"].as_str().unwrap(),
        partner["partnerToken"].as_str().unwrap()
    );
    let delete = setup
        .request(Method::POST, &delete)
        .json(&json!({ "idInstance": 1_101_000_001 }));
    assert_eq!(setup.send(delete).await.status, 200);
    assert_eq!(setup.look(path).await["deleted"], true);
    assert_eq!(setup.look("instances").await, json!([]));
    assert_eq!(
        setup
            .complaint(
                &format!("{path}/state"),
                json!({ "stateInstance": "blocked" })
            )
            .await,
        (404, "notFound".to_owned())
    );
}

#[tokio::test]
async fn options_change_while_it_runs() {
    let setup = setup().await;
    let before = setup.look("options").await;
    assert_eq!(
        before,
        json!({
            "restartSeconds": 3.0, "linkSeconds": 2.0, "creationSeconds": 5.0, "deliverySeconds": 0.1, "sendingDelaySeconds": null,
            "journalDelaySeconds": 30.0, "webhookRetrySeconds": 60.0, "plan": "business",
        })
    );
    let changes = json!({ "linkSeconds": 0, "plan": "developer" });
    let after = setup.act("options", changes).await.json();
    assert_eq!(
        (
            &after["linkSeconds"],
            &after["restartSeconds"],
            &after["plan"]
        ),
        (&json!(0.0), &json!(3.0), &json!("developer"))
    );
    let code = setup.code().await;
    setup
        .acts(
            &format!("phones/{PHONE}/type-code"),
            json!({ "code": code }),
        )
        .await;
    assert_eq!(setup.state().await, "authorized", "without waiting");
    for bad in [json!({ "linkSeconds": -1 }), json!({ "link": 1 })] {
        assert_eq!(setup.complaint("options", bad).await.0, 400);
    }
}

#[tokio::test]
async fn calls_of_operations_are_counted_and_waited_for() {
    let setup = setup().await;
    let calls = "operations/getSettings/calls";
    assert_eq!(setup.look(calls).await, json!({ "calls": 0 }));
    let waiting = setup.control(Method::GET, &format!("{calls}?atLeast=1&wait=60"));
    let waiting = tokio::spawn(waiting.send());
    assert_eq!(
        setup.look(&format!("{calls}?atLeast=1&wait=0")).await,
        json!({ "calls": 0 }),
        "it does not wait longer than it is told to"
    );
    assert!(!waiting.is_finished());
    setup.get("getSettings").await;
    let answer = waiting.await.unwrap().unwrap().text().await.unwrap();
    assert_eq!(answer, r#"{"calls":1}"#);
    let unknown = setup.send(setup.control(Method::GET, "operations/nothing/calls"));
    assert_eq!(unknown.await.status, 404);
}

#[tokio::test]
async fn posts_to_a_webhook_are_listed_with_what_became_of_them() {
    let setup = setup_with(Sandbox::builder()).await;
    // Nothing listens there any more.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    setup.set(json!({ "webhookUrl": url })).await;
    setup
        .acts(
            "instances/1101000001/notifications",
            json!({ "typeWebhook": "new" }),
        )
        .await;
    let deliveries = setup
        .look("instances/1101000001/webhook-deliveries?atLeast=1&wait=60")
        .await;
    let delivery = &deliveries[0];
    assert_eq!(
        (&delivery["receiptId"], &delivery["outcome"]["kind"]),
        (&json!(1), &json!("failed"))
    );
    assert!(delivery["outcome"]["reason"].is_string(), "{delivery}");
}
