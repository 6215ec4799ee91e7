//! The server and its queue: what it shows again, uses again or takes away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use green_api::{Instance, ReceiveOptions};
use serde_json::{Value, json};

use crate::common::{Log, message, sandbox, text};
use crate::support::{NOT_THERE, REMOVED, eager, empty, head, scripted, server, until};
use crate::wire::instance_at;

#[tokio::test]
async fn the_same_receipt_for_ever_is_handled_once() {
    for deletion in [REMOVED, NOT_THERE] {
        let instance = scripted([head(7, "a")], [deletion]).await;
        let (log, problems) = (Log::default(), Log::default());
        let handled = instance
            .notifications()
            .backoff(Duration::from_millis(20), Duration::from_millis(40))
            .options(problems.options())
            .for_each(|received| {
                log.note(text(&received));
                async { Ok::<(), String>(()) }
            });
        until(handled, || problems.count("NoProgress: ") >= 5).await;
        assert_eq!(log.noted(), ["a"], "{deletion:?}");
        let told = problems.noted();
        assert!(
            told.iter().all(|told| told.starts_with(
                "NoProgress: instance 7103000001: the server shows the notification with receipt 7 again"
            )),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn two_that_take_turns_are_handled_once_each() {
    let heads = (0..20).map(|number| head(number % 2, if number % 2 == 0 { "a" } else { "b" }));
    let instance = scripted(heads, [REMOVED]).await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || problems.count("NoProgress: ") >= 10).await;
    assert_eq!(log.noted(), ["a", "b"]);
}

#[tokio::test]
async fn a_receipt_that_is_used_again_is_another_notification() {
    // The answer to the first deletion is lost, though it was carried out; the server begins again with its numbers.
    let lost = (502, "");
    let instance = scripted(
        [head(1, "a"), head(1, "b"), head(1, "c"), empty()],
        [lost, REMOVED],
    )
    .await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || log.noted().len() == 3).await;
    assert_eq!(log.noted(), ["a", "b", "c"]);
    assert_eq!(problems.count("OtherReceiver"), 0, "{:?}", problems.noted());
}

#[tokio::test]
async fn attempts_belong_to_the_content_and_not_to_the_receipt() {
    let instance = scripted([head(1, "a"), head(1, "b"), empty()], [REMOVED]).await;
    let log = Log::default();
    let handled = eager(&instance).for_each(|received| {
        log.note(format!("{} {}", text(&received), received.attempt()));
        let fails = text(&received) == "a";
        async move { if fails { Err("not yet") } else { Ok(()) } }
    });
    until(handled, || log.noted().len() == 2).await;
    assert_eq!(log.noted(), ["a 1", "b 1"]);
}

#[tokio::test]
async fn what_was_gone_when_it_was_to_be_deleted_is_told() {
    let instance = scripted(
        [head(1, "a"), head(2, "b"), head(3, "c"), empty()],
        [NOT_THERE],
    )
    .await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || log.noted().len() == 3).await;
    let told = problems.noted();
    // At most once a minute.
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with(
            "OtherReceiver: instance 7103000001: the notification with receipt 1 disappeared"
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_disappears_while_it_fails_is_told() {
    for after in [empty(), head(2, "b")] {
        let instance = scripted([head(1, "a"), after], [REMOVED]).await;
        let problems = Log::default();
        let handled = eager(&instance)
            .options(problems.options())
            .for_each(|received| {
                let fails = text(&received) == "a";
                async move { if fails { Err("not yet") } else { Ok(()) } }
            });
        until(handled, || problems.count("OtherReceiver: ") == 1).await;
    }
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_not_taken_for_another_receiver() {
    let instance = scripted(
        [head(1, "a"), head(1, "a"), head(2, "b"), empty()],
        [(502, ""), NOT_THERE, REMOVED],
    )
    .await;
    let problems = Log::default();
    let log = Log::default();
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || log.noted().len() == 2).await;
    assert_eq!(problems.count("OtherReceiver"), 0, "{:?}", problems.noted());
    assert_eq!(
        (problems.count("Deleting: "), problems.count("Recovered: ")),
        (1, 1)
    );
}

#[tokio::test]
async fn two_programs_that_poll_one_instance_find_out() {
    let (sandbox, _) = sandbox().await;
    for number in 0..100 {
        sandbox
            .instance()
            .notify(&message(&format!("3EB0{number}"), "a"));
    }
    let problems = Log::default();
    let poll = || {
        let instance = instance_at(&sandbox.url());
        eager(&instance)
            .options(problems.options())
            .for_each(async |_| {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok::<(), String>(())
            })
    };
    let both = async { tokio::join!(poll(), poll()) };
    until(both, || problems.count("OtherReceiver: ") >= 1).await;
}

/// A server that shows receipt 7 for ever, deletes nothing, and writes the notification otherwise each time: with another NUMBER in it, and its
/// fields the other way round.
async fn for_ever(body: Value) -> Instance {
    let shown = Arc::new(AtomicUsize::new(0));
    server(move |operation| {
        if operation != "receiveNotification" {
            return (NOT_THERE.0, NOT_THERE.1.to_owned());
        }
        let number = shown.fetch_add(1, Ordering::Relaxed);
        let mut fields: Vec<_> = body.as_object().unwrap().iter().collect();
        if number.is_multiple_of(2) {
            fields.reverse();
        }
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{name:?}: {value}"));
        let body = Vec::from_iter(fields).join(", ");
        let answer = format!(r#"{{"receiptId": 7, "body": {{{body}}}}}"#);
        (200, answer.replace("NUMBER", &number.to_string()))
    })
    .await
}

/// A file.
fn file(type_message: &str) -> Value {
    let mut file = message("3EB01", "");
    file["messageData"] = json!({
        "typeMessage": type_message,
        "fileMessageData": {"downloadUrl": "https://example.com/a?signature=NUMBER"},
    });
    file
}

/// Something without a message.
fn nameless() -> Value {
    json!({"typeWebhook": "new", "instanceData": {"idInstance": 7_103_000_001_i64}, "number": "NUMBER"})
}

fn state() -> Value {
    json!({"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 7_103_000_001_i64}, "timestamp": 1, "stateInstance": "authorized"})
}

#[tokio::test]
async fn what_is_written_otherwise_each_time_is_handled_once() {
    for body in [file("imageMessage"), state()] {
        let (log, problems) = (Log::default(), Log::default());
        let handled = eager(&for_ever(body.clone()).await)
            .options(problems.options())
            .for_each(|received| {
                log.note(received.notification.kind());
                async { Ok::<(), String>(()) }
            });
        until(handled, || problems.count("NoProgress: ") >= 5).await;
        assert_eq!(log.noted().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn what_may_be_another_one_each_time_is_handled_with_pauses() {
    let numbered = message("3EB0NUMBER", "a");
    // Without its quotation marks it cannot be read.
    let broken = json!({"typeWebhook": {"NUMBER\": x": 1}});
    for body in [file("newMessage"), nameless(), numbered, broken] {
        let (start, log, problems) = (Instant::now(), Log::default(), Log::default());
        let letters = log.clone();
        let options = problems.options().attempts(1).dead_letter(move |letter| {
            letters.note(letter.to_string());
            async { Ok::<(), String>(()) }
        });
        let handled = for_ever(body.clone())
            .await
            .notifications()
            .backoff(Duration::from_millis(20), Duration::from_millis(100))
            .options(options)
            .for_each(|received| {
                log.note(received.notification.kind());
                async { Ok::<(), String>(()) }
            });
        until(handled, || start.elapsed() > Duration::from_secs(1)).await;
        // Fifty milliseconds lie between two of them on average; without pauses there are hundreds.
        let handled = log.noted().len();
        assert!((3..60).contains(&handled), "{body}: {handled}");
        assert!(problems.count("NoProgress: ") > handled / 2, "{body}");
    }
}

#[tokio::test]
async fn what_is_written_otherwise_each_time_is_given_up_as_well() {
    for body in [
        file("imageMessage"),
        file("newMessage"),
        nameless(),
        state(),
    ] {
        let (log, letters) = (Log::default(), Log::default());
        let options = ReceiveOptions::new()
            .attempts(3)
            .dead_letter(letters.keep());
        let handled = eager(&for_ever(body.clone()).await)
            .options(options)
            .for_each(|received| {
                log.note(received.attempt().to_string());
                async { Err::<(), _>("it is poison") }
            });
        until(handled, || !letters.noted().is_empty()).await;
        // What may be another one comes again by now.
        assert_eq!(log.noted()[..3], ["1", "2", "3"], "{body}");
    }
}

#[tokio::test]
async fn a_server_that_begins_again_with_its_numbers_is_not_slowed_down() {
    // A day later, say.
    let heads = (0..20).map(|number| head(number % 10, &number.to_string()));
    let instance = scripted(heads.chain([empty()]), [REMOVED]).await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = instance
        .notifications()
        .backoff(Duration::from_millis(1), Duration::from_secs(60))
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            let last = text(&received) == "9";
            async move {
                if last {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Ok::<(), String>(())
            }
        });
    until(handled, || log.noted().len() == 20).await;
    assert!(problems.noted().is_empty(), "{:?}", problems.noted());
}
