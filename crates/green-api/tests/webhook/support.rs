//! Requests to an endpoint without a network, and a record of what became of them.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use green_api::types::Notification;
use green_api::webhook::{Authorization, WebhookBuilder, WebhookToken};
use green_api::{DeadLetter, InstanceId, Received, Webhook};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub const AT_MOST: Duration = Duration::from_secs(20);
/// Long enough for whatever should not happen to happen.
pub const A_MOMENT: Duration = Duration::from_millis(50);

pub fn id(id: i64) -> InstanceId {
    InstanceId::try_from(id).unwrap()
}

pub fn token(text: &str) -> WebhookToken {
    text.parse().unwrap()
}

/// A message to the instance 7103000001.
pub fn message(id_message: &str, text: &str) -> Value {
    message_to(7_103_000_001, id_message, text)
}

pub fn message_to(instance: i64, id_message: &str, text: &str) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": instance, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": id_message,
        "senderData": {"chatId": "447700900145@c.us", "sender": "447700900145@c.us", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
    })
}

/// The text of a message, or the kind of what is none.
pub fn text(notification: &Notification) -> String {
    match notification {
        Notification::IncomingMessageReceived(message) => {
            message.text().expect("it is a text").to_owned()
        }
        other => other.kind().to_owned(),
    }
}

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    pub fn noted(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// A `dead_letter` callback that notes what is in the letters.
    pub fn keep(
        &self,
    ) -> impl Fn(DeadLetter) -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
        let log = self.clone();
        move |letter| {
            log.note(letter.text());
            std::future::ready(Ok(()))
        }
    }
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
        let text = text(&received.notification);
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

/// Posts a body, and gives the status.
pub async fn post(webhook: &Webhook, body: impl Into<Body>) -> u16 {
    send(webhook, Request::post("/").body(body.into()).unwrap())
        .await
        .status
        .as_u16()
}

/// The same with a header `Authorization`.
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
