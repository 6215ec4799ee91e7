//! The methods of a partner: instances that come and go.

mod common;

use std::time::Duration;

use common::{Answer, Setup, setup, setup_with};
use green_api_sandbox::{Plan, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

/// Calls a method of the partner's.
async fn partner(setup: &Setup, operation: &str, body: Option<Value>) -> Answer {
    let address = format!(
        "{}/partner/{operation}/{}",
        setup.sandbox.url(),
        setup.sandbox.partner_token()
    );
    let request = match body {
        Some(body) => setup.request(Method::POST, &address).json(&body),
        None => setup.request(Method::GET, &address),
    };
    setup.send(request).await
}

/// Calls a method of an instance with nothing but its credentials.
async fn get(setup: &Setup, instance: &Value, operation: &str) -> Answer {
    let (id, token) = (
        &instance["idInstance"],
        instance["apiTokenInstance"].as_str().unwrap(),
    );
    let address = format!("{}/waInstance{id}/{operation}/{token}", setup.sandbox.url());
    setup.send(setup.request(Method::GET, &address)).await
}

#[tokio::test]
async fn a_created_instance_is_null_for_a_while_and_then_works() {
    let setup = setup_with(Sandbox::builder().creation_time(Duration::from_secs(120))).await;
    let created = partner(
        &setup,
        "createInstance",
        Some(json!({ "name": "Marketing", "stateWebhook": "yes" })),
    )
    .await
    .json();
    assert_eq!(
        (&created["idInstance"], &created["typeInstance"]),
        (&json!(1_101_000_002), &json!("whatsapp"))
    );
    assert_eq!(created["apiTokenInstance"].as_str().unwrap().len(), 50);

    assert_eq!(get(&setup, &created, "getStateInstance").await.text, "null");
    assert_eq!(
        get(&setup, &created, "qr").await.refusal(),
        "instance in starting process try later"
    );
    setup.advance(120);
    assert_eq!(
        get(&setup, &created, "getStateInstance").await.text,
        r#"{"stateInstance":"notAuthorized"}"#
    );
    assert_eq!(get(&setup, &created, "qr").await.json()["type"], "qrCode");
    let settings = get(&setup, &created, "getSettings").await.json();
    assert_eq!(
        (
            &settings["stateWebhook"],
            &settings["incomingWebhook"],
            &settings["name"]
        ),
        (&json!("yes"), &json!("no"), &Value::Null)
    );

    let another = partner(&setup, "createInstance", Some(json!({ "name": "Sales" })))
        .await
        .json();
    assert_eq!(another["idInstance"], 1_101_000_003);
    assert_ne!(another["apiTokenInstance"], created["apiTokenInstance"]);
    assert_eq!(setup.sandbox.instances().len(), 3);
}

#[tokio::test]
async fn instances_are_listed_with_their_tokens() {
    let setup = setup().await;
    setup.advance(60);
    let created = partner(
        &setup,
        "createInstance",
        Some(json!({ "name": "Marketing" })),
    )
    .await
    .json();
    let list = partner(&setup, "getInstances", None).await.json();
    assert_eq!(
        (list.as_array().unwrap().len(), &list[0]["name"]),
        (2, &json!("Instance 1101000001"))
    );
    let expected = json!({
        "idInstance": 1_101_000_002,
        "name": "Marketing",
        "typeInstance": "whatsapp",
        "typeAccount": "",
        "partnerUserUiid": "",
        "timeCreated": "2026-01-01T00:01:00",
        "timeDeleted": "0001-01-01T00:00:00",
        "apiTokenInstance": created["apiTokenInstance"],
        "deleted": false,
        "tariff": "PARTNER_23",
        "isFree": false,
        "isPartner": true,
        "expirationDate": "2026-01-31T00:01:00",
        "isExpired": false,
    });
    assert_eq!(list[1], expected);
}

#[tokio::test]
async fn a_deleted_instance_refuses_everything_and_is_listed_for_three_months() {
    let setup = setup().await;
    setup.link().await;
    let instance = setup.sandbox.instance();
    let gone = json!({ "idInstance": instance.id_instance().get(), "apiTokenInstance": instance.api_token_instance() });
    assert_eq!(
        partner(
            &setup,
            "deleteInstanceAccount",
            Some(json!({ "idInstance": 1_101_000_001 }))
        )
        .await
        .text,
        r#"{"deleteInstanceAccount":true}"#
    );

    assert!(
        instance.is_deleted() && setup.sandbox.instances().is_empty() && !setup.phone().is_linked()
    );
    for operation in ["getStateInstance", "getSettings", "receiveNotification"] {
        setup.advance(1);
        assert_eq!(
            get(&setup, &gone, operation).await.refusal(),
            "Instance is deleted",
            "{operation}"
        );
    }
    let line = partner(&setup, "getInstances", None).await.json()[0].clone();
    assert_eq!(
        (&line["deleted"], &line["timeDeleted"], &line["isExpired"]),
        (&json!(true), &json!("2026-01-01T00:00:03"), &json!(true))
    );

    let again = partner(
        &setup,
        "deleteInstanceAccount",
        Some(json!({ "idInstance": 1_101_000_001 })),
    )
    .await;
    assert_eq!(
        again.told(),
        (200, r#"{"code":404,"description":"Not Found"}"#)
    );
    setup.advance(92 * 24 * 60 * 60);
    assert_eq!(partner(&setup, "getInstances", None).await.text, "[]");
}

#[tokio::test]
async fn a_wrong_token_is_a_refusal_with_200() {
    let setup = setup_with(Sandbox::builder().partner_token("gac.example")).await;
    assert_eq!(setup.sandbox.partner_token(), "gac.example");
    for token in ["wrong", &setup.sandbox.instance().api_token_instance()] {
        let address = format!("{}/partner/getInstances/{token}", setup.sandbox.url());
        let answer = setup.send(setup.request(Method::GET, &address)).await;
        assert_eq!(
            answer.told(),
            (200, r#"{"code":401,"description":"Unauthorized"}"#)
        );
    }
    assert_eq!(
        partner(&setup, "createInstance", Some(json!({})))
            .await
            .refusal(),
        "Validation failed. Details: 'value' must have at least 1 key"
    );
    let requests = setup.sandbox.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.path.ends_with("/***")),
        "{requests:?}"
    );
}

#[tokio::test]
async fn an_instance_that_is_not_paid_for_says_so() {
    let setup = setup().await;
    setup.sandbox.instance().expire(true);
    let refusal = "Instance account is expired. Renew your instance from personal area";
    assert_eq!(setup.get("getStateInstance").await.refusal(), refusal);
    assert_eq!(
        partner(&setup, "getInstances", None).await.json()[0]["isExpired"],
        true
    );
    setup.sandbox.instance().expire(false);
    assert_eq!(setup.state().await, "notAuthorized");
}

#[tokio::test]
async fn the_developer_plan_allows_three_chats_a_month() {
    let setup = setup_with(Sandbox::builder().plan(Plan::Developer)).await;
    setup.link().await;
    let send = async |chat: u8| {
        setup
            .post(
                "sendMessage",
                json!({ "chatId": format!("4477009001{chat:02}@c.us"), "message": "Hello" }),
            )
            .await
    };
    for chat in [1, 2, 3, 1, 2] {
        assert_eq!(send(chat).await.status, 200, "{chat}");
    }
    let refused = send(4).await;
    let expected = concat!(
        r#"{"invokeStatus":{"method":"sendmessage","used":5,"total":0,"status":"QUOTE_ALLOWED","description":"Quota is allowed"},"#,
        r#""correspondentsStatus":{"method":"correspondents","used":3,"total":3,"status":"CORRESPONDENTS_QUOTE_EXCEEDED","#,
        r#""description":"Monthly quota has been exceeded"}}"#,
    );
    assert_eq!(refused.told(), (466, expected));
    assert_eq!(refused.replenish_rate.as_deref(), Some("50"));
    assert_eq!(send(3).await.status, 200, "a chat of this month");
    let bare = setup
        .post(
            "sendMessage",
            json!({ "chatId": "447700900103", "message": "Hello" }),
        )
        .await;
    assert_eq!(bare.status, 200, "the same chat");

    let told = setup.get("receiveNotification").await.json()["body"].clone();
    let expected = json!({
        "typeWebhook": "quotaExceeded",
        "instanceData": { "idInstance": 1_101_000_001, "wid": "447700900123@c.us", "typeInstance": "whatsapp" },
        "quotaData": {
            "method": "correspondents",
            "used": 3,
            "total": 3,
            "status": "CORRESPONDENTS_QUOTA_EXCEEDED",
            "description": "Monthly quota has been exceeded",
        },
    });
    assert_eq!(told, expected);

    // The sandbox's clock starts on 1 January.
    setup.advance(31 * 24 * 60 * 60);
    assert_eq!(send(4).await.status, 200, "another month");
}

#[tokio::test]
async fn the_developer_plan_allows_a_hundred_checks_a_month() {
    let setup = setup_with(Sandbox::builder().plan(Plan::Developer).rate_limits(false)).await;
    setup.link().await;
    let check = async || {
        setup
            .post(
                "checkWhatsapp",
                json!({ "phoneNumber": 447_700_900_124_u64 }),
            )
            .await
    };
    for _ in 0..100 {
        assert_eq!(check().await.status, 200);
    }
    let refused = check().await;
    let expected = concat!(
        r#"{"invokeStatus":{"method":"checkwhatsapp","used":100,"total":100,"status":"QUOTE_EXCEEDED","#,
        r#""description":"Monthly quota has been exceeded"}}"#,
    );
    assert_eq!(refused.told(), (466, expected));
}

#[tokio::test]
async fn without_that_plan_nothing_is_counted() {
    let setup = setup().await;
    setup.link().await;
    for chat in 1..=5 {
        let answer = setup
            .post(
                "sendMessage",
                json!({ "chatId": format!("44770090010{chat}@c.us"), "message": "Hello" }),
            )
            .await;
        assert_eq!(answer.status, 200);
    }
}
