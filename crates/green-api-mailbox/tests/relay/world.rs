//! A sandbox with notifications in its queue, and what a stream has of them.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures_util::StreamExt as _;
use green_api::{Client, Credentials, Instance, RetryPolicy};
use green_api_mailbox::JetStreamOptions;
use green_api_sandbox::Sandbox;
use serde_json::{Value, json};

pub const INSTANCE: u64 = 7_103_000_001;
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";

pub async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder()
        .instance(INSTANCE, TOKEN)
        .rate_limits(false)
        .start();
    sandbox.await.expect("there are ports")
}

pub fn instance(url: &str) -> Instance {
    let client = Client::builder().retry(RetryPolicy::never()).build();
    let credentials = Credentials::new(url, &INSTANCE.to_string(), TOKEN);
    client
        .expect("it can be built")
        .instance(credentials.expect("they are well-formed"))
}

/// Options for servers that come and go every moment.
pub fn options() -> JetStreamOptions {
    JetStreamOptions::new()
        .timeout(Duration::from_secs(1))
        .reconnect_delay(Duration::from_millis(100))
}

/// A message of one of eight chats, with a number for an id.
pub fn message(number: usize) -> Value {
    let chat = format!("44770090014{}@c.us", number % 8);
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": INSTANCE, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": number.to_string(),
        "senderData": {"chatId": chat, "sender": chat, "chatName": "Ann", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": format!("This is number {number}")}},
    })
}

/// A message as it stands in the stream.
pub struct Stored {
    pub subject: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Stored {
    pub fn key(&self) -> &str {
        &self.headers["Nats-Msg-Id"]
    }

    pub fn number(&self) -> usize {
        let id = self.body["idMessage"].as_str();
        id.and_then(|id| id.parse().ok()).expect("it has a number")
    }
}

/// Everything in the stream, in its order.
pub async fn stored(context: &Context) -> Vec<Stored> {
    let stream = context.get_stream("GREEN_API").await.expect("it is there");
    let mut left = stream.cached_info().state.messages;
    let config = pull::Config {
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::None,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.expect("it is made");
    let mut messages = consumer.messages().await.expect("it can be read");
    let mut stored = Vec::new();
    while left > 0 {
        let message = messages.next().await.expect("there are more");
        let message = message.expect("it is read");
        let headers = message.headers.clone().unwrap_or_default();
        let value = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        stored.push(Stored {
            subject: message.subject.to_string(),
            headers: headers
                .iter()
                .filter_map(|(name, _)| Some((name.to_string(), value(name.as_ref())?)))
                .collect(),
            body: serde_json::from_slice(&message.payload).expect("it is JSON"),
        });
        left -= 1;
    }
    stored
}

/// Waits until something is so, and fails if it never is.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let patience = Duration::from_secs(60);
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(patience, waiting).await;
    waited.unwrap_or_else(|_| panic!("{what}: not within {patience:?}"));
}
