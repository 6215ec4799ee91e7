//! Messages to the instance 7103000001, and what becomes of them.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api::types::Notification;
use green_api::{DeadLetter, Instance, ProblemKind, ReceiveOptions, Received};
use green_api_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::wire::{self, instance_at};

pub const AT_MOST: Duration = Duration::from_secs(20);

/// A sandbox, and an instance in it, both with the same number and token.
pub async fn sandbox() -> (Sandbox, Instance) {
    let sandbox = Sandbox::builder()
        .instance(7_103_000_001, wire::TOKEN)
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let instance = instance_at(&sandbox.url());
    (sandbox, instance)
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
pub fn text(received: &Received) -> String {
    match &received.notification {
        Notification::IncomingMessageReceived(message) => {
            message.text().expect("it is a text").to_owned()
        }
        other => other.kind().to_owned(),
    }
}

/// What a queue may hold besides messages: malformed, truncated, huge and deep.
pub fn hard_to_read() -> [String; 4] {
    let (opened, closed) = ("[".repeat(100_000), "]".repeat(100_000));
    [
        r#"{"typeWebhook":incoming}"#.to_owned(),
        r#"{"typeWebhook":"incomingMess"#.to_owned(),
        message("3EB02", &"x".repeat(20 * 1024 * 1024)).to_string(),
        format!(r#"{{"typeWebhook":"deep","a":{opened}{closed}}}"#),
    ]
}

/// Posts a body, and gives the status.
#[cfg(feature = "webhook")]
pub async fn post(webhook: &green_api::Webhook, body: impl Into<axum::body::Body>) -> u16 {
    let request = axum::http::Request::post("/").body(body.into()).unwrap();
    let answer = tower::ServiceExt::oneshot(webhook.clone(), request)
        .await
        .unwrap();
    answer.status().as_u16()
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
                ProblemKind::Silence { .. } => "Silence",
                ProblemKind::Recovered { .. } => "Recovered",
                _ => "another",
            };
            log.note(format!("{kind}: {problem}"));
        })
    }
}
