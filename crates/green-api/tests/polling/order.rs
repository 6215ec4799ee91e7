//! One after the other, acknowledged or given back, and each once if asked for.

use std::pin::pin;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use green_api::ReceiveOptions;
use tokio::time::timeout;

use crate::common::{AT_MOST, Log, message, sandbox, text};
use crate::queue::{A_MOMENT, calls, handle, is_empty, next};
use crate::support::eager;

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
                text(&received),
                receipt.id(),
                received.attempt(),
                received.instance()
            ),
            (number.to_string(), number, 1, Some(instance.id()))
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
    assert_eq!(text(&received), "Hello");
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
    assert_eq!((&*text(&received), received.attempt()), ("Hello", 4));
    receipt.ack().await.unwrap();
    // The next one has all its attempts.
    let (received, _) = next(&mut notifications).await;
    assert_eq!((&*text(&received), received.attempt()), ("Bye", 1));
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
    assert_eq!(text(&received), "Hello");
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
        log.note(text(&received));
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<(), String>(())
        }
    });
    timeout(AT_MOST, handled).await.unwrap().unwrap();
    assert_eq!(log.noted(), ["Hello"]);
    assert_eq!(text(&next(&mut eager(&instance)).await.0), "Bye");

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
    assert_eq!((&*text(&received), received.attempt()), ("Hello", 2));
}
