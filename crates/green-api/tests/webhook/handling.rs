//! What the handler gets, and what becomes of its failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use green_api::types::Notification;
use green_api::{DeadLetter, ProblemKind, ReceiveOptions};
use serde_json::{Value, json};

use crate::common::{Log, message, message_to, post, text};
use crate::support::{id, noting, open};

#[tokio::test]
async fn the_handler_gets_all_that_came() {
    let mut body = message("3EB01", "Hello");
    body["notYetDocumented"] = json!({"a": [1, null]});
    let came = format!(" {body:#}\n");
    let sent = came.clone();
    let webhook = open().handler(move |received| {
        assert_eq!(text(&received), "Hello");
        assert_eq!(
            (received.instance(), received.attempt()),
            (Some(id(7_103_000_001)), 1)
        );
        assert_eq!(received.raw().as_str(), sent.trim());
        assert!(!format!("{received:?}").contains("Hello"));
        async { Ok::<(), String>(()) }
    });
    assert_eq!(post(&webhook, came).await, 200);
}

#[tokio::test]
async fn an_unknown_kind_is_a_notification_like_any_other() {
    let log = Log::default();
    let noted = log.clone();
    let webhook = open().handler(move |received| {
        let Notification::Unrecognized(what) = &received.notification else {
            panic!("it is known")
        };
        noted.note(format!("{:?} {}", what.kind(), what.raw().as_str()));
        async { Ok::<(), String>(()) }
    });
    for body in [
        r#"{"typeWebhook":"somethingNew","a":{}}"#,
        r#"{"typeWebhook":"incomingMessageReceived","idMessage":{}}"#,
        "[7]",
    ] {
        assert_eq!(post(&webhook, body).await, 200);
    }
    let wanted = [
        r#"Some("somethingNew") {"typeWebhook":"somethingNew","a":{}}"#,
        r#"Some("incomingMessageReceived") {"typeWebhook":"incomingMessageReceived","idMessage":{}}"#,
        "None [7]",
    ];
    assert_eq!(log.noted(), wanted);
}

#[tokio::test]
async fn what_is_new_in_it_can_be_told() {
    let (log, drift) = (Log::default(), Log::default());
    let told = drift.clone();
    let webhook = open()
        .options(ReceiveOptions::new().on_drift(move |drift| told.note(drift.to_string())))
        .handler(noting(&log));
    let mut news = message("3EB02", "Hello");
    news["notYetDocumented"] = json!("secret");
    for body in [message("3EB01", "Hello"), news.clone(), news] {
        assert_eq!(post(&webhook, body.to_string()).await, 200);
    }
    // The same once.
    let [report] = &*drift.noted() else {
        panic!("{:?}", drift.noted())
    };
    assert!(
        report.contains("notYetDocumented") && !report.contains("secret"),
        "{report}"
    );
    assert_eq!(log.noted().len(), 3);
}

#[tokio::test]
async fn poison_goes_to_the_dead_letters_and_the_next_one_is_handled() {
    let (log, letters, problems) = (Log::default(), Log::default(), Log::default());
    let (taken, told) = (letters.clone(), problems.clone());
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .attempts(3)
                .on_problem(move |problem| told.note(problem.to_string()))
                .dead_letter(move |letter| {
                    let DeadLetter::Failed { received, error } = &letter else {
                        panic!("{letter:?}")
                    };
                    assert_eq!(
                        (letter.instance(), received.raw().to_value()),
                        (Some(id(7_103_000_001)), message("3EB01", "poison"))
                    );
                    assert_eq!(
                        serde_json::from_str::<Value>(&letter.text()).unwrap(),
                        received.raw().to_value()
                    );
                    assert!(!format!("{letter:?}").contains("447700900145"));
                    taken.note(format!(
                        "{} {} {}",
                        text(received),
                        received.attempt(),
                        error.as_ref().unwrap()
                    ));
                    async { Ok::<(), String>(()) }
                }),
        )
        .handler(noting(&log));
    let poison = message("3EB01", "poison").to_string();
    for status in [500, 500, 200] {
        assert_eq!(post(&webhook, poison.clone()).await, status);
    }
    assert_eq!(letters.noted(), ["poison 3 it is poison"]);
    let wanted = [
        "instance 7103000001: attempt 1 to handle a notification failed: it is poison (again in 1 min)",
        "instance 7103000001: attempt 2 to handle a notification failed: it is poison (again in 1 min)",
        "instance 7103000001: attempt 3 to handle a notification failed: it is poison",
    ];
    assert_eq!(problems.noted(), wanted);
    // Should the answer have been lost, it is settled all the same.
    assert_eq!(post(&webhook, poison).await, 200);
    assert_eq!(
        post(&webhook, message("3EB02", "Bye").to_string()).await,
        200
    );
    assert_eq!(
        (log.noted(), letters.noted().len()),
        (
            ["poison", "poison", "poison", "Bye"]
                .map(str::to_owned)
                .into(),
            1
        )
    );
}

#[tokio::test]
async fn a_dead_letter_that_is_not_taken_is_offered_again_and_the_handler_is_not() {
    let (log, letters, problems) = (Log::default(), Log::default(), Log::default());
    let (taken, told) = (letters.clone(), problems.clone());
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .attempts(1)
                .on_problem(move |problem| match problem.kind {
                    ProblemKind::DeadLetter { error } => told.note(error.to_string()),
                    ProblemKind::Recovered { .. } => told.note("recovered"),
                    _ => {}
                })
                .dead_letter(move |letter| {
                    taken.note(letter.text());
                    let offers = taken.noted().len();
                    async move {
                        match offers {
                            1 => Err("the disk is full"),
                            2 => panic!("the disk is gone"),
                            _ => Ok(()),
                        }
                    }
                }),
        )
        .handler(noting(&log));
    let poison = message("3EB01", "poison").to_string();
    for status in [500, 500, 200, 200] {
        assert_eq!(post(&webhook, poison.clone()).await, status);
    }
    assert_eq!(log.noted(), ["poison"]);
    assert_eq!(letters.noted(), [poison.clone(), poison.clone(), poison]);
    assert_eq!(
        problems.noted(),
        [
            "the disk is full",
            "the dead letter callback panicked",
            "recovered"
        ]
    );
}

#[tokio::test]
async fn a_panic_is_a_failure() {
    let (handled, letters) = (Arc::new(AtomicUsize::new(0)), Log::default());
    let (counted, taken) = (Arc::clone(&handled), letters.clone());
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .attempts(2)
                .dead_letter(move |letter| {
                    let DeadLetter::Failed { received, error } = &letter else {
                        panic!("{letter:?}")
                    };
                    taken.note(format!(
                        "{} {}",
                        received.attempt(),
                        error.as_ref().unwrap()
                    ));
                    async { Ok::<(), String>(()) }
                }),
        )
        .handler(move |received| {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            // Before there is a future, and within it.
            assert_ne!(number, 0, "{}", text(&received));
            async move {
                assert_ne!(number, 1, "{}", text(&received));
                Ok::<(), String>(())
            }
        });
    let poison = message("3EB01", "Hello").to_string();
    assert_eq!(
        [
            post(&webhook, poison.clone()).await,
            post(&webhook, poison).await
        ],
        [500, 200]
    );
    assert_eq!(letters.noted(), ["2 the handler panicked"]);
    assert_eq!(
        post(&webhook, message("3EB02", "Bye").to_string()).await,
        200
    );
}

#[tokio::test]
async fn where_dead_letters_are_dropped_poison_does_not_block_either() {
    let log = Log::default();
    let webhook = open()
        .options(ReceiveOptions::new().attempts(2).drop_dead_letters())
        .handler(noting(&log));
    let poison = message("3EB01", "poison").to_string();
    assert_eq!(
        [
            post(&webhook, poison.clone()).await,
            post(&webhook, poison.clone()).await,
            post(&webhook, poison).await
        ],
        [500, 200, 200]
    );
    assert_eq!(log.noted(), ["poison", "poison"]);
}

#[tokio::test]
async fn failures_are_counted_for_each_notification() {
    let (log, letters) = (Log::default(), Log::default());
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .attempts(2)
                .dead_letter(letters.keep()),
        )
        .handler(noting(&log));
    let bodies = [1, 2].map(|instance| message_to(instance, "3EB01", "poison").to_string());
    for status in [500, 200] {
        for body in &bodies {
            assert_eq!(post(&webhook, body.clone()).await, status);
        }
    }
    assert_eq!(letters.noted(), bodies);
    // What was handled in the end has all its attempts when it comes once more.
    let recovering = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&recovering);
    let webhook = open()
        .options(ReceiveOptions::new().attempts(2))
        .handler(move |received| {
            let fails = calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            assert_eq!(received.attempt(), if fails { 1 } else { 2 });
            async move { if fails { Err("not yet") } else { Ok(()) } }
        });
    for status in [500, 200, 500, 200] {
        assert_eq!(post(&webhook, bodies[0].clone()).await, status);
    }
}
