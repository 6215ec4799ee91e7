//! The requests that came, and the control's own answers to mistakes.

use green_api_sandbox::Sandbox;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::common::{PHONE, setup, setup_with};

#[tokio::test]
async fn requests_are_listed_with_their_answers_and_without_tokens() {
    let setup = setup().await;
    let old = setup.sandbox.instance().api_token_instance();
    setup.get("updateApiToken").await;
    let new = setup.sandbox.instance().api_token_instance();
    // The envelope of an error repeats the path.
    setup.post("getAuthorizationCode", json!({})).await;
    setup
        .set(json!({ "webhookUrlToken": "Bearer secret-of-a-webhook" }))
        .await;
    setup.get("getSettings").await;

    let text = setup
        .send(setup.control(Method::GET, "requests?limit=4"))
        .await
        .text;
    assert!(
        !text.contains(&old) && !text.contains(&new) && !text.contains("secret-of-a-webhook"),
        "{text}"
    );
    let requests: Value = serde_json::from_str(&text).unwrap();
    let operations: Vec<_> = requests
        .as_array()
        .unwrap()
        .iter()
        .map(|request| request["operation"].as_str().unwrap())
        .collect();
    assert_eq!(
        operations,
        [
            "getSettings",
            "setSettings",
            "getAuthorizationCode",
            "updateApiToken"
        ]
    );
    let refused = &requests[2];
    assert_eq!(
        (
            refused["number"].as_u64(),
            refused["method"].as_str(),
            refused["status"].as_u64()
        ),
        (Some(1), Some("POST"), Some(400))
    );
    assert!(
        refused["answer"]["text"]
            .as_str()
            .unwrap()
            .contains("/waInstance1101000001/getAuthorizationCode/***"),
        "{refused}"
    );
    assert_eq!(
        requests[3]["answer"]["text"],
        r#"{"apiTokenInstance":"***"}"#
    );
}

#[tokio::test]
async fn answers_are_remembered_up_to_a_size_and_for_a_time() {
    let setup = setup_with(Sandbox::builder().rate_limits(false)).await;
    setup.acts("faults", json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "huge", "bytes": 5_000_000 } })).await;
    setup
        .acts(
            "faults",
            json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "garbage" } }),
        )
        .await;
    setup.get("getSettings").await;
    let garbage = setup.response("getSettings").await.unwrap();
    assert_eq!(garbage.content_length(), Some(6));
    let requests = setup.look("requests").await;
    assert_eq!(
        requests[0]["answer"],
        json!({ "contentType": "application/json", "text": null, "size": 6 })
    );
    assert_eq!(requests[1]["answer"]["size"], 5_000_000);
    assert_eq!(requests[1]["answer"]["text"].as_str().unwrap().len(), 4096);
    for _ in 0..199 {
        setup.get("getStateInstance").await;
    }
    let requests = setup.look("requests?limit=1000").await;
    assert_eq!(
        (requests.as_array().unwrap().len(), &requests[200]["answer"]),
        (201, &Value::Null)
    );
    assert_ne!(requests[199]["answer"], Value::Null);
}

#[tokio::test]
async fn mistakes_are_answered_with_a_sentence() {
    let setup = setup().await;
    let nothing = setup.send(setup.control(Method::GET, "stat")).await;
    assert_eq!(
        (nothing.status, nothing.json()["error"].as_str()),
        (404, Some("notFound"))
    );
    let wrong = setup.send(setup.control(Method::DELETE, "state")).await;
    assert_eq!(
        (wrong.status, wrong.json()["error"].as_str()),
        (405, Some("wrongMethod"))
    );
    for number in ["12", "abc", "4477009001234567"] {
        assert_eq!(
            setup
                .complaint("phones", json!({ "number": number }))
                .await
                .0,
            400,
            "{number}"
        );
    }
    assert_eq!(
        setup
            .act("phones", json!({ "number": "+44 (7700) 900-123" }))
            .await
            .json(),
        json!({ "number": PHONE })
    );
    let broken = setup
        .control(Method::POST, "phones")
        .header(CONTENT_TYPE, "application/json")
        .body("{");
    assert_eq!(setup.send(broken).await.status, 400);
}
