//! The process that kills: it has the queue, and looks at what was written down.

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use green_api::RetryPolicy;
use green_api_sandbox::{Clock, Instance as Behind, Sandbox, WebhookOutcome};
use green_api_tests::{ID_INSTANCE, TOKEN, instance_at};
use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::worker::{Door, Orders, WEBHOOK_TOKEN};

/// How many notifications a worker may handle before it is killed.
const LIFE: std::ops::Range<usize> = 2..45;
/// Some steps of a worker take so many microseconds.
const STEPS: u64 = 10_000;
/// How long a queue may stand still: long enough for a worker to start on a machine that is busy.
const STUCK: Duration = Duration::from_secs(60);

/// The shape of a real one, with a number for an id.
fn message(number: usize) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": number.to_string(),
        "senderData": {"chatId": "447700900145@c.us", "sender": "447700900145@c.us", "chatName": "Ann", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": format!("This is number {number}")}},
    })
}

/// A worker, which does not outlive this.
struct Worker(Child);

impl Worker {
    fn start(orders: &Orders, socket: &TcpListener) -> Self {
        let socket = OwnedFd::from(socket.try_clone().expect("there are descriptors"));
        let mut command = Command::new(env::current_exe().expect("this is a program"));
        orders.give_to(&mut command);
        Self(
            command
                .stdin(Stdio::from(socket))
                .stdout(Stdio::null())
                .spawn()
                .expect("it can be started again"),
        )
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // SIGKILL; it is gone when this returns.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Queues so many notifications, and kills one worker after the other until they are handled.
pub async fn supervise(door: Door, number: usize) -> Result<(), Failed> {
    let id = ID_INSTANCE.parse::<u64>()?;
    let sandbox = Sandbox::builder()
        .instance(id, TOKEN)
        .clock(Clock::manual())
        .rate_limits(false)
        .start()
        .await?;
    let behind = sandbox.instance();
    let socket = TcpListener::bind("127.0.0.1:0")?;
    if let Door::Webhook = door {
        let instance = instance_at(&sandbox.url(), &sandbox.url(), TOKEN, RetryPolicy::never());
        let url = format!("http://{}/hook", socket.local_addr()?);
        instance
            .set_settings()
            .webhook_url(url)
            .webhook_url_token(WEBHOOK_TOKEN)
            .await?;
        sandbox.clock().advance(Duration::from_secs(10));
    }
    for number in 0..number {
        behind.notify(&message(number));
    }

    let started = Instant::now();
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("journal");
    fs::write(&journal, "")?;
    let mut orders = Orders {
        door,
        url: sandbox.url(),
        journal: journal.clone().into(),
        generation: 0,
    };
    let mut chance = fastrand::Rng::with_seed(number as u64);
    tokio::select! {
        () = minutes(&sandbox, &behind) => unreachable!("they pass for ever"),
        killed = async {
            loop {
                let mut worker = Worker::start(&orders, &socket);
                until_left(&behind, &mut worker, chance.usize(LIFE)).await?;
                // Anywhere between two steps of the worker, or in the middle of one.
                tokio::time::sleep(Duration::from_micros(chance.u64(0..STEPS))).await;
                drop(worker);
                if behind.pending_notifications() == 0 {
                    return Ok::<(), Failed>(());
                }
                orders.generation += 1;
            }
        } => killed?,
    }
    let (journal, kills, time) = (
        fs::read_to_string(journal)?,
        orders.generation,
        started.elapsed(),
    );
    judge(&journal, number, kills)?;
    println!(
        "{door:?}: {number} notifications, {kills} kills, {} handled twice, in {time:.1?}",
        entries(&journal).count() - number
    );
    Ok(())
}

/// Waits until the worker has handled so many notifications.
async fn until_left(behind: &Behind, worker: &mut Worker, life: usize) -> Result<(), Failed> {
    let goal = behind.pending_notifications().saturating_sub(life);
    let mut progress = (behind.pending_notifications(), Instant::now());
    loop {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let left = behind.pending_notifications();
        if left != progress.0 {
            progress = (left, Instant::now());
        }
        if let Some(status) = worker.0.try_wait()? {
            return Err(format!("the worker ended by itself, with {status}").into());
        }
        if progress.1.elapsed() > STUCK {
            return Err(format!("{left} are left, and nothing happens").into());
        }
        if left <= goal {
            return Ok(());
        }
    }
}

/// Lets a minute pass whenever the server waits for one.
async fn minutes(sandbox: &Sandbox, behind: &Behind) {
    for deliveries in 1.. {
        behind.wait_for_webhook_deliveries(deliveries).await;
        if behind
            .webhook_deliveries()
            .last()
            .is_some_and(|last| last.outcome != WebhookOutcome::Accepted)
        {
            sandbox.clock().advance(Duration::from_secs(60));
        }
    }
}

/// The generations and numbers that were written down.
fn entries(journal: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    journal.lines().map(|line| {
        let (generation, number) = line.split_once(' ').expect("a line is whole");
        (
            generation.parse().expect("a number"),
            number.parse().expect("a number"),
        )
    })
}

fn judge(journal: &str, number: usize, kills: usize) -> Result<(), Failed> {
    let mut handled = HashSet::new();
    let mut again: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut last = 0;
    for (generation, number) in entries(journal) {
        if number < last {
            return Err(format!("{number} came after {last}").into());
        }
        last = number;
        if !handled.insert(number) {
            again.entry(generation).or_default().push(number);
        }
    }
    let lost: Vec<usize> = (0..number)
        .filter(|number| !handled.contains(number))
        .collect();
    if !lost.is_empty() {
        return Err(format!("{} were lost: {lost:?}", lost.len()).into());
    }
    // Each generation but the first follows one kill.
    if let Some((generation, numbers)) = again
        .iter()
        .find(|(generation, numbers)| **generation == 0 || numbers.len() > 1)
    {
        return Err(format!("kill {generation} made {numbers:?} be handled again").into());
    }
    if kills < number / LIFE.end {
        return Err(format!("{kills} kills are not enough to tell").into());
    }
    Ok(())
}
