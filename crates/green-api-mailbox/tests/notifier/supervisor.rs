//! The process that kills: it has the server and the phones.

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use green_api_mailbox::{OutboxState, Store};
use green_api_sandbox::{Fault, Sandbox};
use libtest_mimic::Failed;
use serde_json::json;
use tokio::time::sleep;

use crate::common::Place;
use crate::worker::{CHATS, IDS, Orders, TOKEN, order};

const KILLS: usize = 10;
/// How many orders each worker puts in that are there already.
const AGAIN: usize = 50;
/// How long a worker lives that comes to no goal.
const STILL: Duration = Duration::from_millis(1500);
/// How long everything may take.
const STUCK: Duration = Duration::from_secs(600);
/// More than it takes until a doubt is settled.
const AGE: Duration = Duration::from_secs(300);

fn phone(instance: usize) -> String {
    format!("44770090010{instance}")
}

/// A worker, which does not outlive this.
struct Worker(Child);

impl Worker {
    fn start(orders: &Orders) -> Result<Self, Failed> {
        let mut command = Command::new(std::env::current_exe()?);
        orders.give_to(&mut command);
        Ok(Self(
            command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?,
        ))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // SIGKILL; it is gone when this returns.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Loses answers in every way there is.
fn add_faults(sandbox: &Sandbox, number: usize) {
    // In a long run a chat has more messages, and each doubt holds it up.
    let rare = if number > 1_000 { 4 } else { 1 };
    let send = || Fault::on("sendMessage");
    let faults = sandbox.faults();
    for fault in [
        send().carried_out().no_answer().times(2),
        send().one_in(12 * rare).carried_out().drop_connection(),
        send().one_in(13 * rare).drop_connection(),
        send().one_in(14 * rare).carried_out().reset_connection(),
        send().one_in(15 * rare).reset_connection(),
        send().one_in(16 * rare).carried_out().status(502).html(),
        send().one_in(17 * rare).status(504).html(),
        send().one_in(18 * rare).carried_out().status(500),
        send().one_in(30 * rare).truncate(),
        send().one_in(31 * rare).garbage(),
        send().one_in(60 * rare).status(429),
        send().one_in(20 * rare).delay(Duration::from_millis(30)),
    ] {
        faults.add(fault);
    }
    for operation in ["getSettings", "showMessagesQueue", "getChatHistory"] {
        faults.add(Fault::on(operation).one_in(20).drop_connection());
        faults.add(Fault::on(operation).one_in(21).status(502).html());
        faults.add(Fault::on(operation).one_in(22).truncate());
    }
}

/// Has so many orders sent, and kills the worker again and again.
pub async fn supervise(place: Place, number: usize, journaled: bool) -> Result<(), Failed> {
    let mut builder = Sandbox::builder()
        .rate_limits(false)
        .restart_time(Duration::ZERO);
    let on = if journaled { "yes" } else { "no" };
    for (index, id) in IDS.into_iter().enumerate() {
        let settings =
            json!({"outgoingAPIMessageWebhook": on, "delaySendMessagesMilliseconds": 500});
        builder = builder
            .instance(id, TOKEN)
            .settings(settings)
            .linked_to(&phone(index));
    }
    let sandbox = builder.start().await?;
    add_faults(&sandbox, number);
    let mut orders = Orders {
        url: sandbox.url(),
        store: place.address(),
        prefix: place.prefix().to_owned(),
        from: 0,
        number,
    };
    let store = place.open().await;

    let started = Instant::now();
    let (mut kills, mut chance) = (0, fastrand::Rng::with_seed(number as u64));
    loop {
        let known = count(&place, "TRUE").await?;
        orders.from = known.saturating_sub(AGAIN);
        let mut worker = Worker::start(&orders)?;
        let goal = open_entries(&place, number)
            .await?
            .saturating_sub(chance.usize(1..=number / KILLS));
        let begun = Instant::now();
        loop {
            sleep(Duration::from_millis(20)).await;
            sandbox.clock().advance(Duration::from_secs(5));
            if let Some(status) = worker.0.try_wait()? {
                return Err(format!("the worker ended by itself, with {status}").into());
            }
            let left = open_entries(&place, number).await?;
            // What is left may be doubtful, and needs time that only passes between two workers.
            if (kills < KILLS && left <= goal) || begun.elapsed() > STILL || left == 0 {
                break;
            }
        }
        sleep(Duration::from_micros(chance.u64(0..10_000))).await;
        drop(worker);
        if open_entries(&place, number).await? == 0 {
            break;
        }
        if started.elapsed() > STUCK {
            return Err(format!("{:?} after {kills} kills", store.outbox().stats().await?).into());
        }
        kills += 1;
        age(&place).await;
        sandbox.clock().advance(AGE);
    }
    if kills < KILLS {
        return Err(format!("{kills} kills are not enough to tell").into());
    }
    let parked = judge(&sandbox, &store, number, journaled).await?;
    let doubts = count(&place, "attempts > 1").await?;
    println!(
        "{number} orders, {kills} kills, {doubts} sent again after proof, {parked} parked: 0 missing, 0 twice, in {:.1?}",
        started.elapsed()
    );
    Ok(())
}

/// How many orders are not done.
async fn open_entries(place: &Place, number: usize) -> Result<usize, Failed> {
    Ok(number.saturating_sub(count(place, "state > 2").await?))
}

async fn count(place: &Place, which: &str) -> Result<usize, Failed> {
    let count = format!("SELECT COUNT(*) FROM {{p}}outbox WHERE {which}");
    let count = place.sql(&count).await.unwrap_or_default();
    Ok(usize::try_from(count)?)
}

/// Lets time pass for what is in doubt, while no worker lives.
async fn age(place: &Place) {
    for statement in [
        "UPDATE {p}outbox SET sending_since = sending_since - 300000, absent_since = absent_since - 300000, look_at = 0 WHERE state IN (1, 2)",
        "UPDATE {p}lane SET due = CASE WHEN waiting = 1 THEN 0 ELSE due END, until = 0",
        "UPDATE {p}instance SET journaled_since = journaled_since - 300000, held_until = held_until - 300000",
    ] {
        place.sql(statement).await;
    }
}

/// Compares what came with what was ordered, and returns how many were parked.
async fn judge(
    sandbox: &Sandbox,
    store: &Store,
    number: usize,
    journaled: bool,
) -> Result<usize, Failed> {
    sandbox.clock().advance(Duration::from_secs(24 * 60 * 60));
    let (mut ids, mut parked) = (HashMap::new(), 0);
    for entry in store.outbox().list(None, number, None).await? {
        let id = match entry.state() {
            OutboxState::Sent => entry.message_id().map(|id| id.as_str().to_owned()),
            OutboxState::Parked if entry.is_in_doubt() && !journaled => {
                parked += 1;
                None
            }
            _ => return Err(format!("{entry:?}").into()),
        };
        ids.insert(entry.key().to_owned(), id);
    }
    for instance in 0..IDS.len() {
        for chat in 0..CHATS {
            let recipient = format!("4477009002{chat:02}");
            let mut ordered = Vec::new();
            for number in 0..number {
                let (of, to, text) = order(number);
                if (of, &to) == (instance, &recipient) {
                    let key = format!("order-{number}");
                    let id = ids.get(&key).ok_or_else(|| format!("{key} is unknown"))?;
                    ordered.push((key, text, id.as_deref()));
                }
            }
            let mut came = Vec::new();
            for message in sandbox.phone(&recipient).messages(&phone(instance)) {
                let content = serde_json::to_value(&message.content)?;
                let text = content["text"].as_str().unwrap_or_default();
                came.push((message.id, text.to_owned()));
            }
            compare(&ordered, &came)?;
        }
    }
    Ok(parked)
}

/// Compares the messages of a chat with its orders: each of those that were sent is there under its id, and each that has no id at most once. All of them
/// are in order. Texts do not tell, since some are equal.
fn compare(
    ordered: &[(String, String, Option<&str>)],
    came: &[(String, String)],
) -> Result<(), Failed> {
    let mut came = came.iter();
    let mut in_doubt = Vec::new();
    for (key, text, id) in ordered {
        let Some(id) = id else {
            in_doubt.push(text.as_str());
            continue;
        };
        let mut before = in_doubt.drain(..);
        loop {
            match came.next() {
                Some((came, shown)) if came == id && shown == text => break,
                Some((came, shown)) if came == id => {
                    return Err(format!("{key} is {shown:?} instead of {text:?}").into());
                }
                Some((came, shown)) if !before.any(|text| text == shown) => {
                    return Err(format!(
                        "{shown:?} ({came}) came twice, or too early: before {key} ({id})"
                    )
                    .into());
                }
                Some(_) => {}
                None => return Err(format!("{key} ({id}) is missing").into()),
            }
        }
    }
    let mut rest = in_doubt.into_iter();
    match came.find(|(_, shown)| !rest.any(|text| text == shown)) {
        Some((id, shown)) => Err(format!("{shown:?} ({id}) came twice").into()),
        None => Ok(()),
    }
}

/// Shows each kind of fault to what compares.
pub fn every_fault_is_seen() -> Result<(), Failed> {
    let ordered = [
        ("a", "Ready", None),
        ("b", "On its way", None),
        ("c", "Ready", Some("3")),
        ("d", "Late", Some("4")),
        ("e", "Late", None),
    ]
    .map(|(key, text, id)| (key.to_owned(), text.to_owned(), id));
    for (came, wrong) in [
        ("3 Ready,4 Late", None),
        ("1 Ready,3 Ready,4 Late,5 Late", None),
        ("2 On its way,3 Ready,4 Late", None),
        ("3 Ready", Some("d (4) is missing")),
        ("1 Ready,4 Late", Some("before c (3)")),
        ("1 Ready,2 Ready,3 Ready,4 Late", Some("before c (3)")),
        ("2 On its way,1 Ready,3 Ready,4 Late", Some("before c (3)")),
        ("3 Ready,2 On its way,4 Late", Some("before d (4)")),
        ("3 Ready,4 Late,5 Late,6 Late", Some("(6) came twice")),
        ("3 Late,4 Late", Some("c is \"Late\"")),
    ] {
        let came: Vec<(String, String)> = came
            .split(',')
            .filter_map(|message| message.split_once(' '))
            .map(|(id, text)| (id.to_owned(), text.to_owned()))
            .collect();
        let seen = compare(&ordered, &came).err();
        let seen = seen.map(|failed| failed.message().unwrap_or_default().to_owned());
        match (&seen, wrong) {
            (None, None) => {}
            (Some(seen), Some(wrong)) if seen.contains(wrong) => {}
            _ => return Err(format!("{came:?}: {seen:?} instead of {wrong:?}").into()),
        }
    }
    Ok(())
}
