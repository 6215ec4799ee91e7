//! The process that kills: it has the server and the phones.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use green_api::{Client, Credentials};
use green_api_bot::Store;
use green_api_mailbox::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use green_api_mailbox::sqlx::{self, SqlitePool};
use green_api_sandbox::{Clock, Fault, Sandbox};
use libtest_mimic::Failed;
use serde_json::json;
use tokio::time::sleep;

use crate::customer::{BOT, Customer};
use crate::worker::{INSTANCE, Orders, TOKEN};

/// How often the phones are looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How often time passes for what is in doubt.
const AGE_EVERY: Duration = Duration::from_millis(200);
/// More than it takes until a doubt is settled.
const AGE: Duration = Duration::from_secs(300);
/// How long everything may take.
const STUCK: Duration = Duration::from_secs(300);

/// Loses answers in every way there is.
fn add_faults(sandbox: &Sandbox) {
    let faults = sandbox.faults();
    for operation in ["sendMessage", "sendInteractiveButtonsReply"] {
        let send = |one_in| Fault::on(operation).one_in(one_in);
        for fault in [
            send(12).carried_out().drop_connection(),
            send(20).carried_out().reset_connection(),
            send(21).carried_out().status(500),
            send(22).carried_out().truncate(),
            send(23).drop_connection(),
            send(24).status(500),
            send(25).status(429),
        ] {
            faults.add(fault);
        }
    }
    for operation in ["receiveNotification", "deleteNotification"] {
        faults.add(Fault::on(operation).one_in(150).status(500));
        faults.add(Fault::on(operation).one_in(151).drop_connection());
        faults.add(
            Fault::on(operation)
                .one_in(152)
                .carried_out()
                .drop_connection(),
        );
    }
    for operation in ["getSettings", "showMessagesQueue", "getChatHistory"] {
        faults.add(Fault::on(operation).one_in(20).drop_connection());
    }
    faults.add(
        Fault::on_notification("incomingMessageReceived")
            .one_in(5)
            .duplicate(),
    );
}

pub fn supervise(customers: usize, kills: usize) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(customers, kills))
}

/// Lets so many people order, and kills the bot again and again.
async fn run(number: usize, kills: usize) -> Result<(), Failed> {
    let sandbox = Sandbox::builder()
        .instance(INSTANCE, TOKEN)
        .settings(json!({
            "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes",
            "pollMessageWebhook": "yes", "incomingCallWebhook": "yes", "stateWebhook": "yes",
        }))
        .linked_to(BOT)
        .clock(Clock::real())
        .delivery_time(Duration::ZERO)
        .sending_delay(Duration::ZERO)
        .rate_limits(false)
        .start()
        .await?;
    let folder = tempfile::tempdir()?;
    let orders = Orders {
        url: sandbox.url(),
        store: folder.path().join("demo.db"),
    };
    let store = Store::sqlite(&orders.store).await?;
    let options = SqliteConnectOptions::new()
        .filename(&orders.store)
        .busy_timeout(Duration::from_secs(30));
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    let mut worker = orders.start()?;
    // What is not in the journal counts as not sent once the journal was seen to be on for five minutes.
    while sqlx::query("SELECT 1 FROM green_api_instance WHERE journaled_since IS NOT NULL")
        .fetch_optional(&pool)
        .await?
        .is_none()
    {
        sleep(LOOK).await;
    }
    age(&sandbox, &pool).await?;
    add_faults(&sandbox);

    let mut customers: Vec<Customer> = (0..number)
        .map(|number| Customer::new(&sandbox, number))
        .collect();
    let all: usize = customers.iter().map(Customer::answers).sum();
    let mut chance = fastrand::Rng::with_seed(number as u64);
    // One in each part of the run.
    let mut kill_at: Vec<usize> = (0..kills)
        .map(|kill| all * kill / kills + chance.usize(1..all / kills))
        .collect();
    let (begun, mut aged, mut doubtful) = (Instant::now(), Instant::now(), HashSet::new());
    loop {
        sleep(LOOK).await;
        let (mut came, mut at_end) = (0, true);
        for customer in &mut customers {
            let (answers, is_at_end) = customer.go_on()?;
            came += answers;
            at_end &= is_at_end;
        }
        if let Some(status) = worker.0.try_wait()? {
            return Err(format!("the bot ended by itself, with {status}").into());
        }
        if kill_at.first().is_some_and(|at| came >= *at) {
            kill_at.remove(0);
            sleep(Duration::from_micros(chance.u64(0..10_000))).await;
            drop(worker);
            worker = orders.start()?;
        }
        if aged.elapsed() > AGE_EVERY {
            aged = Instant::now();
            let sql = "SELECT id FROM green_api_outbox WHERE state = 2";
            let doubts: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&pool).await?;
            if !doubts.is_empty() {
                age(&sandbox, &pool).await?;
            }
            doubtful.extend(doubts);
            is_idle(&sandbox, &store).await?;
        }
        if at_end && is_idle(&sandbox, &store).await? {
            break;
        }
        if begun.elapsed() > STUCK {
            let stats = (store.inbox().stats().await?, store.outbox().stats().await?);
            return Err(format!("{came} of {all} answers came; {stats:?}").into());
        }
    }
    let time = begun.elapsed();
    judge(&sandbox, &mut customers).await?;
    let sql = "SELECT COUNT(*) FROM green_api_outbox WHERE attempts > 1";
    let again: i64 = sqlx::query_scalar(sql).fetch_one(&pool).await?;
    println!(
        "{number} customers, {kills} kills, {all} answers, of which {} were in doubt and {again} sent again after proof: 0 missing, 0 twice, in {time:.1?}",
        doubtful.len()
    );
    Ok(())
}

/// Whether nothing is left to do.
async fn is_idle(sandbox: &Sandbox, store: &Store) -> Result<bool, Failed> {
    // In the order in which a message goes through: what is not seen here yet is seen further on.
    let queued = sandbox.instance().pending_notifications();
    let (inbox, outbox) = (store.inbox().stats().await?, store.outbox().stats().await?);
    if inbox.parked > 0 || outbox.parked > 0 {
        let parked = store.outbox().list(None, 10_000, None).await?;
        let parked = parked.iter().filter(|entry| entry.problem().is_some());
        let parked: Vec<String> = parked.map(|entry| format!("{entry:?}")).collect();
        return Err(format!("something was given up on: {inbox:?}, {parked:#?}").into());
    }
    Ok(queued == 0 && inbox.waiting == 0 && outbox.queued + outbox.sending + outbox.doubtful == 0)
}

/// Lets time pass for what is in doubt.
async fn age(sandbox: &Sandbox, pool: &SqlitePool) -> Result<(), Failed> {
    let sql = "UPDATE green_api_outbox SET sending_since = sending_since - 300000, look_at = 0 WHERE state = 2;
        UPDATE green_api_lane SET due = 0 WHERE side = 1 AND waiting = 1;
        UPDATE green_api_instance SET journaled_since = journaled_since - 300000, held_until = held_until - 300000";
    sqlx::raw_sql(sql).execute(pool).await?;
    sandbox.clock().advance(AGE);
    Ok(())
}

/// Looks whether everything came that should, and nothing else.
async fn judge(sandbox: &Sandbox, customers: &mut [Customer]) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let instance = Client::new()?.instance(Credentials::new(
        &sandbox.url(),
        &INSTANCE.to_string(),
        TOKEN,
    )?);
    for (number, customer) in customers.iter_mut().enumerate() {
        customer.go_on()?;
        let (url, expected) = customer.receipt().ok_or("there is no receipt")?;
        let saved = instance
            .download(url, folder.path().join(number.to_string()))
            .await?;
        let receipt = std::fs::read_to_string(saved.path)?;
        if receipt != expected {
            return Err(format!("the receipt says {receipt:?} and not {expected:?}").into());
        }
    }
    Ok(())
}
