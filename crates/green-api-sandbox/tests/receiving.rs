//! The notification queue.

mod common;

use std::time::Duration;

use common::{Answer, PHONE, Setup, setup};
use green_api_sandbox::State;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;

/// Starts `receiveNotification` and returns when the sandbox has got it, as its `number`th such call.
async fn receive(setup: &Setup, timeout: u64, number: usize) -> JoinHandle<Answer> {
    let address = setup.address("receiveNotification", &format!("?receiveTimeout={timeout}"));
    let request = setup.request(Method::GET, &address);
    let answer = tokio::spawn(async move { Answer::read(request.send().await.unwrap()).await });
    setup
        .sandbox
        .wait_for_calls("receiveNotification", number)
        .await;
    answer
}

#[tokio::test]
async fn linking_is_announced_when_the_settings_ask_for_it() {
    let setup = setup().await;
    setup.set(json!({ "stateWebhook": "yes" })).await;
    setup.link().await;
    let expected = concat!(
        r#"{"receiptId":1,"body":{"typeWebhook":"stateInstanceChanged","#,
        r#""instanceData":{"idInstance":1101000001,"wid":"447700900123@c.us","typeInstance":"whatsapp"},"#,
        r#""timestamp":1767225605,"stateInstance":"authorized"}}"#,
    );
    assert_eq!(setup.get("receiveNotification").await.text, expected);

    setup.get("logout").await;
    assert_eq!(setup.delete("1").await.json()["result"], true);
    let logout = setup.get("receiveNotification").await.json();
    assert_eq!(logout["body"]["stateInstance"], "notAuthorized");
    assert_eq!(logout["body"]["instanceData"]["wid"], "");
}

#[tokio::test]
async fn nothing_is_announced_unless_the_settings_ask_for_it() {
    let setup = setup().await;
    setup.link().await;
    setup.sandbox.instance().set_state(State::Blocked);
    let answer = receive(&setup, 5, 1).await;
    setup.advance(5);
    assert_eq!(answer.await.unwrap().text, "null");
}

#[tokio::test]
async fn restarts_and_repetitions_are_not_announced() {
    let setup = setup().await;
    setup.set(json!({ "stateWebhook": "yes" })).await;
    setup.get("reboot").await;
    setup.advance(3);
    setup.sandbox.instance().set_state(State::NotAuthorized);
    setup.sandbox.instance().set_state(State::Blocked);
    assert_eq!(
        setup.get("receiveNotification").await.json()["body"]["stateInstance"],
        "blocked"
    );
}

#[tokio::test]
async fn the_head_of_the_queue_repeats_until_it_is_deleted() {
    let setup = setup().await;
    for number in 1..=2 {
        let receipt_id = setup
            .sandbox
            .instance()
            .notify(&json!({ "typeWebhook": "test", "number": number }));
        assert_eq!(receipt_id, number);
    }
    for _ in 0..2 {
        let head = setup.get("receiveNotification").await.json();
        assert_eq!(
            (&head["receiptId"], &head["body"]["number"]),
            (&json!(1), &json!(1))
        );
    }
    assert_eq!(
        setup.delete("1").await.text,
        r#"{"result":true,"reason":""}"#
    );
    assert_eq!(
        setup.get("receiveNotification").await.json()["receiptId"],
        2
    );
}

#[tokio::test]
async fn deleting_what_is_not_there_tells_so() {
    let setup = setup().await;
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "test" }));
    assert_eq!(setup.delete("1").await.json()["result"], true);
    for receipt_id in ["1", "99", "-1"] {
        let answer = setup.delete(receipt_id).await;
        assert_eq!(
            answer.json(),
            json!({ "result": false, "reason": "Message not found by receiptId" })
        );
    }
    let refusal = setup.delete("first").await.refusal();
    assert_eq!(refusal, "Parameter receiptId must be a Number");
}

#[tokio::test]
async fn notifications_are_kept_for_a_day() {
    let setup = setup().await;
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "old" }));
    setup.advance(60);
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "new" }));
    setup.advance(24 * 60 * 60 - 61);
    assert_eq!(
        setup.get("receiveNotification").await.json()["body"]["typeWebhook"],
        "old"
    );
    setup.advance(1);
    assert_eq!(
        setup.get("receiveNotification").await.json()["body"]["typeWebhook"],
        "new"
    );
    assert_eq!(setup.delete("1").await.json()["result"], false);
}

#[tokio::test]
async fn an_empty_queue_is_waited_on_for_the_time_that_was_asked_for() {
    let setup = setup().await;
    let answer = receive(&setup, 60, 1).await;
    setup.advance(59);
    // Another call is answered meanwhile, so the waiting one had its chance.
    assert_eq!(setup.get("getStateInstance").await.status, 200);
    assert!(!answer.is_finished());
    setup.advance(1);
    let answer = answer.await.unwrap();
    assert_eq!(answer.told(), (200, "null"));
}

#[tokio::test]
async fn the_wait_is_five_seconds_when_none_was_asked_for() {
    let setup = setup().await;
    let request = setup.request(Method::GET, &setup.address("receiveNotification", ""));
    let answer = tokio::spawn(async move { Answer::read(request.send().await.unwrap()).await });
    setup.sandbox.wait_for_calls("receiveNotification", 1).await;
    setup.advance(5);
    assert_eq!(answer.await.unwrap().text, "null");
}

#[tokio::test]
async fn a_notification_ends_the_wait() {
    let setup = setup().await;
    let answer = receive(&setup, 60, 1).await;
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "test" }));
    assert_eq!(answer.await.unwrap().json()["body"]["typeWebhook"], "test");
}

#[tokio::test]
async fn what_the_phone_does_by_itself_ends_the_wait() {
    let setup = setup().await;
    setup.set(json!({ "stateWebhook": "yes" })).await;
    setup.phone().type_code_when_issued(Duration::from_secs(10));
    setup.code().await;
    let answer = receive(&setup, 60, 1).await;
    setup.advance(12);
    let notification = answer.await.unwrap().json();
    assert_eq!(notification["body"]["stateInstance"], "authorized");
    assert_eq!(
        notification["body"]["instanceData"]["wid"],
        format!("{PHONE}@c.us")
    );
}

#[tokio::test]
async fn the_wait_has_limits() {
    let setup = setup().await;
    for (timeout, rule) in [
        ("4", "must be greater than or equal to 5"),
        ("61", "must be less than or equal to 60"),
        ("long", "must be an integer"),
    ] {
        let address = setup.address("receiveNotification", &format!("?receiveTimeout={timeout}"));
        let refusal = setup
            .send(setup.request(Method::GET, &address))
            .await
            .refusal();
        assert_eq!(
            refusal,
            format!("Validation failed. Details: 'receiveTimeout' {rule}")
        );
    }
}

#[tokio::test]
async fn the_queue_is_closed_while_there_is_a_webhook() {
    let setup = setup().await;
    setup
        .set(json!({ "webhookUrl": "https://hooks.example.com/" }))
        .await;
    let answer = setup.get("receiveNotification").await;
    assert_eq!(answer.refusal(), "custom webhook url is set");
    assert_eq!(
        (&answer.json()["code"], &answer.json()["status"]),
        (&json!("INVALID_PARAM"), &json!("error"))
    );

    setup.set(json!({ "webhookUrl": "" })).await;
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "test" }));
    assert_eq!(setup.get("receiveNotification").await.status, 200);
}

#[tokio::test]
async fn what_is_no_json_can_be_queued_as_well() {
    let setup = setup().await;
    let receipt_id = setup.sandbox.instance().notify_raw("{\"typeWebhook\":");
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "theNextOne" }));
    assert_eq!(
        setup.get("receiveNotification").await.text,
        r#"{"receiptId":1,"body":{"typeWebhook":}"#
    );
    assert_eq!(
        setup.delete(&receipt_id.to_string()).await.json()["result"],
        true
    );
    assert_eq!(
        setup.get("receiveNotification").await.text,
        r#"{"receiptId":2,"body":{"typeWebhook":"theNextOne"}}"#
    );
}
