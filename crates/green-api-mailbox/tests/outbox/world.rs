//! A sandbox and a store.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;
use std::time::Duration;

use green_api::{Client, Credentials, Instance, Pace, RetryPolicy};
use green_api_mailbox::{Journal, Outbox, OutboxWork, Store};
use green_api_sandbox::{Builder, Sandbox};
use serde_json::json;

pub use crate::common::Place;

pub const IDS: [u64; 2] = [7_103_000_001, 7_103_000_002];
const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
pub const PHONES: [&str; 2] = ["447700900123", "447700900124"];
pub const FRIEND: &str = "447700900145";
pub const OTHER: &str = "447700900146";

pub struct World {
    pub sandbox: Sandbox,
    pub store: Store,
    pub outbox: Outbox,
    pub place: Place,
    pub instances: Vec<Instance>,
}

pub fn sandbox(journaled: bool) -> Builder {
    let mut builder = Sandbox::builder()
        .rate_limits(false)
        .restart_time(Duration::ZERO)
        .journal_delay(Duration::ZERO);
    let on = if journaled { "yes" } else { "no" };
    for (id, phone) in IDS.into_iter().zip(PHONES) {
        builder = builder
            .instance(id, TOKEN)
            .settings(json!({"outgoingAPIMessageWebhook": on}))
            .linked_to(phone);
    }
    builder
}

impl World {
    pub async fn new(place: Place) -> Self {
        Self::with(place, sandbox(true)).await
    }

    pub async fn with(place: Place, builder: Builder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let store = place.open().await;
        Self {
            outbox: store.outbox(),
            instances: instances(&sandbox.url()),
            store,
            sandbox,
            place,
        }
    }

    pub fn instance(&self) -> &Instance {
        &self.instances[0]
    }

    pub fn text(&self, text: &str) -> green_api::Request<green_api::endpoints::SendMessage> {
        self.instance()
            .send_message(FRIEND.parse::<green_api::ChatId>().unwrap(), text)
    }

    /// A worker in a hurry.
    pub fn work(&self) -> OutboxWork {
        worker(&self.outbox, &self.instances)
    }

    /// What has come at a phone from the first two instances, in order.
    pub fn arrived(&self, phone: &str) -> Vec<String> {
        arrived(&self.sandbox, phone)
    }
}

pub fn instances(url: &str) -> Vec<Instance> {
    let client = Client::builder()
        .retry(RetryPolicy::never())
        .pace(Pace::off())
        .build()
        .unwrap();
    let instance =
        |id: u64| client.instance(Credentials::new(url, &id.to_string(), TOKEN).unwrap());
    IDS.map(instance).to_vec()
}

pub fn worker(outbox: &Outbox, instances: &[Instance]) -> OutboxWork {
    outbox
        .work(instances.to_vec())
        .poll(Duration::from_millis(20))
        .settle_every(Duration::from_millis(100))
        .look_every(Duration::from_millis(100))
        .journal(Journal::LongOn)
}

/// The texts that came to a phone, each after those before it.
pub fn arrived(sandbox: &Sandbox, phone: &str) -> Vec<String> {
    sandbox.clock().advance(Duration::from_secs(600));
    let phone = sandbox.phone(phone);
    let mut texts = Vec::new();
    for from in PHONES {
        let messages = phone.messages(from).into_iter();
        texts.extend(messages.filter_map(|message| {
            let json = serde_json::to_value(&message.content).unwrap();
            let text = json.pointer("/text").or_else(|| json.pointer("/caption"));
            Some(text?.as_str()?.to_owned())
        }));
    }
    texts
}

pub fn counted(texts: &[String]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for text in texts {
        *counted.entry(text.as_str()).or_default() += 1;
    }
    counted
}

pub async fn age(place: &Place, sandbox: &Sandbox) {
    for statement in [
        "UPDATE {p}outbox SET sending_since = sending_since - 300000, look_at = 0 WHERE state IN (1, 2)",
        "UPDATE {p}lane SET due = 0 WHERE side = 1",
        "UPDATE {p}instance SET journaled_since = journaled_since - 300000",
    ] {
        place.sql(statement).await;
    }
    sandbox.clock().advance(Duration::from_secs(300));
}

/// Works until nothing waits, or fails after a while.
pub async fn emptied(work: OutboxWork) {
    let worked = tokio::time::timeout(Duration::from_secs(60), work.until_empty().into_future());
    worked.await.expect("it does not take so long").unwrap();
}
