//! What goes wrong with connections and with notifications.

mod common;

use std::time::Duration;

use common::{Setup, setup, setup_with};
use green_api_sandbox::{Fault, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends a request byte by byte, and returns what becomes of the connection.
async fn outcome(setup: &Setup, verb: &str, operation: &str, body: &str) -> std::io::Result<usize> {
    let url = setup.address(operation, "");
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut connection = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "{verb} /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    connection.read_to_end(&mut Vec::new()).await
}

#[tokio::test]
async fn a_dropped_connection_ends_and_a_reset_one_is_reset() {
    let setup = setup().await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("getSettings").times(1).drop_connection())
        .add(Fault::on("getSettings").times(1).reset_connection());
    assert_eq!(outcome(&setup, "GET", "getSettings", "").await.unwrap(), 0);
    assert_eq!(
        outcome(&setup, "GET", "getSettings", "")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::ConnectionReset
    );

    // With a body, too: what was not read would turn an end into a reset.
    let body = format!(r#"{{"webhookUrl":"{}"}}"#, "x".repeat(90_000));
    setup
        .sandbox
        .faults()
        .add(Fault::on("setSettings").times(1).drop_connection())
        .add(Fault::on("setSettings").times(1).reset_connection());
    assert_eq!(
        outcome(&setup, "POST", "setSettings", &body).await.unwrap(),
        0
    );
    assert_eq!(
        outcome(&setup, "POST", "setSettings", &body)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::ConnectionReset
    );
    assert_eq!(setup.get("getSettings").await.json()["webhookUrl"], "");
}

#[tokio::test]
async fn no_answer_is_none_for_as_long_as_the_client_waits() {
    let setup = setup().await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("reboot").times(1).no_answer());
    let waiting = tokio::spawn(
        setup
            .request(Method::GET, &setup.address("reboot", ""))
            .send(),
    );
    setup.sandbox.wait_for_calls("reboot", 1).await;
    setup.advance(3600);
    assert_eq!(
        setup.state().await,
        "notAuthorized",
        "it was not carried out"
    );
    assert!(!waiting.is_finished());
    drop(setup.sandbox);
    waiting.await.unwrap().unwrap_err();
}

/// Queues notifications of a kind that are numbered, and returns the numbers as they are received.
async fn received(setup: &Setup, kind: &str, numbers: &[u8]) -> Vec<u64> {
    for number in numbers {
        setup
            .sandbox
            .instance()
            .notify(&json!({ "typeWebhook": kind, "number": number }));
    }
    waiting(setup).await
}

async fn waiting(setup: &Setup) -> Vec<u64> {
    let mut seen = Vec::new();
    // One more than there is ends the wait of the last call.
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "end" }));
    loop {
        let head: Value = setup.get("receiveNotification").await.json();
        let receipt_id = head["receiptId"].to_string();
        assert_eq!(setup.delete(&receipt_id).await.json()["result"], true);
        match head["body"]["number"].as_u64() {
            Some(number) => seen.push(number),
            None => return seen,
        }
    }
}

#[tokio::test]
async fn a_notification_comes_twice() {
    let setup = setup().await;
    setup.sandbox.faults().add(
        Fault::on_notification("incomingMessageReceived")
            .times(1)
            .duplicate(),
    );
    assert_eq!(
        received(&setup, "incomingMessageReceived", &[1, 2]).await,
        [1, 1, 2]
    );
}

#[tokio::test]
async fn the_second_of_two_can_be_late() {
    let setup = setup().await;
    setup.sandbox.faults().add(
        Fault::on_notification("incomingMessageReceived")
            .times(1)
            .duplicate()
            .delay(Duration::from_secs(60)),
    );
    assert_eq!(
        received(&setup, "incomingMessageReceived", &[1, 2]).await,
        [1, 2]
    );
    setup.advance(60);
    assert_eq!(waiting(&setup).await, [1]);
}

#[tokio::test]
async fn statuses_come_out_of_order() {
    let setup = setup().await;
    setup.sandbox.faults().add(
        Fault::on_notification("outgoingMessageStatus")
            .times(2)
            .out_of_order(),
    );
    assert_eq!(
        received(&setup, "outgoingMessageStatus", &[1, 2, 3, 4, 5]).await,
        [2, 1, 4, 3, 5]
    );
    // What is held back while nothing follows is not there, and other kinds do not let it go.
    setup
        .sandbox
        .faults()
        .add(Fault::on_notification("outgoingMessageStatus").out_of_order());
    assert_eq!(
        received(&setup, "outgoingMessageStatus", &[6]).await,
        Vec::<u64>::new()
    );
    assert_eq!(received(&setup, "incomingMessageReceived", &[7]).await, [7]);
    assert_eq!(
        received(&setup, "outgoingMessageStatus", &[8]).await,
        [8, 6]
    );
}

#[tokio::test]
async fn what_was_held_back_does_not_outlive_the_emptying_of_the_queue() {
    let setup = setup().await;
    let faults = setup.sandbox.faults();
    faults.add(
        Fault::on_notification("outgoingMessageStatus")
            .times(1)
            .out_of_order(),
    );
    faults.add(
        Fault::on_notification("incomingMessageReceived")
            .times(1)
            .delay(Duration::from_secs(30)),
    );
    assert_eq!(
        received(&setup, "outgoingMessageStatus", &[1]).await,
        Vec::<u64>::new()
    );
    assert_eq!(
        received(&setup, "incomingMessageReceived", &[2]).await,
        Vec::<u64>::new()
    );
    let cleared = setup
        .send(setup.request(Method::DELETE, &setup.address("clearWebhooksQueue", "")))
        .await;
    assert_eq!(cleared.json()["isCleared"], true);
    setup.advance(30);
    assert_eq!(received(&setup, "outgoingMessageStatus", &[3]).await, [3]);
}

#[tokio::test]
async fn a_notification_is_late_or_lost() {
    let setup = setup().await;
    let faults = setup.sandbox.faults();
    faults.add(
        Fault::on_notification("incomingMessageReceived")
            .times(1)
            .delay(Duration::from_secs(30)),
    );
    faults.add(
        Fault::on_notification("incomingMessageReceived")
            .times(1)
            .lose(),
    );
    assert_eq!(
        received(&setup, "incomingMessageReceived", &[1, 2, 3]).await,
        [3]
    );
    setup.advance(29);
    assert_eq!(waiting(&setup).await, Vec::<u64>::new());
    setup.advance(1);
    assert_eq!(waiting(&setup).await, [1]);
}

#[tokio::test]
async fn a_late_notification_ends_a_wait() {
    let setup = setup_with(Sandbox::builder()).await;
    setup
        .sandbox
        .faults()
        .add(Fault::on_notification("incomingMessageReceived").delay(Duration::from_secs(30)));
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "incomingMessageReceived", "number": 1 }));
    let request = setup.request(
        Method::GET,
        &setup.address("receiveNotification", "?receiveTimeout=60"),
    );
    let answer =
        tokio::spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() });
    setup.sandbox.wait_for_calls("receiveNotification", 1).await;
    setup.advance(30);
    assert_eq!(answer.await.unwrap()["body"]["number"], 1);
}

#[tokio::test]
#[should_panic(expected = "this happens to notifications only")]
async fn an_operation_cannot_be_duplicated() {
    setup()
        .await
        .sandbox
        .faults()
        .add(Fault::on("getSettings").duplicate());
}

#[tokio::test]
#[should_panic(expected = "there is no notification `outgoingMesageStatus`")]
async fn a_misspelt_notification_is_a_panic() {
    setup()
        .await
        .sandbox
        .faults()
        .add(Fault::on_notification("outgoingMesageStatus").lose());
}
