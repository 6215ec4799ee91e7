//! A sandbox to poll, and what has been asked of it.

use std::time::Duration;

use futures_util::StreamExt as _;
use green_api::{Notifications, Receipt, Received};
use green_api_sandbox::Sandbox;
use serde_json::json;
use tokio::time::timeout;

use crate::common::{AT_MOST, Log, text};
use crate::wire::instance_at;

/// Long enough for whatever should not happen to happen.
pub const A_MOMENT: Duration = Duration::from_millis(100);

/// The next notification, which must come soon.
pub async fn next(notifications: &mut Notifications) -> (Received, Receipt) {
    timeout(AT_MOST, notifications.next())
        .await
        .expect("nothing came")
        .expect("it ended")
        .unwrap()
}

/// Handles notifications until so many have been deleted; those whose text is `poison` fail.
pub async fn handle(
    sandbox: &Sandbox,
    notifications: Notifications,
    deleted: usize,
) -> Vec<String> {
    let log = Log::default();
    let handled = notifications.for_each(|received| {
        log.note(text(&received));
        let poison = log.noted().last().is_some_and(|text| text == "poison");
        async move { if poison { Err("it is poison") } else { Ok(()) } }
    });
    tokio::select! {
        end = handled => panic!("it ended with {end:?}"),
        () = answered(sandbox, "deleteNotification", deleted) => {}
        () = tokio::time::sleep(AT_MOST) => panic!("only {:?} was handled", log.noted()),
    }
    log.noted()
}

/// Waits until an operation has been answered so many times: one that has only arrived could be cancelled still.
pub async fn answered(sandbox: &Sandbox, operation: &str, times: usize) {
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

pub fn calls(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox
        .requests()
        .iter()
        .filter(|request| request.operation.as_deref() == Some(operation))
        .count()
}

/// Whether the queue is empty, asked past the loop.
pub async fn is_empty(sandbox: &Sandbox) -> bool {
    sandbox.instance().notify(&json!({"typeWebhook": "theEnd"}));
    let head = instance_at(&sandbox.url())
        .receive_notification()
        .await
        .unwrap()
        .unwrap();
    head.body.kind() == "theEnd"
}
