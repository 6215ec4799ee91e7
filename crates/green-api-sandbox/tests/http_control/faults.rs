//! Faults: how they are listed, struck and refused.

use reqwest::Method;
use serde_json::json;

use crate::common::setup;

#[tokio::test]
async fn faults_are_listed_as_they_were_added() {
    let setup = setup().await;
    let rules = [
        json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "status", "status": 503 } }),
        json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "html", "status": 504 } }),
        json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "body", "status": 200, "text": "?" } }),
        json!({ "operation": "getSettings", "times": 1, "delaySeconds": 0.5, "answer": { "kind": "usual" } }),
        json!({ "operation": "getAuthorizationCode", "answer": { "kind": "statusFalse" } }),
        json!({ "operation": "qr", "answer": { "kind": "garbage" } }),
        json!({ "operation": "reboot", "answer": { "kind": "huge", "bytes": 1000 } }),
        json!({ "operation": "logout", "answer": { "kind": "truncate" } }),
        json!({ "operation": "getWaSettings", "answer": { "kind": "dropConnection" } }),
    ];
    for rule in &rules {
        setup.acts("faults", rule.clone()).await;
    }
    assert_eq!(setup.look("faults").await, json!(rules));
    assert_eq!(setup.get("getSettings").await.status, 503);
    assert!(
        setup
            .get("getSettings")
            .await
            .text
            .contains("504 Gateway Time-out")
    );
    assert_eq!(
        setup.look("faults").await,
        json!(rules[2..]),
        "what is used up is gone"
    );
    setup
        .acts(
            "faults",
            json!({ "operation": "reboot", "times": 0, "answer": { "kind": "garbage" } }),
        )
        .await;
    assert_eq!(
        setup.look("faults").await.as_array().map(Vec::len),
        Some(7),
        "and so is what never strikes"
    );
    assert_eq!(setup.get("reboot").await.text.len(), 1000);

    setup.send(setup.control(Method::DELETE, "faults")).await;
    assert_eq!(setup.look("faults").await, json!([]));
    assert_eq!(setup.get("getWaSettings").await.status, 200);
}

#[tokio::test]
async fn faults_that_cannot_be_are_refused_with_a_reason() {
    let setup = setup().await;
    for (rule, reason) in [
        (
            json!({ "operation": "getStateInstanze" }),
            "there is no operation `getStateInstanze`",
        ),
        (
            json!({ "operation": "qr", "answer": { "kind": "status", "status": 42 } }),
            "the status 42",
        ),
        (
            json!({ "operation": "qr", "answer": { "kind": "explode" } }),
            "unknown variant `explode`",
        ),
        (
            json!({ "operation": "qr", "time": 2 }),
            "unknown field `time`",
        ),
        (
            json!({ "operation": "qr", "delaySeconds": -1 }),
            "delaySeconds must be",
        ),
        (
            json!({ "operation": "qr", "delaySeconds": 1e18 }),
            "delaySeconds must be",
        ),
        (
            json!({ "operation": "qr", "answer": { "kind": "huge", "bytes": 1_000_000_000 } }),
            "bytes must not be more",
        ),
    ] {
        let answer = setup.act("faults", rule).await;
        assert_eq!(answer.status, 400);
        assert!(
            answer.json()["message"].as_str().unwrap().contains(reason),
            "{}",
            answer.text
        );
    }
}
