//! What cannot be handled or read does not block what is behind it.

use std::sync::atomic::{AtomicUsize, Ordering};

use green_api::{DeadLetter, ErrorKind, ReceiveOptions};
use green_api_sandbox::Fault;
use serde_json::{Value, json};

use crate::common::{Log, hard_to_read, message, sandbox, text};
use crate::queue::{handle, is_empty};
use crate::support::eager;

#[tokio::test]
async fn poison_goes_to_the_dead_letters_and_the_next_one_is_handled() {
    let (sandbox, instance) = sandbox().await;
    for (id, text) in [("3EB01", "Hello"), ("3EB02", "poison"), ("3EB03", "Bye")] {
        sandbox.instance().notify(&message(id, text));
    }
    let letters = Log::default();
    let taken = letters.clone();
    let offers = AtomicUsize::new(0);
    let options = ReceiveOptions::new()
        .attempts(3)
        .dead_letter(move |letter| {
            let offer = offers.fetch_add(1, Ordering::Relaxed);
            let DeadLetter::Failed { received, error } = &letter else {
                panic!("{letter:?}")
            };
            taken.note(format!(
                "{} {} {}",
                text(received),
                received.attempt(),
                error.as_ref().unwrap()
            ));
            assert_eq!(
                serde_json::from_str::<Value>(&letter.text()).unwrap(),
                message("3EB02", "poison")
            );
            // The first time there is no room for it.
            async move {
                if offer == 0 {
                    Err("the disk is full")
                } else {
                    Ok(())
                }
            }
        });
    let notifications = eager(&instance).options(options);
    assert_eq!(
        handle(&sandbox, notifications, 3).await,
        ["Hello", "poison", "poison", "poison", "Bye"]
    );
    assert_eq!(letters.noted(), ["poison 3 it is poison"; 2]);
    assert!(is_empty(&sandbox).await);
}

#[tokio::test]
async fn where_dead_letters_are_dropped_poison_does_not_block_either() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "poison"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    assert_eq!(
        handle(
            &sandbox,
            eager(&instance).options(ReceiveOptions::new().attempts(2).drop_dead_letters()),
            2
        )
        .await,
        ["poison", "poison", "Bye"]
    );
}

#[tokio::test]
async fn what_cannot_be_read_goes_to_the_dead_letters_as_it_came() {
    let deep = format!(r#"{{"receiptId":1,"body":{}"#, "[".repeat(100_000));
    let huge = format!(
        r#"{{"receiptId":1,"body":"{}"}}"#,
        "x".repeat(17 * 1024 * 1024)
    );
    let cases = [
        (
            "malformed",
            r#"{"receiptId":1,"body":{"typeWebhook":incoming}}"#.to_owned(),
        ),
        (
            "truncated",
            r#"{"receiptId":1,"body":{"typeWebhook":"incomingMess"#.to_owned(),
        ),
        ("without a body", r#"{"receiptId":1}"#.to_owned()),
        ("deep", deep),
        ("huge", huge),
    ];
    for (what, body) in cases {
        let (sandbox, instance) = sandbox().await;
        sandbox.instance().notify(&message("3EB01", what));
        sandbox.instance().notify(&message("3EB02", "Bye"));
        sandbox
            .faults()
            .add(Fault::on("receiveNotification").times(2).body(body.clone()));
        let letters = Log::default();
        let taken = letters.clone();
        let options = ReceiveOptions::new()
            .attempts(2)
            .dead_letter(move |letter| {
                let DeadLetter::Unreadable { raw, error, .. } = &letter else {
                    panic!("{letter:?}")
                };
                let error = error.downcast_ref::<green_api::Error>().unwrap();
                assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::UnexpectedAnswer | ErrorKind::AnswerTooLong
                    ),
                    "{error}"
                );
                assert!(!format!("{letter:?}").contains("typeWebhook"));
                taken.note(String::from_utf8_lossy(raw));
                async { Ok::<(), String>(()) }
            });
        let notifications = eager(&instance).options(options);
        assert_eq!(handle(&sandbox, notifications, 2).await, ["Bye"], "{what}");
        let letters = letters.noted();
        // What is longer than 16 MiB ends there.
        let kept = &body[..body.len().min(16 * 1024 * 1024)];
        assert!(letters == [kept], "{what}: {} letters", letters.len());
    }
}

#[tokio::test]
async fn whatever_is_in_the_queue_the_next_one_is_handled() {
    let (sandbox, instance) = sandbox().await;
    let [malformed, truncated, huge, deep] = hard_to_read();
    sandbox.instance().notify(&message("3EB01", "Hello"));
    for body in [&malformed, &truncated, &huge, &deep] {
        sandbox.instance().notify_raw(body.as_str());
        sandbox.instance().notify(&message("3EB03", "and on"));
    }
    let mut news = message("3EB04", "poison");
    news["notYetDocumented"] = json!({"a": [1, null]});
    sandbox.instance().notify(&news);
    sandbox.instance().notify(&message("3EB05", "Bye"));
    let letters = Log::default();
    let options = ReceiveOptions::new()
        .attempts(2)
        .dead_letter(letters.keep());
    let notifications = eager(&instance).options(options);
    let handled = handle(&sandbox, notifications, 11).await;
    assert_eq!(
        handled,
        [
            "Hello", "and on", "and on", "and on", "deep", "and on", "poison", "poison", "Bye"
        ]
    );
    // What cannot be read is kept with its envelope; what failed is kept with what this version does not know.
    let kept = |receipt: u64, body: &str| format!(r#"{{"receiptId":{receipt},"body":{body}}}"#);
    let huge = kept(6, &huge)[..16 * 1024 * 1024].to_owned();
    let wanted = [
        kept(2, &malformed),
        kept(4, &truncated),
        huge,
        news.to_string(),
    ];
    assert!(
        letters.noted() == wanted,
        "{} letters",
        letters.noted().len()
    );
    assert!(is_empty(&sandbox).await);
}
