//! Long polling: nothing is lost, and nothing blocks the queue.

mod wire;

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use green_api::types::Notification;
use green_api::{
    DeadLetter, ErrorKind, Instance, Notifications, ProblemKind, Receipt, ReceiveOptions, Received,
};
use green_api_sandbox::{Fault, Sandbox};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wire::{Wire, instance_at};

const AT_MOST: Duration = Duration::from_secs(20);
/// Long enough for whatever should not happen to happen.
const A_MOMENT: Duration = Duration::from_millis(100);

/// A sandbox, and an instance in it, both with the same number and token.
async fn sandbox() -> (Sandbox, Instance) {
    let sandbox = Sandbox::builder()
        .instance(7_103_000_001, wire::TOKEN)
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let instance = instance_at(&sandbox.url());
    (sandbox, instance)
}

/// Polling that waits as good as not after a failure.
fn eager(instance: &Instance) -> Notifications {
    instance
        .notifications()
        .backoff(Duration::from_millis(1), Duration::from_millis(4))
}

fn message(id: &str, text: &str) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": id,
        "senderData": {"chatId": "447700900145@c.us", "sender": "447700900145@c.us", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
    })
}

fn text(notification: &Notification) -> &str {
    let Notification::IncomingMessageReceived(message) = notification else {
        panic!("{} was not expected", notification.kind())
    };
    message.text().expect("it is a text")
}

/// The next notification, which must come soon.
async fn next(notifications: &mut Notifications) -> (Received, Receipt) {
    timeout(AT_MOST, notifications.next())
        .await
        .expect("nothing came")
        .expect("it ended")
        .unwrap()
}

/// Texts as they were handled.
type Log = Arc<Mutex<Vec<String>>>;

fn note(log: &Log, what: impl Into<String>) {
    log.lock().unwrap().push(what.into());
}

fn noted(log: &Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

/// Handles notifications until so many have been deleted; those whose text is `poison` fail.
async fn handle(sandbox: &Sandbox, notifications: Notifications, deleted: usize) -> Vec<String> {
    let log = Log::default();
    let handled = notifications.for_each(|received| {
        let notification = &received.notification;
        note(
            &log,
            if matches!(notification, Notification::Unrecognized(_)) {
                notification.kind()
            } else {
                text(notification)
            },
        );
        let poison = noted(&log).last().is_some_and(|text| text == "poison");
        async move { if poison { Err("it is poison") } else { Ok(()) } }
    });
    tokio::select! {
        end = handled => panic!("it ended with {end:?}"),
        () = answered(sandbox, "deleteNotification", deleted) => {}
        () = tokio::time::sleep(AT_MOST) => panic!("only {:?} was handled", noted(&log)),
    }
    noted(&log)
}

/// Waits until an operation has been answered so many times: one that has only arrived could be cancelled still.
async fn answered(sandbox: &Sandbox, operation: &str, times: usize) {
    sandbox.wait_for_calls(operation, times).await;
    let answers = |request: &green_api_sandbox::Request| {
        request.operation.as_deref() == Some(operation) && request.status.is_some()
    };
    while sandbox
        .requests()
        .iter()
        .filter(|request| answers(request))
        .count()
        < times
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn calls(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox
        .requests()
        .iter()
        .filter(|request| request.operation.as_deref() == Some(operation))
        .count()
}

/// Whether the queue is empty, asked past the loop.
async fn is_empty(sandbox: &Sandbox) -> bool {
    sandbox.instance().notify(&json!({"typeWebhook": "theEnd"}));
    let head = instance_at(&sandbox.url())
        .receive_notification()
        .await
        .unwrap()
        .unwrap();
    head.body.kind() == "theEnd"
}

#[tokio::test]
async fn they_come_in_order_and_are_deleted_when_acknowledged() {
    let (sandbox, instance) = sandbox().await;
    let mut notifications = eager(&instance);
    for number in 1..=5 {
        sandbox
            .instance()
            .notify(&message(&format!("3EB0{number}"), &number.to_string()));
    }
    for number in 1..=5 {
        let (received, receipt) = next(&mut notifications).await;
        assert_eq!(
            (
                text(&received.notification),
                receipt.id(),
                received.attempt(),
                received.instance()
            ),
            (&*number.to_string(), number, 1, Some(instance.id()))
        );
        receipt.ack().await.unwrap();
    }
    assert!(is_empty(&sandbox).await);
    assert_eq!(calls(&sandbox, "deleteNotification"), 5);
}

#[tokio::test]
async fn one_that_arrives_later_is_waited_for() {
    let (sandbox, instance) = sandbox().await;
    let mut notifications = eager(&instance);
    let mut first = pin!(notifications.next());
    assert!(timeout(A_MOMENT, &mut first).await.is_err());
    sandbox.instance().notify(&message("3EB01", "Hello"));
    let (received, _) = timeout(AT_MOST, first).await.unwrap().unwrap().unwrap();
    assert_eq!(text(&received.notification), "Hello");
    assert_eq!(
        calls(&sandbox, "receiveNotification"),
        1,
        "it asked without a pause"
    );
}

#[tokio::test]
async fn what_is_refused_or_dropped_comes_again() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let mut notifications = eager(&instance);
    next(&mut notifications).await.1.nack();
    drop(next(&mut notifications).await);
    next(&mut notifications).await.1.nack_because("no reason");
    let (received, receipt) = next(&mut notifications).await;
    assert_eq!(
        (text(&received.notification), received.attempt()),
        ("Hello", 4)
    );
    receipt.ack().await.unwrap();
    // The next one has all its attempts.
    let (received, _) = next(&mut notifications).await;
    assert_eq!(
        (text(&received.notification), received.attempt()),
        ("Bye", 1)
    );
}

#[tokio::test]
async fn the_next_one_waits_for_the_one_in_hand() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "Hello"));
    let mut notifications = eager(&instance);
    let (_, receipt) = next(&mut notifications).await;
    let mut second = pin!(notifications.next());
    assert!(
        timeout(A_MOMENT, &mut second).await.is_err(),
        "two are in hand"
    );
    assert_eq!(calls(&sandbox, "receiveNotification"), 1);
    receipt.nack();
    let (again, _) = timeout(AT_MOST, second).await.unwrap().unwrap().unwrap();
    assert_eq!(again.attempt(), 2);
}

#[tokio::test]
async fn cancelling_loses_nothing() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "Hello"));
    // In the middle of the handler.
    let handling = eager(&instance).for_each(|_| std::future::pending::<Result<(), String>>());
    assert!(timeout(A_MOMENT, handling).await.is_err());
    // With the notification in hand.
    let (received, receipt) = next(&mut eager(&instance)).await;
    // The loop is gone, and its receipt still good.
    assert_eq!(text(&received.notification), "Hello");
    drop(receipt);
    // While it is asked for: nothing is remembered of that.
    let mut notifications = eager(&instance);
    assert!(notifications.next().now_or_never().is_none());
    let (_, receipt) = next(&mut notifications).await;
    drop(notifications);
    receipt.ack().await.unwrap();
    assert!(is_empty(&sandbox).await);
}

#[tokio::test]
async fn stopping_finishes_the_one_in_hand() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let log = Log::default();
    let mut stop = Some(stop);
    let notifications = eager(&instance).until(async { stopped.await.unwrap() });
    let handled = notifications.for_each(|received| {
        stop.take().expect("it was not stopped").send(()).unwrap();
        note(&log, text(&received.notification));
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<(), String>(())
        }
    });
    timeout(AT_MOST, handled).await.unwrap().unwrap();
    assert_eq!(noted(&log), ["Hello"]);
    assert_eq!(
        text(&next(&mut eager(&instance)).await.0.notification),
        "Bye"
    );

    // While nothing is there it stops at once, and for good.
    let mut idle = eager(&instance).until(std::future::ready(()));
    assert!(idle.next().await.is_none());
    assert!(idle.next().await.is_none());
    let task = tokio::spawn(
        eager(&instance)
            .until(std::future::ready(()))
            .for_each(async |_| Ok::<(), String>(())),
    );
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_outage_is_waited_out() {
    let (sandbox, instance) = sandbox().await;
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(6).status(502).html());
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(2).drop_connection());
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(1).truncate());
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(1).status(429));
    sandbox
        .faults()
        .add(Fault::on("deleteNotification").times(1).status(500));
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let problems = Log::default();
    let reported = Arc::clone(&problems);
    let options = ReceiveOptions::new().on_problem(move |problem| {
        note(
            &reported,
            match &problem.kind {
                ProblemKind::Receiving { error } => format!("{:?}", error.kind()),
                ProblemKind::Deleting { error } => format!("deleting: {:?}", error.kind()),
                other => panic!("{other}"),
            },
        );
    });
    let notifications = eager(&instance).options(options);
    // What could not be deleted is not handled again, but deleted the next time.
    assert_eq!(handle(&sandbox, notifications, 3).await, ["Hello", "Bye"]);
    let mut wanted = vec!["Gateway"; 6];
    wanted.extend([
        "ConnectionLost",
        "ConnectionLost",
        "ConnectionLost",
        "RateLimited",
        "deleting: Server",
    ]);
    assert_eq!(noted(&problems), wanted);
    assert!(is_empty(&sandbox).await);
}

#[tokio::test]
async fn an_acknowledgement_that_failed_is_made_up_for() {
    let (sandbox, instance) = sandbox().await;
    sandbox
        .faults()
        .add(Fault::on("deleteNotification").times(2).status(500));
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let mut notifications = eager(&instance);
    let error = next(&mut notifications).await.1.ack().await.unwrap_err();
    assert_eq!(
        (error.operation(), error.kind()),
        ("deleteNotification", ErrorKind::Server)
    );
    let (received, _) = next(&mut notifications).await;
    assert_eq!(
        (
            text(&received.notification),
            calls(&sandbox, "deleteNotification")
        ),
        ("Bye", 3)
    );
}

#[tokio::test]
async fn what_waiting_does_not_mend_is_given_and_ends_it() {
    let (sandbox, instance) = sandbox().await;
    instance
        .set_settings()
        .webhook_url("https://hooks.example.com/")
        .await
        .unwrap();
    sandbox.clock().advance(Duration::from_secs(60));
    let mut notifications = eager(&instance);
    let error = timeout(AT_MOST, notifications.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WebhookUrlSet);
    assert!(
        error
            .to_string()
            .contains("clear `webhookUrl` with setSettings"),
        "{error}"
    );
    assert!(notifications.next().await.is_none());
    let error = eager(&instance)
        .for_each(async |_| Ok::<(), String>(()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WebhookUrlSet);

    for (status, kind) in [(401, ErrorKind::Unauthorized), (403, ErrorKind::Forbidden)] {
        sandbox.faults().clear();
        sandbox
            .faults()
            .add(Fault::on("receiveNotification").status(status));
        let error = eager(&instance).next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    let error = instance
        .notifications()
        .receive_timeout(Duration::from_secs(61))
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn poison_goes_to_the_dead_letters_and_the_next_one_is_handled() {
    let (sandbox, instance) = sandbox().await;
    for (id, text) in [("3EB01", "Hello"), ("3EB02", "poison"), ("3EB03", "Bye")] {
        sandbox.instance().notify(&message(id, text));
    }
    let letters = Log::default();
    let taken = Arc::clone(&letters);
    let offers = AtomicUsize::new(0);
    let options = ReceiveOptions::new()
        .attempts(3)
        .dead_letter(move |letter| {
            let offer = offers.fetch_add(1, Ordering::Relaxed);
            let DeadLetter::Failed { received, error } = &letter else {
                panic!("{letter:?}")
            };
            note(
                &taken,
                format!(
                    "{} {} {}",
                    text(&received.notification),
                    received.attempt(),
                    error.as_ref().unwrap()
                ),
            );
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
    assert_eq!(noted(&letters), ["poison 3 it is poison"; 2]);
    assert!(is_empty(&sandbox).await);
}

#[tokio::test]
async fn without_dead_letters_poison_does_not_block_either() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "poison"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    assert_eq!(
        handle(
            &sandbox,
            eager(&instance).options(ReceiveOptions::new().attempts(2)),
            2
        )
        .await,
        ["poison", "poison", "Bye"]
    );
}

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
        let taken = Arc::clone(&letters);
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
                note(&taken, String::from_utf8_lossy(raw));
                async { Ok::<(), String>(()) }
            });
        let notifications = eager(&instance).options(options);
        assert_eq!(handle(&sandbox, notifications, 2).await, ["Bye"], "{what}");
        let letters = noted(&letters);
        // What is longer than 16 MiB ends there.
        let kept = &body[..body.len().min(16 * 1024 * 1024)];
        assert!(letters == [kept], "{what}: {} letters", letters.len());
    }
}

#[tokio::test]
async fn whatever_is_in_the_queue_the_next_one_is_handled() {
    let (sandbox, instance) = sandbox().await;
    let deep = format!(
        r#"{{"typeWebhook":"deep","a":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let huge = message("3EB02", &"x".repeat(20 * 1024 * 1024)).to_string();
    let (malformed, truncated) = (
        r#"{"typeWebhook":incoming}"#,
        r#"{"typeWebhook":"incomingMess"#,
    );
    sandbox.instance().notify(&message("3EB01", "Hello"));
    for body in [malformed, truncated, &huge, &deep] {
        sandbox.instance().notify_raw(body);
        sandbox.instance().notify(&message("3EB03", "and on"));
    }
    let mut news = message("3EB04", "poison");
    news["notYetDocumented"] = json!({"a": [1, null]});
    sandbox.instance().notify(&news);
    sandbox.instance().notify(&message("3EB05", "Bye"));
    let letters = Log::default();
    let taken = Arc::clone(&letters);
    let options = ReceiveOptions::new()
        .attempts(2)
        .dead_letter(move |letter| {
            note(&taken, letter.text());
            async { Ok::<(), String>(()) }
        });
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
        kept(2, malformed),
        kept(4, truncated),
        huge,
        news.to_string(),
    ];
    assert!(
        noted(&letters) == wanted,
        "{} letters",
        noted(&letters).len()
    );
    assert!(is_empty(&sandbox).await);
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
    let options = ReceiveOptions::new().on_problem(move |problem| {
        assert!(
            matches!(
                problem.kind,
                ProblemKind::Unreadable {
                    receipt_id: None,
                    ..
                }
            ),
            "{problem}"
        );
        reported.fetch_add(1, Ordering::Relaxed);
    });
    let mut notifications = eager(&instance).options(options);
    for _ in 0..2 {
        let error = notifications.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    }
    assert_eq!(
        text(&next(&mut notifications).await.0.notification),
        "Hello"
    );
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
async fn repeated_ones_are_given_out_once_if_asked_for() {
    let (sandbox, instance) = sandbox().await;
    for (id, text) in [
        ("3EB01", "a"),
        ("3EB01", "a"),
        ("3EB02", "b"),
        ("3EB01", "a"),
        ("3EB03", "c"),
        ("3EB01", "a"),
    ] {
        sandbox.instance().notify(&message(id, text));
    }
    // Two are remembered, so the last one is new again.
    let notifications = eager(&instance).options(ReceiveOptions::new().deduplicate(2));
    assert_eq!(
        handle(&sandbox, notifications, 6).await,
        ["a", "b", "c", "a"]
    );
    assert!(is_empty(&sandbox).await);
}

#[tokio::test]
async fn what_failed_is_not_taken_for_repeated() {
    let (sandbox, instance) = sandbox().await;
    sandbox.instance().notify(&message("3EB01", "Hello"));
    let mut notifications = eager(&instance).options(ReceiveOptions::new().deduplicate(10));
    next(&mut notifications).await.1.nack();
    let (received, _) = next(&mut notifications).await;
    assert_eq!(
        (text(&received.notification), received.attempt()),
        ("Hello", 2)
    );
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
async fn the_time_limit_follows_the_time_that_the_server_waits() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let instance = instance_at(&format!("http://{}", server.local_addr().unwrap()));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let stop = Mutex::new(Some(stop));
    let options = ReceiveOptions::new().on_problem(move |problem| {
        let ProblemKind::Receiving { error } = problem.kind else {
            panic!("{problem}")
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        stop.lock().unwrap().take().unwrap().send(()).unwrap();
    });
    let mut notifications = eager(&instance)
        .receive_timeout(Duration::from_secs(40))
        .options(options)
        .until(async { stopped.await.unwrap() });
    let mut first = pin!(notifications.next());
    let (connection, _) = tokio::select! {
        _ = &mut first => panic!("nothing was answered"),
        connection = server.accept() => connection.unwrap(),
    };
    // The request is under way, and from here on waiting takes no time.
    assert!(timeout(A_MOMENT, &mut first).await.is_err());
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    assert!(first.await.is_none());
    let waited = start.elapsed() + A_MOMENT;
    assert!(
        waited > Duration::from_secs(50) && waited < Duration::from_secs(60),
        "{waited:?}"
    );
    drop(connection);
}

#[tokio::test]
async fn one_connection_is_kept() {
    let (sandbox, _) = sandbox().await;
    for number in 1..=5 {
        sandbox
            .instance()
            .notify(&message(&format!("3EB0{number}"), "Hello"));
    }
    let address = sandbox.url().replace("http://", "");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let instance = instance_at(&format!("http://{}", listener.local_addr().unwrap()));
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let relay = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut server = TcpStream::connect(&address).await.unwrap();
            tokio::spawn(
                async move { tokio::io::copy_bidirectional(&mut client, &mut server).await },
            );
        }
    });
    assert_eq!(handle(&sandbox, eager(&instance), 5).await.len(), 5);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    relay.abort();
}

#[tokio::test]
async fn what_came_is_there_as_it_came_with_what_is_unknown() {
    let (sandbox, instance) = sandbox().await;
    let mut sent = message("3EB01", "Hello");
    sent["senderData"]["mood"] = json!("good");
    sandbox.instance().notify(&sent);
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let told = Log::default();
    let tell = Arc::clone(&told);
    let (letters, kept) = (Log::default(), Log::default());
    let keep = Arc::clone(&letters);
    let options = ReceiveOptions::new()
        .attempts(1)
        .on_drift(move |drift| note(&tell, drift.to_string()))
        .dead_letter(move |letter| {
            note(&keep, letter.text());
            async { Ok::<(), std::io::Error>(()) }
        });
    let mut notifications = eager(&instance).options(options);
    let (received, receipt) = next(&mut notifications).await;
    note(&kept, received.raw().as_str());
    assert_eq!(received.raw().to_value(), sent);
    assert_eq!(
        received.drift().unknown_fields().collect::<Vec<_>>(),
        ["$.senderData.mood"]
    );
    receipt.nack();
    let (received, _) = next(&mut notifications).await;
    assert!(received.drift().is_empty(), "{}", received.drift());
    // The dead letter is what came, to the letter.
    assert_eq!(noted(&letters), noted(&kept));
    let told = noted(&told);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("textMessage")
            && told[0].ends_with("- $.senderData.mood: a field with a text")
            && !told[0].contains("good"),
        "{}",
        told[0]
    );
}
