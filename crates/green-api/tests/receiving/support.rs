//! A server whose answers a test makes up, and what was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use green_api::types::Notification;
use green_api::{Instance, Notifications, ProblemKind, ReceiveOptions, Received};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::wire::instance_at;

pub const AT_MOST: Duration = Duration::from_secs(20);

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

    pub fn count(&self, what: &str) -> usize {
        self.noted()
            .iter()
            .filter(|line| line.contains(what))
            .count()
    }

    /// Options that note every problem: its kind, and its sentence.
    pub fn options(&self) -> ReceiveOptions {
        let log = self.clone();
        ReceiveOptions::new().on_problem(move |problem| {
            let kind = match problem.kind {
                ProblemKind::Receiving { .. } => "Receiving",
                ProblemKind::Deleting { .. } => "Deleting",
                ProblemKind::Unreadable { .. } => "Unreadable",
                ProblemKind::Handling { .. } => "Handling",
                ProblemKind::Blocked { .. } => "Blocked",
                ProblemKind::DeadLetter { .. } => "DeadLetter",
                ProblemKind::NoProgress { .. } => "NoProgress",
                ProblemKind::OtherReceiver { .. } => "OtherReceiver",
                ProblemKind::Recovered { .. } => "Recovered",
                _ => "another",
            };
            log.note(format!("{kind}: {problem}"));
        })
    }
}

/// Answers the operations of one instance.
pub async fn server(
    answer: impl Fn(&str) -> (u16, String) + Clone + Send + Sync + 'static,
) -> Instance {
    let router = Router::new().fallback(async move |request: Request| {
        let operation = request.uri().path().split('/').nth(2).unwrap_or_default();
        let (status, body) = answer(operation);
        let status = StatusCode::from_u16(status).unwrap();
        (status, [("content-type", "application/json")], body)
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    instance_at(&url)
}

/// A server whose queue is this list of answers, whatever is deleted, and whose deletions are answered by the second one; both end with their
/// last one for ever.
pub async fn scripted(
    heads: impl IntoIterator<Item = String>,
    deletions: impl IntoIterator<Item = (u16, &'static str)>,
) -> Instance {
    let heads: Mutex<VecDeque<_>> = Mutex::new(heads.into_iter().collect());
    let deletions: Mutex<VecDeque<_>> = Mutex::new(deletions.into_iter().collect());
    let script = Arc::new((heads, deletions));
    server(move |operation| match operation {
        "receiveNotification" => (200, next(&script.0)),
        _ => {
            let (status, body) = next(&script.1);
            (status, body.to_owned())
        }
    })
    .await
}

fn next<T: Clone>(list: &Mutex<VecDeque<T>>) -> T {
    let mut list = list.lock().unwrap();
    match list.len() {
        1 => list[0].clone(),
        _ => list.pop_front().expect("there is a last one"),
    }
}

pub const REMOVED: (u16, &str) = (200, r#"{"result":true,"reason":""}"#);
pub const NOT_THERE: (u16, &str) = (200, r#"{"result":false,"reason":"not found"}"#);

pub fn head(receipt: u64, text: &str) -> String {
    json!({"receiptId": receipt, "body": message(&format!("3EB0{text}"), text)}).to_string()
}

pub fn empty() -> String {
    "null".to_owned()
}

pub fn message(id: &str, text: &str) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": id,
        "senderData": {"chatId": "447700900145@c.us", "sender": "447700900145@c.us", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
    })
}

pub fn text(received: &Received) -> String {
    match &received.notification {
        Notification::IncomingMessageReceived(message) => message.text().unwrap().to_owned(),
        other => other.kind().to_owned(),
    }
}

/// Polling that waits as good as not after a failure.
pub fn eager(instance: &Instance) -> Notifications {
    instance
        .notifications()
        .backoff(Duration::from_millis(1), Duration::from_millis(4))
}

/// Drives a loop until a condition holds.
pub async fn until<T: std::fmt::Debug>(driven: impl Future<Output = T>, holds: impl Fn() -> bool) {
    let held = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        end = driven => panic!("it ended with {end:?}"),
        () = held => {}
        () = tokio::time::sleep(AT_MOST) => panic!("it did not come about"),
    }
}
