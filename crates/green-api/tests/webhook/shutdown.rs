//! The end, in which nothing is torn.

use std::pin::pin;
use std::sync::Arc;

use green_api::ReceiveOptions;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::common::{Log, message, post};
use crate::support::{A_MOMENT, noting, open, soon};

#[tokio::test]
async fn what_is_in_hand_is_finished_and_nothing_else_is_begun() {
    let gate = Arc::new(Semaphore::new(0));
    let (log, opened) = (Log::default(), Arc::clone(&gate));
    let noted = log.clone();
    let webhook = open().handler(move |_| {
        noted.note("begins");
        let (gate, log) = (Arc::clone(&opened), noted.clone());
        async move {
            gate.acquire().await.unwrap().forget();
            log.note("ends");
            Ok::<(), String>(())
        }
    });
    let posts = ["waits", "hangs up"].map(|text| {
        let webhook = webhook.clone();
        tokio::spawn(async move { post(&webhook, message(text, text).to_string()).await })
    });
    while log.noted().len() < 2 {
        tokio::task::yield_now().await;
    }
    let [waits, hangs_up] = posts;
    hangs_up.abort();

    let mut shutdown = pin!(webhook.shutdown());
    assert!(
        timeout(A_MOMENT, &mut shutdown).await.is_err(),
        "it did not wait"
    );
    assert_eq!(
        post(&webhook, message("3EB02", "too late").to_string()).await,
        503
    );
    gate.add_permits(1);
    assert!(
        timeout(A_MOMENT, &mut shutdown).await.is_err(),
        "one is still in hand"
    );
    gate.add_permits(1);
    soon(shutdown).await;
    assert_eq!(soon(waits).await.unwrap(), 200);
    assert_eq!(log.noted(), ["begins", "begins", "ends", "ends"]);
    soon(webhook.shutdown()).await;
}

#[tokio::test]
async fn what_was_settled_is_acknowledged_to_the_last() {
    let log = Log::default();
    let webhook = open()
        .options(ReceiveOptions::new().deduplicate(10))
        .handler(noting(&log));
    assert_eq!(
        post(&webhook, message("3EB01", "Hello").to_string()).await,
        200
    );
    soon(webhook.shutdown()).await;
    assert_eq!(
        post(&webhook, message("3EB01", "Hello").to_string()).await,
        200
    );
    assert_eq!(post(&webhook, "{").await, 503);
}

#[tokio::test]
async fn what_fails_by_the_end_is_not_given_up() {
    let gate = Arc::new(Semaphore::new(0));
    let (log, given_up, opened) = (Log::default(), Log::default(), Arc::clone(&gate));
    let noted = log.clone();
    let webhook = open()
        .options(
            ReceiveOptions::new()
                .attempts(1)
                .dead_letter(given_up.keep()),
        )
        .handler(move |_| {
            noted.note("begins");
            let gate = Arc::clone(&opened);
            async move {
                gate.acquire().await.unwrap().forget();
                Err("the program ends")
            }
        });
    let posting = webhook.clone();
    let posted =
        tokio::spawn(async move { post(&posting, message("3EB01", "Hello").to_string()).await });
    while log.noted().is_empty() {
        tokio::task::yield_now().await;
    }
    let mut shutdown = pin!(webhook.shutdown());
    assert!(
        timeout(A_MOMENT, &mut shutdown).await.is_err(),
        "it did not wait"
    );
    gate.add_permits(1);
    soon(shutdown).await;
    assert_eq!(soon(posted).await.unwrap(), 500);
    assert_eq!(given_up.noted(), [""; 0]);
}
