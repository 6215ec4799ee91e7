//! What came, whatever came.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use green_api::types::Notification;
use green_api::{ErrorKind, ProblemKind, ReceiveOptions};
use green_api_sandbox::Fault;
use serde_json::json;

use crate::common::{Log, message, sandbox, text};
use crate::queue::{calls, handle, next};
use crate::support::eager;
use crate::wire::{self, Wire};

#[tokio::test]
async fn an_unknown_kind_is_a_notification_like_any_other() {
    let (sandbox, instance) = sandbox().await;
    let unknown = json!({"typeWebhook": "somethingNew", "receiptId": 99, "a": [1, {"b": null}]});
    sandbox.instance().notify(&unknown);
    sandbox
        .instance()
        .notify(&json!({"typeWebhook": "incomingMessageReceived", "idMessage": {}}));
    let mut notifications = eager(&instance);
    let (received, receipt) = next(&mut notifications).await;
    let Notification::Unrecognized(what) = &received.notification else {
        panic!("it is known")
    };
    assert_eq!(
        (what.kind(), what.raw().to_value()),
        (Some("somethingNew"), unknown)
    );
    receipt.ack().await.unwrap();
    let (received, _) = next(&mut notifications).await;
    assert!(
        matches!(&received.notification, Notification::Unrecognized(what) if what.kind() == Some("incomingMessageReceived"))
    );
}

#[tokio::test]
async fn what_was_damaged_on_its_way_is_read_again() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.faults().add(
        Fault::on("receiveNotification")
            .times(1)
            .body(r#"{"receiptId":1,"body":{"typeWebhook":"inc"#),
    );
    let options = ReceiveOptions::new()
        .dead_letter(|letter| async move { Err::<(), _>(format!("{letter:?}")) });
    let notifications = eager(&instance).options(options);
    assert_eq!(handle(&sandbox, notifications, 1).await, ["Hello"]);
}

#[tokio::test]
async fn what_has_no_receipt_is_an_error_that_it_goes_on_after() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.faults().add(
        Fault::on("receiveNotification")
            .times(1)
            .body("<html>Welcome to this network</html>"),
    );
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(1).garbage());
    let waits = Arc::new(AtomicUsize::new(0));
    let reported = Arc::clone(&waits);
    let options = ReceiveOptions::new().on_problem(move |problem| match problem.kind {
        ProblemKind::Recovered { .. } => {}
        ProblemKind::Unreadable {
            receipt_id: None, ..
        } => {
            reported.fetch_add(1, Ordering::Relaxed);
        }
        _ => panic!("{problem}"),
    });
    let mut notifications = eager(&instance).options(options);
    for _ in 0..2 {
        let error = notifications.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    }
    assert_eq!(text(&next(&mut notifications).await.0), "Hello");
    assert_eq!(
        (
            waits.load(Ordering::Relaxed),
            calls(&sandbox, "deleteNotification")
        ),
        (2, 0)
    );

    // For a simple bot, too.
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(1).garbage());
    assert_eq!(handle(&sandbox, eager(&instance), 1).await, ["Hello"]);
}

#[tokio::test]
async fn nothing_is_said_in_many_ways() {
    for nothing in ["null", "", " \n", "{}"] {
        let server = Wire::start([
            wire::json(nothing),
            wire::json(r#"{"receiptId":"7","body":{"typeWebhook":"somethingNew"}}"#),
        ])
        .await;
        let options =
            ReceiveOptions::new().on_problem(move |problem| panic!("{nothing:?}: {problem}"));
        let mut notifications = eager(&server.instance())
            .receive_timeout(Duration::from_secs(30))
            .options(options);
        let (received, receipt) = next(&mut notifications).await;
        assert_eq!(
            (receipt.id(), received.notification.kind()),
            (7, "somethingNew")
        );
        assert!(
            server
                .seen()
                .iter()
                .all(|seen| seen.head.contains("?receiveTimeout=30 ")),
            "{:?}",
            server.seen()
        );
    }
}

#[tokio::test]
async fn what_came_is_there_as_it_came_with_what_is_unknown() {
    let (sandbox, instance) = sandbox().await;
    let mut sent = message("3EB01", "Hello");
    sent["senderData"]["mood"] = json!("good");
    sandbox.instance().notify(&sent);
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let told = Log::default();
    let tell = told.clone();
    let (letters, kept) = (Log::default(), Log::default());
    let options = ReceiveOptions::new()
        .attempts(1)
        .on_drift(move |drift| tell.note(drift.to_string()))
        .dead_letter(letters.keep());
    let mut notifications = eager(&instance).options(options);
    let (received, receipt) = next(&mut notifications).await;
    kept.note(received.raw().as_str());
    assert_eq!(received.raw().to_value(), sent);
    assert_eq!(
        received.drift().unknown_fields().collect::<Vec<_>>(),
        ["$.senderData.mood"]
    );
    receipt.nack();
    let (received, _) = next(&mut notifications).await;
    assert!(received.drift().is_empty(), "{}", received.drift());
    // The dead letter is what came, to the letter.
    assert_eq!(letters.noted(), kept.noted());
    let told = told.noted();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("textMessage")
            && told[0].ends_with("- $.senderData.mood: a field with a text")
            && !told[0].contains("good"),
        "{}",
        told[0]
    );
}
