//! The program that is killed: it puts in orders, the latest of them anew each time, and sends them.

use std::env;
use std::future::IntoFuture as _;
use std::process::Command;
use std::time::Duration;

use green_api::{ChatId, Client, Credentials, Instance, Pace, RetryPolicy};
use green_api_mailbox::{Journal, Store};
use libtest_mimic::Failed;

use crate::common::open;

pub const IDS: [u64; 3] = [7_103_000_001, 7_103_000_002, 7_103_000_003];
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
/// How many chats each instance writes to.
pub const CHATS: usize = 20;

const URL: &str = "GREEN_API_TESTS_NOTIFIER_URL";
const STORE: &str = "GREEN_API_TESTS_NOTIFIER_STORE";
const PREFIX: &str = "GREEN_API_TESTS_NOTIFIER_PREFIX";
const FROM: &str = "GREEN_API_TESTS_NOTIFIER_FROM";
const NUMBER: &str = "GREEN_API_TESTS_NOTIFIER_NUMBER";

/// What a worker is told by its environment.
pub struct Orders {
    pub url: String,
    /// The path or the address of the store.
    pub store: String,
    pub prefix: String,
    /// The first order that is put in; those before it were put in by others.
    pub from: usize,
    pub number: usize,
}

impl Orders {
    pub fn from_env() -> Option<Self> {
        Some(Self {
            url: env::var(URL).ok()?,
            store: env::var(STORE).ok()?,
            prefix: env::var(PREFIX).ok()?,
            from: env::var(FROM).ok()?.parse().ok()?,
            number: env::var(NUMBER).ok()?.parse().ok()?,
        })
    }

    pub fn give_to(&self, command: &mut Command) {
        command.env(URL, &self.url);
        command.env(STORE, &self.store).env(PREFIX, &self.prefix);
        command.env(FROM, self.from.to_string());
        command.env(NUMBER, self.number.to_string());
    }
}

/// The instance, the recipient and the text of an order. Some are equal to others.
pub fn order(number: usize) -> (usize, String, String) {
    let (instance, chat) = (number % IDS.len(), number / IDS.len() % CHATS);
    let round = number / IDS.len() / CHATS;
    let text = if round % 3 == 2 {
        "Your order is ready".to_owned()
    } else {
        format!("Order {number} is on its way")
    };
    (instance, format!("4477009002{chat:02}"), text)
}

/// Works until it is killed, or nothing waits.
pub async fn work(orders: Orders) -> Result<(), Failed> {
    let store = open(Store::builder(), &orders.store, &orders.prefix);
    let outbox = store.await?.outbox();
    let client = Client::builder()
        .retry(RetryPolicy::never())
        .pace(Pace::off())
        .build()?;
    let instance =
        |id: u64| Ok(client.instance(Credentials::new(&orders.url, &id.to_string(), TOKEN)?));
    let instances: Result<Vec<Instance>, Failed> = IDS.into_iter().map(instance).collect();
    let instances = instances?;
    let put = async {
        for number in orders.from..orders.number {
            let (instance, chat, text) = order(number);
            let chat: ChatId = chat.parse()?;
            outbox
                .put(
                    format!("order-{number}"),
                    instances[instance].send_message(chat, text),
                )
                .await?;
        }
        Ok::<(), Failed>(())
    };
    let work = outbox
        .work(instances.clone())
        .journal(Journal::LongOn)
        .settle_every(Duration::from_millis(200))
        .look_every(Duration::from_secs(2))
        .poll(Duration::from_millis(50));
    let (put, worked) = tokio::join!(put, work.into_future());
    put?;
    Ok(worked?)
}
