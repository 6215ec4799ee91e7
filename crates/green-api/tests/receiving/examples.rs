//! The examples, word for word: whatever answer is lost, a message is answered at most once.

#[allow(dead_code, reason = "an example has a main function")]
#[path = "../../examples/echo_polling.rs"]
mod echo_polling;
#[allow(dead_code, reason = "an example has a main function")]
#[path = "../../examples/echo_webhook.rs"]
mod echo_webhook;

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use green_api::webhook::Authorization;
use green_api::{Client, Credentials, Instance, Pace, ReceiveOptions, RetryPolicy, Webhook};
use green_api_sandbox::{Fault, Sandbox, State};
use tower::ServiceExt as _;

use crate::common::{Log, message};
use crate::support::{eager, until};
use crate::wire;

/// What can happen to a send, and whether it may have gone.
fn faults() -> Vec<(Fault, bool)> {
    let on = || Fault::on("sendMessage").times(1);
    vec![
        (on().drop_connection(), true),
        (on().truncate(), true),
        (on().garbage(), true),
        (on().status(500), true),
        (on().status(502).html(), true),
        (on().status(504), true),
        (on().status(429), false),
        (on().status(401), false),
        (on().status(466), false),
    ]
}

async fn sandbox() -> (Sandbox, Instance) {
    let (sandbox, _) = crate::common::sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    // The example's own repetition shows as well.
    let policy = RetryPolicy::never();
    let client = Client::builder()
        .retry(policy)
        .pace(Pace::off())
        .build()
        .unwrap();
    let credentials = Credentials::new(&sandbox.url(), "7103000001", wire::TOKEN).unwrap();
    (sandbox, client.instance(credentials))
}

/// How many sends arrived.
fn sends(sandbox: &Sandbox) -> usize {
    sandbox
        .requests()
        .iter()
        .filter(|request| request.operation.as_deref() == Some("sendMessage"))
        .count()
}

fn options(letters: &Log) -> ReceiveOptions {
    let letters = letters.clone();
    ReceiveOptions::new()
        .deduplicate(10_000)
        .dead_letter(move |letter| {
            letters.note(letter.to_string());
            async { Ok::<(), String>(()) }
        })
}

#[tokio::test]
async fn polling_never_answers_twice() {
    for (number, (fault, may_have_gone)) in faults().into_iter().enumerate() {
        let (sandbox, instance) = sandbox().await;
        sandbox.faults().add(fault);
        // The deletion is lost as well.
        sandbox
            .faults()
            .add(Fault::on("deleteNotification").times(2).drop_connection());
        sandbox.instance().notify(&message("3EB01", "Hello"));
        let letters = Log::default();
        let bot = &instance;
        let handled = eager(bot)
            .options(options(&letters))
            .for_each(|received| echo_polling::echo(bot, received));
        until(handled, || sandbox.instance().pending_notifications() == 0).await;
        let sends = sends(&sandbox);
        assert!(!may_have_gone || sends == 1, "{number}: {sends} sends");
        assert!(sends <= 2, "{number}: {sends} sends");
    }
}

#[tokio::test]
async fn an_endpoint_never_answers_twice() {
    for (number, (fault, may_have_gone)) in faults().into_iter().enumerate() {
        let (sandbox, instance) = sandbox().await;
        sandbox.faults().add(fault);
        let letters = Log::default();
        let webhook = Webhook::builder(Authorization::none())
            .options(options(&letters))
            .handler(move |received| {
                let instance = instance.clone();
                async move { echo_webhook::echo(&instance, received).await }
            });
        // The server repeats it, whatever was answered.
        for _ in 0..4 {
            let body = Body::from(message("3EB01", "Hello").to_string());
            let posted = webhook
                .clone()
                .oneshot(Request::post("/").body(body).unwrap());
            let _ = tokio::time::timeout(Duration::from_secs(20), posted)
                .await
                .unwrap();
        }
        let sends = sends(&sandbox);
        assert!(!may_have_gone || sends == 1, "{number}: {sends} sends");
        assert!(sends <= 2, "{number}: {sends} sends");
    }
}

#[test]
fn both_handlers_are_the_same() {
    let handler = |source: &'static str| source.split_once("/// Answers a message").unwrap().1;
    assert_eq!(
        handler(include_str!("../../examples/echo_polling.rs")),
        handler(include_str!("../../examples/echo_webhook.rs"))
    );
}
