//! Notifications posted to a `webhookUrl`.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use common::{Setup, setup, setup_with};
use green_api_sandbox::{Sandbox, WebhookOutcome};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// An endpoint that answers with the statuses it was told, then with 200, and keeps what it got.
#[derive(Clone, Default)]
struct Endpoint {
    url: String,
    answers: Arc<Mutex<Vec<u16>>>,
    got: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Endpoint {
    async fn answering(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let answers = statuses.iter().rev().copied().collect();
        let endpoint = Self {
            url,
            answers: Arc::new(Mutex::new(answers)),
            got: Arc::default(),
        };
        let router = Router::new()
            .route("/hook", axum::routing::post(take))
            .with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        endpoint
    }

    /// The numbers of the notifications that arrived, in order.
    fn numbers(&self) -> Vec<u64> {
        self.got
            .lock()
            .unwrap()
            .iter()
            .map(|(_, body)| body["number"].as_u64().unwrap())
            .collect()
    }
}

async fn take(Shared(endpoint): Shared<Endpoint>, headers: HeaderMap, body: Bytes) -> StatusCode {
    endpoint
        .got
        .lock()
        .unwrap()
        .push((headers, serde_json::from_slice(&body).unwrap()));
    let status = endpoint.answers.lock().unwrap().pop().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

fn notify(setup: &Setup, number: u64) -> u64 {
    setup
        .sandbox
        .instance()
        .notify(&json!({ "typeWebhook": "test", "number": number }))
}

/// Waits for the `number`th attempt and tells its outcome.
async fn outcome(setup: &Setup, number: usize) -> WebhookOutcome {
    let instance = setup.sandbox.instance();
    instance.wait_for_webhook_deliveries(number).await;
    instance.webhook_deliveries()[number - 1].outcome.clone()
}

#[tokio::test]
async fn notifications_are_posted_in_order_as_bare_bodies() {
    let (setup, endpoint) = (setup().await, Endpoint::answering(&[]).await);
    notify(&setup, 1);
    setup.set(json!({ "webhookUrl": endpoint.url })).await;
    notify(&setup, 2);
    notify(&setup, 3);
    setup
        .sandbox
        .instance()
        .wait_for_webhook_deliveries(3)
        .await;
    assert_eq!(endpoint.numbers(), [1, 2, 3]);
    let (headers, body) = endpoint.got.lock().unwrap()[0].clone();
    assert_eq!(body, json!({ "typeWebhook": "test", "number": 1 }));
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert!(!headers.contains_key("authorization"));
    assert_eq!(setup.sandbox.instance().pending_notifications(), 0);
}

#[tokio::test]
async fn the_token_becomes_the_authorization_header() {
    for (token, header) in [
        ("secret", "Bearer secret"),
        ("Bearer secret", "Bearer secret"),
        ("Basic c2VjcmV0", "Basic c2VjcmV0"),
    ] {
        let (setup, endpoint) = (setup().await, Endpoint::answering(&[]).await);
        setup
            .set(json!({ "webhookUrl": endpoint.url, "webhookUrlToken": token }))
            .await;
        notify(&setup, 1);
        assert_eq!(outcome(&setup, 1).await, WebhookOutcome::Accepted);
        assert_eq!(endpoint.got.lock().unwrap()[0].0["authorization"], header);
    }
}

#[tokio::test]
async fn what_is_not_answered_200_is_posted_again_after_a_minute_and_holds_up_the_rest() {
    let (setup, endpoint) = (setup().await, Endpoint::answering(&[500, 204, 302]).await);
    setup.set(json!({ "webhookUrl": endpoint.url })).await;
    notify(&setup, 1);
    notify(&setup, 2);
    for (attempt, status) in [(1, 500), (2, 204), (3, 302)] {
        assert_eq!(
            outcome(&setup, attempt).await,
            WebhookOutcome::Refused(status)
        );
        setup.advance(59);
        // An answer from the sandbox: whatever had to happen in these seconds has happened.
        assert_eq!(setup.get("getStateInstance").await.status, 200);
        assert_eq!(endpoint.numbers().len(), attempt);
        setup.advance(1);
    }
    setup
        .sandbox
        .instance()
        .wait_for_webhook_deliveries(5)
        .await;
    assert_eq!(endpoint.numbers(), [1, 1, 1, 1, 2]);
    let receipts: Vec<u64> = setup
        .sandbox
        .instance()
        .webhook_deliveries()
        .iter()
        .map(|delivery| delivery.receipt_id)
        .collect();
    assert_eq!(receipts, [1, 1, 1, 1, 2]);
}

#[tokio::test]
async fn the_pause_can_be_set() {
    let endpoint = Endpoint::answering(&[503]).await;
    let setup = setup_with(Sandbox::builder().webhook_retry(Duration::from_secs(2))).await;
    setup.set(json!({ "webhookUrl": endpoint.url })).await;
    notify(&setup, 1);
    assert_eq!(outcome(&setup, 1).await, WebhookOutcome::Refused(503));
    setup.advance(2);
    assert_eq!(outcome(&setup, 2).await, WebhookOutcome::Accepted);
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_reached_is_tried_again_and_another_address_at_once() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let (setup, endpoint) = (setup().await, Endpoint::answering(&[]).await);
    setup
        .set(json!({ "webhookUrl": format!("http://{address}/secret") }))
        .await;
    notify(&setup, 1);
    let failed = outcome(&setup, 1).await;
    assert!(
        matches!(&failed, WebhookOutcome::Failed(reason) if !reason.contains("secret")),
        "{failed:?}"
    );
    setup.set(json!({ "webhookUrl": endpoint.url })).await;
    assert_eq!(outcome(&setup, 2).await, WebhookOutcome::Accepted);
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_left_after_three_minutes() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup = setup().await;
    setup
        .set(json!({ "webhookUrl": format!("http://{}/", silent.local_addr().unwrap()) }))
        .await;
    notify(&setup, 1);
    let _connection = silent.accept().await.unwrap();
    setup.advance(180);
    assert_eq!(outcome(&setup, 1).await, WebhookOutcome::TimedOut);
    assert_eq!(setup.sandbox.instance().pending_notifications(), 1);
}

#[tokio::test]
async fn after_a_day_it_is_not_posted_any_more() {
    let (setup, endpoint) = (setup().await, Endpoint::answering(&[500]).await);
    setup.set(json!({ "webhookUrl": endpoint.url })).await;
    notify(&setup, 1);
    assert_eq!(outcome(&setup, 1).await, WebhookOutcome::Refused(500));
    setup.advance(24 * 60 * 60);
    notify(&setup, 2);
    assert_eq!(outcome(&setup, 2).await, WebhookOutcome::Accepted);
    assert_eq!(endpoint.numbers(), [1, 2]);
}

#[tokio::test]
async fn without_an_address_the_queue_is_read_again() {
    let (setup, endpoint) = (setup().await, Endpoint::answering(&[500]).await);
    setup.set(json!({ "webhookUrl": endpoint.url })).await;
    notify(&setup, 1);
    assert_eq!(outcome(&setup, 1).await, WebhookOutcome::Refused(500));
    assert_eq!(
        setup.get("receiveNotification").await.refusal(),
        "custom webhook url is set"
    );
    setup.set(json!({ "webhookUrl": "" })).await;
    setup.advance(60);
    assert_eq!(
        setup.get("receiveNotification").await.json()["body"]["number"],
        1
    );
    assert_eq!(endpoint.numbers(), [1]);
}

#[tokio::test]
async fn one_instance_does_not_hold_up_another() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::answering(&[]).await;
    let setup = setup_with(Sandbox::builder().instance(1, "one").instance(2, "two")).await;
    setup
        .set(json!({ "webhookUrl": format!("http://{}/", silent.local_addr().unwrap()) }))
        .await;
    notify(&setup, 1);
    let _connection = silent.accept().await.unwrap();

    let address = format!("{}/waInstance2/setSettings/two", setup.sandbox.url());
    setup
        .send(
            setup
                .request(reqwest::Method::POST, &address)
                .json(&json!({ "webhookUrl": endpoint.url })),
        )
        .await;
    let second = &setup.sandbox.instances()[1];
    second.notify(&json!({ "typeWebhook": "test", "number": 7 }));
    second.wait_for_webhook_deliveries(1).await;
    assert_eq!(endpoint.numbers(), [7]);
}
