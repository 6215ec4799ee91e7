//! The same notification more than once: while it is in hand, and afterwards.

use std::sync::Arc;

use green_api::webhook::WebhookBuilder;
use green_api::{ReceiveOptions, Received, Webhook};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::common::{Log, message, message_to, post, text};
use crate::support::{A_MOMENT, noting, open, soon};

/// A handler that notes when it begins, and ends when it is let go.
fn held(builder: WebhookBuilder, log: &Log) -> (Webhook, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let (log, opened) = (log.clone(), Arc::clone(&gate));
    let webhook = builder.handler(move |received: Received| {
        let text = text(&received);
        log.note(format!("begins {text}"));
        let (log, gate) = (log.clone(), Arc::clone(&opened));
        async move {
            gate.acquire().await.unwrap().forget();
            log.note(format!("ends {text}"));
            if text == "poison" {
                Err("it is poison")
            } else {
                Ok(())
            }
        }
    });
    (webhook, gate)
}

/// Posts a body in the background.
fn posting(webhook: &Webhook, body: &serde_json::Value) -> tokio::task::JoinHandle<u16> {
    let (webhook, body) = (webhook.clone(), body.to_string());
    tokio::spawn(async move { post(&webhook, body).await })
}

async fn until_noted(log: &Log, number: usize) {
    soon(async {
        while log.noted().len() < number {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn it_is_never_handled_twice_at_once() {
    for (text, status) in [("Hello", 200), ("poison", 500)] {
        let log = Log::default();
        let (webhook, gate) = held(open(), &log);
        let body = message("3EB01", text);
        let first = posting(&webhook, &body);
        until_noted(&log, 1).await;
        // The server has lost patience, and sends it again.
        let mut second = posting(&webhook, &body);
        assert!(
            timeout(A_MOMENT, &mut second).await.is_err(),
            "it does not wait"
        );
        assert_eq!(log.noted(), [format!("begins {text}")]);
        gate.add_permits(1);
        assert_eq!(
            (soon(first).await.unwrap(), soon(second).await.unwrap()),
            (status, status)
        );
        assert_eq!(
            log.noted(),
            [format!("begins {text}"), format!("ends {text}")]
        );
    }
}

#[tokio::test]
async fn others_are_handled_meanwhile() {
    let log = Log::default();
    let (webhook, gate) = held(open(), &log);
    let posts = [1, 2].map(|instance| {
        posting(
            &webhook,
            &message_to(instance, "3EB01", &instance.to_string()),
        )
    });
    until_noted(&log, 2).await;
    gate.add_permits(2);
    for post in posts {
        assert_eq!(soon(post).await.unwrap(), 200);
    }
}

#[tokio::test]
async fn hanging_up_does_not_stop_the_handler() {
    let log = Log::default();
    let (webhook, gate) = held(open().options(ReceiveOptions::new().deduplicate(10)), &log);
    let body = message("3EB01", "Hello");
    let first = posting(&webhook, &body);
    until_noted(&log, 1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let second = posting(&webhook, &body);
    tokio::time::sleep(A_MOMENT).await;
    gate.add_permits(1);
    // Handled by the first, acknowledged by the second.
    assert_eq!(soon(second).await.unwrap(), 200);
    assert_eq!(log.noted(), ["begins Hello", "ends Hello"]);
    assert_eq!(post(&webhook, body.to_string()).await, 200);
    assert_eq!(log.noted().len(), 2);
}

#[tokio::test]
async fn failures_count_though_nobody_waits_for_them() {
    let (log, letters) = (Log::default(), Log::default());
    let (webhook, gate) = held(
        open().options(
            ReceiveOptions::new()
                .attempts(2)
                .dead_letter(letters.keep()),
        ),
        &log,
    );
    let body = message("3EB01", "poison");
    let first = posting(&webhook, &body);
    until_noted(&log, 1).await;
    first.abort();
    gate.add_permits(2);
    until_noted(&log, 2).await;
    let statuses = [
        soon(posting(&webhook, &body)).await.unwrap(),
        soon(posting(&webhook, &body)).await.unwrap(),
    ];
    // The second may have come before the first was written down.
    assert!(
        statuses == [200, 200] || statuses == [500, 200],
        "{statuses:?}"
    );
    assert_eq!(
        (log.noted().len(), letters.noted()),
        (4, vec![body.to_string()])
    );
}

#[tokio::test]
async fn repeated_ones_are_handled_once_if_asked_for() {
    let log = Log::default();
    let webhook = open()
        .options(ReceiveOptions::new().deduplicate(2))
        .handler(noting(&log));
    // The server may write it otherwise.
    for (id, text) in [
        ("3EB01", "a"),
        ("3EB01", "again"),
        ("3EB02", "b"),
        ("3EB01", "a"),
        ("3EB03", "c"),
        ("3EB01", "new"),
    ] {
        assert_eq!(post(&webhook, message(id, text).to_string()).await, 200);
    }
    // Two are remembered, so the last one is new again.
    assert_eq!(log.noted(), ["a", "b", "c", "new"]);
}

#[tokio::test]
async fn instance_kind_and_status_make_the_difference() {
    let log = Log::default();
    let webhook = open()
        .options(ReceiveOptions::new().deduplicate(100))
        .handler(noting(&log));
    let status = |status: &str| json!({"typeWebhook": "outgoingMessageStatus", "instanceData": {"idInstance": 1}, "idMessage": "3EB01", "status": status});
    let other = |kind: &str| json!({"typeWebhook": kind, "instanceData": {"idInstance": 1}, "idMessage": "3EB01"});
    // The same message arrives at each instance in a group.
    let bodies = [
        message_to(1, "3EB01", "a"),
        message_to(2, "3EB01", "a"),
        status("sent"),
        status("read"),
        other("new"),
        other("newer"),
    ];
    for body in bodies.iter().chain(&bodies) {
        assert_eq!(post(&webhook, body.to_string()).await, 200);
    }
    assert_eq!(log.noted().len(), bodies.len(), "{:?}", log.noted());
    // What is about no message is never taken for repeated.
    let state = json!({"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 1}, "timestamp": 1, "stateInstance": "authorized"});
    log.take();
    for _ in 0..2 {
        assert_eq!(post(&webhook, state.to_string()).await, 200);
    }
    assert_eq!(log.noted(), ["stateInstanceChanged"; 2]);
}

#[tokio::test]
async fn what_failed_is_not_taken_for_repeated() {
    let (log, letters) = (Log::default(), Log::default());
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .deduplicate(10)
                .attempts(2)
                .dead_letter(letters.keep()),
        )
        .handler(noting(&log));
    let poison = message("3EB01", "poison").to_string();
    assert_eq!(
        [
            post(&webhook, poison.clone()).await,
            post(&webhook, poison).await
        ],
        [500, 200]
    );
    assert_eq!(
        (log.noted(), letters.noted().len()),
        (vec!["poison".to_owned(); 2], 1)
    );
}

#[tokio::test]
async fn what_has_no_message_id_may_be_news_even_after_it_was_given_up() {
    let letters = Log::default();
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .attempts(1)
                .dead_letter(letters.keep()),
        )
        .handler(|_| async { Err::<(), _>("out of order") });
    let quota =
        json!({"typeWebhook": "quotaExceeded", "instanceData": {"idInstance": 7103000001_i64}})
            .to_string();
    assert_eq!(
        [
            post(&webhook, quota.clone()).await,
            post(&webhook, quota).await
        ],
        [200, 200]
    );
    assert_eq!(letters.noted().len(), 2);
}

#[tokio::test]
async fn nothing_is_taken_for_repeated_unless_asked_for() {
    let log = Log::default();
    let webhook = open().handler(noting(&log));
    for _ in 0..2 {
        assert_eq!(
            post(&webhook, message("3EB01", "Hello").to_string()).await,
            200
        );
    }
    assert_eq!(log.noted(), ["Hello", "Hello"]);
}

#[tokio::test]
async fn while_it_is_in_hand_a_repetition_in_other_words_waits_too() {
    let log = Log::default();
    let (webhook, gate) = held(open().options(ReceiveOptions::new().deduplicate(10)), &log);
    let first = posting(&webhook, &message("3EB01", "Hello"));
    until_noted(&log, 1).await;
    let mut second = posting(&webhook, &message("3EB01", "Hello!"));
    assert!(
        timeout(A_MOMENT, &mut second).await.is_err(),
        "it does not wait"
    );
    gate.add_permits(1);
    assert_eq!(
        (soon(first).await.unwrap(), soon(second).await.unwrap()),
        (200, 200)
    );
    assert_eq!(log.noted(), ["begins Hello", "ends Hello"]);
}

#[tokio::test]
async fn attempts_are_counted_however_it_is_written() {
    let letters = Log::default();
    let log = Log::default();
    let noted = log.clone();
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .attempts(3)
                .dead_letter(letters.keep()),
        )
        .handler(move |received: Received| {
            noted.note(received.attempt().to_string());
            async { Err::<(), _>("it is poison") }
        });
    let mut file = message("3EB01", "");
    file["messageData"] = json!({"typeMessage": "imageMessage", "fileMessageData": {}});
    let signed = |number: usize| {
        let mut file = file.clone();
        file["messageData"]["fileMessageData"]["downloadUrl"] =
            json!(format!("https://example.com/a.jpg?signature={number}"));
        file.to_string()
    };
    let state = [
        r#"{"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 1}, "stateInstance": "authorized"}"#,
        r#"{"stateInstance":"authorized","instanceData":{"idInstance":1},"typeWebhook":"stateInstanceChanged"}"#,
    ];
    let state = |number: usize| state[number % 2].to_owned();
    for write in [&signed as &dyn Fn(usize) -> String, &state] {
        for (number, status) in [500, 500, 200].into_iter().enumerate() {
            assert_eq!(post(&webhook, write(number)).await, status);
        }
        assert_eq!(log.take(), ["1", "2", "3"]);
        assert_eq!(letters.take(), [write(2)]);
    }
    // Should the answer have been lost, what has a name is settled all the same.
    assert_eq!(post(&webhook, signed(3)).await, 200);
    assert!(log.noted().is_empty());
}
