//! How fast the mailbox is beside the same without one: run by `cargo xtask bench`. `green-api-throughput NAME COUNT` prints the microseconds of one of
//! so many, or with `memory/…` the bytes that the program takes at most.

use std::future::pending;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use green_api::{BoxError, Client, Credentials, Instance, Pace, Received};
use green_api_mailbox::{Commit, Error, Store, sqlx};
use green_api_sandbox::Sandbox;
use serde_json::json;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::Notify;

const TOKEN: &str = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345";
/// How many chats there are.
const CHATS: u64 = 50;
/// How many rows an old store has on each side.
const OLD: u64 = 1_000_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, count] = &arguments[..] else {
        return println!("run by `cargo xtask bench`");
    };
    let count = count.parse().expect("a number of times");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("mailbox.db");
    if matches!(what.as_str(), "store/old" | "memory/old") {
        grow_old(&path).await.expect("the rows can be written");
        forget_peak();
    }
    let took = match what.as_str() {
        "receive/bare" => received_bare(count).await,
        "receive/inbox" => received(&path, count).await,
        "send/bare" => sent_bare(count).await,
        "send/outbox" => sent(&path, count).await,
        "store/new" | "store/old" => through(&path, count).await,
        "memory/new" | "memory/old" => {
            through(&path, count).await;
            return println!("{}", peak().expect("Linux tells it"));
        }
        other => panic!("there is no {other}"),
    };
    println!("{}", took.as_micros() / u128::from(count));
}

async fn sandbox() -> (Sandbox, Instance) {
    let sandbox = Sandbox::builder()
        .instance(7_103_000_001_u64, TOKEN)
        .settings(json!({"incomingWebhook": "yes", "outgoingAPIMessageWebhook": "yes"}))
        .linked_to("447700900123")
        .rate_limits(false)
        .start()
        .await
        .expect("the sandbox starts");
    let credentials = sandbox.credentials(0);
    let credentials = credentials.pass_to(Credentials::new);
    let client = Client::builder().pace(Pace::off()).build();
    let instance = client
        .expect("TLS can be set up")
        .instance(credentials.expect("they are sound"));
    (sandbox, instance)
}

/// A notification of one of the chats.
fn notification(number: u64) -> serde_json::Value {
    let chat = format!("4477009{:05}@c.us", number % CHATS);
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_795_670_332_u64,
        "idMessage": format!("3EB0{number:016X}"),
        "senderData": {"chatId": chat, "sender": chat, "chatName": "Ada", "senderName": "Ada"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "When will my order come?"}},
    })
}

/// Counts, and tells when it is enough.
#[derive(Clone)]
struct Counter(Arc<(AtomicU64, u64, Notify)>);

impl Counter {
    fn up_to(count: u64) -> Self {
        Self(Arc::new((AtomicU64::new(0), count, Notify::new())))
    }

    fn count(&self) {
        let (counted, enough, reached) = &*self.0;
        if counted.fetch_add(1, Ordering::Relaxed) + 1 == *enough {
            reached.notify_waiters();
            reached.notify_one();
        }
    }

    async fn reached(self) {
        self.0.2.notified().await;
    }
}

async fn received_bare(count: u64) -> Duration {
    let (sandbox, instance) = sandbox().await;
    for number in 0..count {
        sandbox.instance().notify(&notification(number));
    }
    let counter = Counter::up_to(count);
    let start = Instant::now();
    let receiving = instance.notifications().until(counter.clone().reached());
    let handled = receiving
        .for_each(move |_: Received| {
            counter.count();
            async { Ok::<(), BoxError>(()) }
        })
        .await;
    handled.expect("it receives");
    start.elapsed()
}

async fn received(path: &Path, count: u64) -> Duration {
    let (sandbox, instance) = sandbox().await;
    for number in 0..count {
        sandbox.instance().notify(&notification(number));
    }
    let inbox = Store::sqlite(path).await.expect("it opens").inbox();
    let counter = Counter::up_to(count);
    let reached = counter.clone().reached();
    let handler = move |_: Received, _: Commit| {
        counter.count();
        async { Ok::<(), BoxError>(()) }
    };
    let start = Instant::now();
    let work = inbox.work(16, handler).until(reached);
    tokio::select! {
        ended = inbox.receive(&instance).until(pending()).into_future() => ended.expect("it receives"),
        ended = work.into_future() => ended.expect("it works"),
    }
    start.elapsed()
}

async fn sent_bare(count: u64) -> Duration {
    let (_sandbox, instance) = sandbox().await;
    let start = Instant::now();
    for number in 0..count {
        let chat = format!("4477009{:05}@c.us", number % CHATS);
        let chat: green_api::ChatId = chat.parse().expect("it is one");
        let sent = instance.send_message(chat, "Your order has left.").await;
        sent.expect("it is sent").id().expect("it has an id");
    }
    start.elapsed()
}

async fn sent(path: &Path, count: u64) -> Duration {
    let (_sandbox, instance) = sandbox().await;
    let outbox = Store::sqlite(path).await.expect("it opens").outbox();
    let start = Instant::now();
    for number in 0..count {
        let chat = format!("4477009{:05}@c.us", number % CHATS);
        let chat: green_api::ChatId = chat.parse().expect("it is one");
        let request = instance.send_message(chat, "Your order has left.");
        let put = outbox.put(format!("order {number}"), request).await;
        put.expect("it is put in");
    }
    let work = outbox.work([instance]).until_empty();
    work.await.expect("all is sent");
    start.elapsed()
}

/// Puts notifications in without a server, and handles them.
async fn through(path: &Path, count: u64) -> Duration {
    let inbox = Store::sqlite(path).await.expect("it opens").inbox();
    let start = Instant::now();
    for number in 0..count {
        let text = notification(number).to_string();
        let received: Received = serde_json::from_str(&text).expect("it is one");
        inbox.put(&received).await.expect("it is put in");
    }
    let handler = async |_: Received, _: Commit| Ok::<(), BoxError>(());
    let handler = move |received, commit| handler(received, commit);
    let work = inbox.work(16, handler).until_empty();
    work.await.expect("all is handled");
    start.elapsed()
}

/// Writes what a store has after a long time.
async fn grow_old(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    Store::sqlite(path).await.map_err(boxed)?.close().await;
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    // As old as today, so that nothing is pruned meanwhile.
    let insert = "INSERT INTO green_api_inbox (key, instance, chat, kind, state, attempts, received, changed)
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $1)
        SELECT 'old ' || n, 7103000001, '4477009' || printf('%05d', n % 50) || '@c.us', 'incomingMessageReceived', 2, 1, unixepoch() * 1000, unixepoch() * 1000 FROM c";
    let rows = i64::try_from(OLD)?;
    sqlx::query(insert)
        .bind(rows)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

/// Begins to look anew at how much memory is taken at most.
fn forget_peak() {
    // Where that is not possible, the writing of the old rows counts as well.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// Returns how many bytes were taken at most.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024)
}

fn boxed(error: Error) -> Box<dyn std::error::Error> {
    error.into()
}
