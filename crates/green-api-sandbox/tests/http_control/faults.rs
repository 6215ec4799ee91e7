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
        json!({ "operation": "sendMessage", "idInstance": 1101000001, "oneIn": 10, "carriedOut": true, "answer": { "kind": "reset" } }),
        json!({ "notification": "incomingMessageReceived", "answer": { "kind": "markerFirst" } }),
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
        Some(9),
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
            json!({ "operation": "qr", "oneIn": 0 }),
            "oneIn must be 1 or more",
        ),
        (
            json!({ "operation": "qr", "idInstance": 7 }),
            "there is no instance 7",
        ),
        (
            json!({ "notification": "incomingCall", "answer": { "kind": "markerFirst" } }),
            "this happens to `incomingMessageReceived` only",
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

#[tokio::test]
async fn every_fault_of_the_page_is_one() {
    let setup = setup().await;
    let page = include_str!("../../src/control/page/page.html");
    let (_, form) = page.split_once("id=\"fault-answer\"").unwrap();
    let (form, _) = form.split_once("</select>").unwrap();
    let options: Vec<&str> = form
        .split("value='")
        .skip(1)
        .map(|option| option.split_once('\'').unwrap().0)
        .collect();
    assert!(options.len() > 10);
    for option in options {
        let mut rule: serde_json::Value = serde_json::from_str(option).unwrap();
        match rule.as_object_mut().unwrap().remove("notification") {
            Some(_) => rule["notification"] = json!("incomingMessageReceived"),
            None => rule["operation"] = json!("sendMessage"),
        }
        setup.acts("faults", rule).await;
    }
}

#[tokio::test]
async fn the_journals_are_as_late_as_they_are_set_over_http() {
    let setup = setup().await;
    setup.set(crate::common::everything()).await;
    setup.sandbox.instance().link(&setup.phone());
    let sent = setup.phone().send_text(crate::common::FRIEND, "Hello");
    setup.advance(1);
    let outgoing = async || setup.get("lastOutgoingMessages").await.json();
    assert_eq!(outgoing().await, json!([]));
    setup
        .acts("options", json!({ "journalDelaySeconds": 1 }))
        .await;
    setup.advance(1);
    assert_eq!(outgoing().await[0]["idMessage"], sent);
    for seconds in [json!(-1), json!(120.5), json!(1e300)] {
        let refused = setup
            .act("options", json!({ "journalDelaySeconds": seconds }))
            .await;
        assert_eq!(refused.status, 400);
        let message = refused.json()["message"].to_string();
        assert!(message.contains("must be from 0 to "), "{message}");
    }
}
