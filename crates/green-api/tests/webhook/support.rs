//! Requests to an endpoint without a network.

use std::future::Future;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use green_api::webhook::{Authorization, WebhookBuilder, WebhookToken};
use green_api::{InstanceId, Received, Webhook};
use tower::ServiceExt as _;

use crate::common::{AT_MOST, Log, text};

/// Long enough for whatever should not happen to happen.
pub const A_MOMENT: Duration = Duration::from_millis(50);

pub fn id(id: i64) -> InstanceId {
    InstanceId::try_from(id).unwrap()
}

pub fn token(text: &str) -> WebhookToken {
    text.parse().unwrap()
}

/// An endpoint without a token.
pub fn open() -> WebhookBuilder {
    Webhook::builder(Authorization::none())
}

/// Notes every notification, and fails on those whose text begins with `poison`.
pub fn noting(
    log: &Log,
) -> impl Fn(Received) -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
    let log = log.clone();
    move |received| {
        let text = text(&received);
        log.note(&text);
        std::future::ready(if text.starts_with("poison") {
            Err("it is poison".to_owned())
        } else {
            Ok(())
        })
    }
}

/// What a request was answered with.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

pub async fn send(webhook: &Webhook, request: Request<Body>) -> Answered {
    let (head, body) = webhook.clone().oneshot(request).await.unwrap().into_parts();
    let text = to_bytes(body, 10_000).await.unwrap();
    Answered {
        status: head.status,
        headers: head.headers,
        text: String::from_utf8(text.into()).unwrap(),
    }
}

/// Posts a body with a header `Authorization`, and gives the status.
pub async fn post_as(webhook: &Webhook, authorization: &str, body: impl Into<Body>) -> u16 {
    send(
        webhook,
        Request::post("/")
            .header("authorization", authorization)
            .body(body.into())
            .unwrap(),
    )
    .await
    .status
    .as_u16()
}

pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(AT_MOST, future)
        .await
        .expect("nothing came of it")
}
