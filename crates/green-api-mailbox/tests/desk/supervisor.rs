//! The process that kills: it has the customers, and looks at what the store has in the end.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

#[cfg(feature = "postgres")]
use green_api_mailbox::sqlx::postgres::PgConnection;
use green_api_mailbox::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use green_api_mailbox::sqlx::{self, AssertSqlSafe, Connection as _};
use green_api_sandbox::Sandbox;
use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::worker::{INSTANCE, Orders, TOKEN, takes};

const CUSTOMERS: usize = 50;
/// How long a worker that died keeps others from its chats.
const LEASE: Duration = Duration::from_secs(1);
/// How long the desk may stand still.
const STUCK: Duration = Duration::from_secs(60);

/// What is tried.
#[derive(Clone, Copy)]
pub struct Desk {
    /// How long a message takes at least; at most three times as long.
    unit: Duration,
    /// How many messages a customer writes.
    messages: usize,
    /// One process, killed and started again three times; or else two at once, one of them killed for good.
    in_a_file: bool,
}

impl Desk {
    pub fn short(in_a_file: bool) -> Self {
        Self {
            unit: Duration::from_millis(10),
            messages: 12,
            in_a_file,
        }
    }

    pub fn long(in_a_file: bool) -> Self {
        Self {
            unit: Duration::from_secs(1),
            messages: 20,
            in_a_file,
        }
    }
}

/// A worker, which does not outlive this.
struct Worker(Child);

impl Worker {
    fn start(orders: &Orders) -> Self {
        let mut command = Command::new(env::current_exe().expect("this is a program"));
        orders.give_to(&mut command);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        Self(child.expect("it can be started again"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // SIGKILL; it is gone when this returns.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The shape of a real one, with its place among the others for an id.
fn message(chat: usize, number: usize) -> Value {
    let person = format!("4477009{chat:05}@c.us");
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": INSTANCE, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": format!("{chat}-{number}"),
        "senderData": {"chatId": person, "sender": person, "chatName": "Ann", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Where is my order?"}},
    })
}

pub fn supervise(desk: &Desk) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(run(desk))
}

async fn run(desk: &Desk) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let postgres = env::var("GREEN_API_TEST_POSTGRES").ok();
    let postgres = postgres.filter(|_| cfg!(feature = "postgres"));
    let store = match (desk.in_a_file, postgres) {
        (true, _) => folder.path().join("mailbox.db").display().to_string(),
        (false, Some(url)) => url,
        (false, None) => {
            eprintln!(
                "skipped: two processes on PostgreSQL, since GREEN_API_TEST_POSTGRES is not set or the feature is off"
            );
            return Ok(());
        }
    };
    let sandbox = Sandbox::builder()
        .instance(INSTANCE, TOKEN)
        .rate_limits(false)
        .start()
        .await?;
    let mut orders = Orders {
        store,
        prefix: format!("d{}_{}_", std::process::id(), desk.unit.as_millis()),
        url: sandbox.url(),
        unit: desk.unit,
        lease: LEASE,
    };
    let store = orders.open().await?;
    let inbox = store.inbox();
    let id = match desk.in_a_file {
        true => "INTEGER PRIMARY KEY AUTOINCREMENT",
        false => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    };
    for statement in [
        "CREATE TABLE {p}counter (n BIGINT NOT NULL)",
        "INSERT INTO {p}counter VALUES (0)",
        &format!(
            "CREATE TABLE {{p}}journal (id {id}, chat BIGINT NOT NULL, number BIGINT NOT NULL)"
        ),
    ] {
        sql(&orders, statement).await?;
    }
    // All have written before the desk opens, so that the time is the desk's own.
    for number in 0..desk.messages {
        for chat in 0..CUSTOMERS {
            sandbox.instance().notify(&message(chat, number));
        }
    }
    let busiest = (0..CUSTOMERS)
        .map(|chat| {
            (0..desk.messages)
                .map(|number| takes(desk.unit, chat, number))
                .sum::<Duration>()
        })
        .max()
        .unwrap_or_default();

    let all = CUSTOMERS * desk.messages;
    let begun = Instant::now();
    let mut seed = fastrand::Rng::with_seed(13);
    let mut workers = vec![Worker::start(&orders)];
    if !desk.in_a_file {
        orders.url.clear();
        workers.push(Worker::start(&orders));
    }
    let kills = if desk.in_a_file { 3 } else { 1 };
    for kill in 1..=kills {
        let goal = all * kill / (kills + 1);
        until_done(&inbox, &mut workers, goal).await?;
        thread::sleep(desk.unit * seed.u32(0..100) / 100);
        // The last one, which has the door where there is one alone.
        workers.pop();
        if desk.in_a_file {
            workers.push(Worker::start(&orders));
        }
    }
    until_done(&inbox, &mut workers, all).await?;
    let time = begun.elapsed();
    drop(workers);
    judge(&orders, all).await?;
    let ratio = time.as_secs_f64() / busiest.as_secs_f64();
    println!("{all} messages, {kills} kills, in {time:.1?}: {ratio:.2} of the busiest chat");
    if sandbox.instance().pending_notifications() > 0 {
        return Err("something was left at the server".into());
    }
    // In the short run the disk is what it waits for.
    if desk.unit >= LEASE && ratio > 1.3 {
        return Err(format!("it took {time:?}, and the busiest chat takes {busiest:?}").into());
    }
    Ok(())
}

/// Waits until so many were handled.
async fn until_done(
    inbox: &green_api_mailbox::Inbox,
    workers: &mut [Worker],
    goal: usize,
) -> Result<(), Failed> {
    let mut progress = (0, Instant::now());
    loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let done = inbox.stats().await?.done;
        if done != progress.0 {
            progress = (done, Instant::now());
        }
        for worker in &mut *workers {
            if let Some(status) = worker.0.try_wait()? {
                return Err(format!("the worker ended by itself, with {status}").into());
            }
        }
        if progress.1.elapsed() > STUCK {
            return Err(format!("{done} are done, and nothing happens").into());
        }
        if usize::try_from(done)? >= goal {
            return Ok(());
        }
    }
}

async fn judge(orders: &Orders, all: usize) -> Result<(), Failed> {
    let all = i64::try_from(all)?;
    for (question, expected) in [
        ("SELECT n FROM {p}counter", all),
        ("SELECT COUNT(*) FROM {p}journal", all),
        (
            "SELECT COUNT(*) FROM (SELECT DISTINCT chat, number FROM {p}journal) AS j",
            all,
        ),
        ("SELECT COUNT(*) FROM {p}outbox", all),
        ("SELECT COUNT(*) FROM {p}inbox WHERE state = 2", all),
        (
            "SELECT COUNT(*) FROM {p}journal AS a JOIN {p}journal AS b ON a.chat = b.chat AND a.id < b.id AND a.number > b.number",
            0,
        ),
    ] {
        let found = sql(orders, question).await?;
        if found != Some(expected) {
            return Err(format!("{question}: {found:?} and not {expected}").into());
        }
    }
    Ok(())
}

/// Runs a statement, and returns the first number of its first row.
async fn sql(orders: &Orders, statement: &str) -> Result<Option<i64>, Failed> {
    let statement = AssertSqlSafe(statement.replace("{p}", &orders.prefix));
    #[cfg(feature = "postgres")]
    if orders.is_postgres() {
        let mut connection = PgConnection::connect(&orders.store).await?;
        let found = sqlx::query_scalar(statement);
        return Ok(found.fetch_optional(&mut connection).await?);
    }
    let options = SqliteConnectOptions::new().filename(&orders.store);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let found = sqlx::query_scalar(statement);
    Ok(found.fetch_optional(&mut connection).await?)
}
