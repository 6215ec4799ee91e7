//! The server's queue at the other end: it repeats what was not taken, and nothing behind it comes before.

use std::time::Duration;

use axum::Router;
use green_api::types::Notification;
use green_api::webhook::Authorization;
use green_api::{Instance, ReceiveOptions, Webhook};
use green_api_sandbox::{Clock, Instance as Behind, Sandbox, WebhookOutcome};
use serde_json::json;
use tokio::net::TcpListener;

use crate::common::{Log, hard_to_read, message, message_to};
use crate::support::{id, noting, soon, token};
use crate::wire::{self, instance_at};

/// Serves an endpoint for as long as the test runs.
async fn serve(webhook: &Webhook) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router: Router = webhook.clone().into_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A sandbox whose clock stands still, and its first instance from both sides.
async fn sandbox() -> (Sandbox, Behind, Instance) {
    let builder = Sandbox::builder()
        .instance(7_103_000_001, wire::TOKEN)
        .instance(7_103_000_002, "second");
    let sandbox = builder
        .clock(Clock::manual())
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let (behind, instance) = (sandbox.instance(), instance_at(&sandbox.url()));
    (sandbox, behind, instance)
}

/// Sets the address, and lets the restart pass that it means.
async fn point_at(sandbox: &Sandbox, instance: &Instance, url: &str, token: &str) {
    instance
        .set_settings()
        .webhook_url(url)
        .webhook_url_token(token)
        .await
        .unwrap();
    sandbox.clock().advance(Duration::from_secs(10));
}

/// Lets minutes pass until the queue is empty, and gives the statuses that it took.
async fn drained(sandbox: &Sandbox, behind: &Behind) -> Vec<u16> {
    let mut attempts = 0;
    while behind.pending_notifications() > 0 {
        attempts += 1;
        soon(behind.wait_for_webhook_deliveries(attempts)).await;
        if behind.webhook_deliveries()[attempts - 1].outcome != WebhookOutcome::Accepted {
            sandbox.clock().advance(Duration::from_secs(60));
        }
    }
    let outcomes = behind
        .webhook_deliveries()
        .into_iter()
        .map(|delivery| delivery.outcome);
    outcomes
        .map(|outcome| match outcome {
            WebhookOutcome::Accepted => 200,
            WebhookOutcome::Refused(status) => status,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn whatever_is_in_the_queue_the_next_one_is_handled() {
    let (sandbox, behind, instance) = sandbox().await;
    let [malformed, truncated, huge, deep] = hard_to_read();
    behind.notify(&message("3EB01", "Hello"));
    for body in [&malformed, &truncated, &huge, &deep] {
        behind.notify_raw(body.as_str());
        behind.notify(&message("3EB03", "and on"));
    }
    behind.notify(&json!({"typeWebhook": "somethingNew"}));
    behind.notify(&message("3EB04", "poison"));
    behind.notify(&message("3EB05", "Bye"));

    let (log, letters) = (Log::default(), Log::default());
    let webhook = Webhook::builder(token("open-sesame"))
        .options(
            ReceiveOptions::new()
                .attempts(2)
                .dead_letter(letters.keep()),
        )
        .handler(noting(&log));
    point_at(&sandbox, &instance, &serve(&webhook).await, "open-sesame").await;
    let statuses = drained(&sandbox, &behind).await;
    assert_eq!(
        statuses,
        [
            200, 400, 200, 200, 400, 200, 200, 413, 200, 200, 200, 200, 200, 500, 200, 200
        ]
    );
    assert_eq!(
        log.noted(),
        [
            "Hello",
            "and on",
            "and on",
            "and on",
            "deep",
            "and on",
            "somethingNew",
            "poison",
            "poison",
            "Bye"
        ]
    );
    let poison = message("3EB04", "poison").to_string();
    assert!(
        letters.noted() == [&malformed, &truncated, &huge[..16 * 1024 * 1024], &poison],
        "{} letters",
        letters.noted().len()
    );
}

#[tokio::test]
async fn a_wrong_token_keeps_everything_in_the_queue_until_it_is_right() {
    let (sandbox, behind, instance) = sandbox().await;
    let log = Log::default();
    let webhook = Webhook::builder(token("open-sesame")).handler(noting(&log));
    let url = serve(&webhook).await;
    behind.notify(&message("3EB01", "Hello"));
    point_at(&sandbox, &instance, &url, "open-barley").await;
    soon(behind.wait_for_webhook_deliveries(1)).await;
    assert_eq!(
        behind.webhook_deliveries()[0].outcome,
        WebhookOutcome::Refused(401)
    );
    assert!(log.noted().is_empty());
    // The forms in which a token is set.
    for (number, token) in ["open-sesame", "Bearer open-sesame", "Basic open-sesame"]
        .into_iter()
        .enumerate()
    {
        point_at(&sandbox, &instance, &url, token).await;
        behind.notify(&message("3EB02", token));
        while behind.pending_notifications() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(log.noted()[number + 1], token);
    }
    assert_eq!(log.noted().len(), 4);
}

#[tokio::test]
async fn several_instances_share_an_endpoint() {
    let (sandbox, behind, first) = sandbox().await;
    let log = Log::default();
    let noted = log.clone();
    let tokens = [
        (id(7_103_000_001), token("one")),
        (id(7_103_000_002), token("two")),
    ];
    let webhook = Webhook::builder(Authorization::per_instance(tokens))
        .options(ReceiveOptions::new().deduplicate(100))
        .handler(move |received| {
            let Notification::IncomingMessageReceived(_) = &received.notification else {
                panic!("{received:?}")
            };
            noted.note(received.instance().unwrap().to_string());
            async { Ok::<(), String>(()) }
        });
    let url = serve(&webhook).await;
    let credentials = green_api::Credentials::new(&sandbox.url(), "7103000002", "second").unwrap();
    let second = green_api::Client::builder()
        .build()
        .unwrap()
        .instance(credentials);
    point_at(&sandbox, &first, &url, "one").await;
    point_at(&sandbox, &second, &url, "two").await;
    behind.notify(&message("3EB01", "Hello"));
    soon(behind.wait_for_webhook_deliveries(1)).await;
    let other = &sandbox.instances()[1];
    other.notify(&message_to(7_103_000_002, "3EB01", "Hello"));
    soon(other.wait_for_webhook_deliveries(1)).await;
    assert_eq!(log.noted(), ["7103000001", "7103000002"]);
    // One cannot speak for the other.
    other.notify(&message("3EB02", "Hello"));
    soon(other.wait_for_webhook_deliveries(2)).await;
    assert_eq!(
        other.webhook_deliveries()[1].outcome,
        WebhookOutcome::Refused(403)
    );
}

#[tokio::test]
async fn what_comes_during_a_shutdown_comes_to_the_next_process() {
    let (sandbox, behind, instance) = sandbox().await;
    let (before, after) = (Log::default(), Log::default());
    let webhook = Webhook::builder(token("open-sesame")).handler(noting(&before));
    point_at(&sandbox, &instance, &serve(&webhook).await, "open-sesame").await;
    behind.notify(&message("3EB01", "Hello"));
    soon(behind.wait_for_webhook_deliveries(1)).await;
    webhook.shutdown().await;
    behind.notify(&message("3EB02", "Bye"));
    soon(behind.wait_for_webhook_deliveries(2)).await;
    assert_eq!(
        behind.webhook_deliveries()[1].outcome,
        WebhookOutcome::Refused(503)
    );
    let next = Webhook::builder(token("open-sesame")).handler(noting(&after));
    point_at(&sandbox, &instance, &serve(&next).await, "open-sesame").await;
    soon(behind.wait_for_webhook_deliveries(3)).await;
    assert_eq!(
        (before.noted(), after.noted()),
        (vec!["Hello".to_owned()], vec!["Bye".to_owned()])
    );
}
