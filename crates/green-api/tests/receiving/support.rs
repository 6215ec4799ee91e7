//! A server whose answers a test makes up, and loops that poll it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use green_api::{Instance, Notifications};
use serde_json::json;
use tokio::net::TcpListener;

use crate::common::{AT_MOST, message};
use crate::wire::instance_at;

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
