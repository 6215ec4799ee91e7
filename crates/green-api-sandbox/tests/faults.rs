//! What goes wrong with connections and with notifications.

mod common;

use std::time::Duration;

use common::{FRIEND, PHONE, Setup, linked, notifications, setup, setup_with};
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

/// How many messages the friend has got by now.
fn arrived(setup: &Setup) -> usize {
    setup.advance(2);
    setup.sandbox.phone(FRIEND).messages(PHONE).len()
}

fn greeting() -> Value {
    json!({ "chatId": format!("{FRIEND}@c.us"), "message": "Hello" })
}

#[tokio::test]
async fn what_was_carried_out_is_done_whatever_becomes_of_its_answer() {
    let (setup, _) = linked().await;
    let fault = || Fault::on("sendMessage").times(1).carried_out();
    let lost = [fault().drop_connection(), fault().reset_connection()];
    for (number, fault) in lost.into_iter().enumerate() {
        setup.sandbox.faults().add(fault);
        let body = greeting().to_string();
        let ended = outcome(&setup, "POST", "sendMessage", &body).await;
        match number {
            0 => assert_eq!(ended.unwrap(), 0),
            _ => assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset),
        }
        assert_eq!(arrived(&setup), number + 1);
    }
    for (number, (fault, status)) in [
        (fault().status(502).html(), 502),
        (fault().status(500), 500),
        (fault().garbage(), 200),
    ]
    .into_iter()
    .enumerate()
    {
        setup.sandbox.faults().add(fault);
        let answer = setup
            .request(Method::POST, &setup.address("sendMessage", ""))
            .json(&greeting());
        assert_eq!(answer.send().await.unwrap().status(), status);
        assert_eq!(arrived(&setup), number + 3);
    }
    // Without it, nothing is done.
    setup
        .sandbox
        .faults()
        .add(Fault::on("sendMessage").times(1).status(502).html());
    assert_eq!(setup.post("sendMessage", greeting()).await.status, 502);
    assert_eq!(arrived(&setup), 5);
}

#[tokio::test]
async fn an_answer_that_never_comes_can_be_that_of_something_done() {
    let (setup, _) = linked().await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("sendMessage").carried_out().no_answer());
    let address = setup.address("sendMessage", "");
    let request = setup.request(Method::POST, &address).json(&greeting());
    let waiting = tokio::spawn(request.send());
    setup.sandbox.wait_for_calls("sendMessage", 1).await;
    while arrived(&setup) == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
}

#[tokio::test]
async fn a_fault_can_be_that_of_one_instance() {
    let builder = Sandbox::builder().instance(1, "one").instance(2, "two");
    let setup = setup_with(builder).await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("getSettings").instance(2).status(502))
        .add(
            Fault::on_notification("incomingMessageReceived")
                .instance(2)
                .lose(),
        );
    assert_eq!(setup.get("getSettings").await.status, 200);
    let other = format!("{}/waInstance2/getSettings/two", setup.sandbox.url());
    let other = setup.send(setup.request(Method::GET, &other)).await;
    assert_eq!(other.status, 502);
    for instance in setup.sandbox.instances() {
        instance.notify(&json!({ "typeWebhook": "incomingMessageReceived" }));
    }
    let waiting = setup.sandbox.instances().into_iter();
    let waiting: Vec<usize> = waiting
        .map(|instance| instance.pending_notifications())
        .collect();
    assert_eq!(waiting, [1, 0]);
}

#[tokio::test]
#[should_panic(expected = "there is no instance 7")]
async fn the_fault_of_an_instance_that_is_not_there_is_a_panic() {
    let setup = setup().await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("getSettings").instance(7).status(502));
}

/// Which of a hundred calls a fault of one in five strikes, by a seed.
async fn struck(seed: u64) -> Vec<usize> {
    let setup = setup_with(Sandbox::builder().seed(seed).rate_limits(false)).await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("getSettings").one_in(5).times(30).status(502));
    let mut struck = Vec::new();
    for number in 0..100 {
        if setup.get("getSettings").await.status == 502 {
            struck.push(number);
        }
    }
    struck
}

#[tokio::test]
async fn a_fault_can_strike_one_in_so_many_by_the_seed() {
    let first = struck(1).await;
    assert!((8..=30).contains(&first.len()), "{first:?}");
    assert_eq!(struck(1).await, first);
    assert_ne!(struck(2).await, first);
}

#[tokio::test]
async fn a_message_comes_as_a_marker_first_and_then_with_its_text() {
    let (setup, friend) = linked().await;
    setup.sandbox.faults().add(
        Fault::on_notification("incomingMessageReceived")
            .times(1)
            .marker_first()
            .delay(Duration::from_secs(30)),
    );
    let id = friend.send_text(PHONE, "Is the parcel at the door?");
    setup.advance(1);
    let marker = notifications(&setup).await;
    setup.advance(30);
    let text = notifications(&setup).await;
    for (bodies, expected) in [(marker, "{{SWE003}}"), (text, "Is the parcel at the door?")] {
        assert_eq!(bodies.len(), 1);
        let (body, data) = (&bodies[0], &bodies[0]["messageData"]);
        assert_eq!(body["idMessage"], id);
        assert_eq!(body["senderData"]["chatId"], format!("{FRIEND}@c.us"));
        assert_eq!(data["typeMessage"], "textMessage");
        assert_eq!(data["textMessageData"]["textMessage"], expected);
    }
}

#[tokio::test]
async fn a_466_says_which_quota_is_used_up() {
    let (setup, _) = linked().await;
    let faults = setup.sandbox.faults();
    faults
        .add(Fault::on("sendMessage").status(466))
        .add(Fault::on("checkWhatsapp").status(466));
    let sent = setup.post("sendMessage", greeting()).await;
    assert_eq!(sent.status, 466);
    let expected = json!({
        "invokeStatus": { "method": "sendmessage", "used": 0, "total": 0, "status": "QUOTE_ALLOWED", "description": "Quota is allowed" },
        "correspondentsStatus": {
            "method": "correspondents", "used": 3, "total": 3, "status": "CORRESPONDENTS_QUOTE_EXCEEDED",
            "description": "Monthly quota has been exceeded",
        },
    });
    assert_eq!(sent.json(), expected);
    let number = json!({ "phoneNumber": 447_700_900_145_u64 });
    let checked = setup.post("checkWhatsapp", number).await;
    let expected = json!({ "invokeStatus": {
        "method": "checkwhatsapp", "used": 100, "total": 100, "status": "QUOTE_EXCEEDED", "description": "Monthly quota has been exceeded",
    } });
    assert_eq!((checked.status, checked.json()), (466, expected));
}

#[tokio::test]
#[should_panic(expected = "this happens to operations only")]
async fn a_notification_cannot_be_carried_out() {
    let fault = Fault::on_notification("incomingCall").carried_out();
    setup().await.sandbox.faults().add(fault);
}
