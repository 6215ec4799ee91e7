//! Many instances in one process: 300 of them, two broken, ten that come and go. The server is another process, so that the figures are the bot's.
//!
//! `cargo test -p green-api-bot --all-features --test tenants -- --ignored --nocapture` prints them; the ordinary run has thirty.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use green_api::{Client, Credentials, InstanceId};
use green_api_bot::extract::Text;
use green_api_bot::filter::text;
use green_api_bot::{Bot, BotEvent, BoxError, Chat, Instances, Store};
use green_api_sandbox::Sandbox;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use tokio::sync::oneshot;

/// Set in the process that is the server: how many instances it has.
const SERVER: &str = "GREEN_API_BOT_TENANTS";
const FIRST: u64 = 7_103_000_001;
const CUSTOMER: &str = "+44 7700 900145";
const BROKEN: u64 = 2;

fn main() {
    if let Ok(instances) = std::env::var(SERVER) {
        server(instances.parse().unwrap());
        return;
    }
    let trial = |name, instances, idle| {
        Trial::test(name, move || {
            tenants(instances, idle).map_err(|error| Failed::from(error.to_string()))
        })
    };
    let trials = vec![
        trial("thirty_instances", 30, Duration::from_secs(1)),
        trial("three_hundred_instances", 300, Duration::from_secs(30)).with_ignored_flag(true),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn token(number: u64) -> String {
    format!("token{number:028}")
}

fn phone(number: u64) -> String {
    (447_700_100_000 + number).to_string()
}

/// The server. A line of two numbers makes a customer write to the instances from one to the other, and is answered when all have.
#[tokio::main]
async fn server(instances: u64) {
    let mut builder = Sandbox::builder()
        .delivery_time(Duration::ZERO)
        .sending_delay(Duration::ZERO)
        .restart_time(Duration::ZERO);
    for number in 0..instances {
        builder = builder
            .instance(FIRST + number, token(number))
            .settings(json!({
                "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "pollMessageWebhook": "yes",
                "incomingCallWebhook": "yes", "stateWebhook": "yes",
            }))
            .linked_to(&phone(number));
    }
    let sandbox = builder.start().await.unwrap();
    println!("{}", sandbox.url());
    let customer = sandbox.phone(CUSTOMER);
    let (lines, mut line) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for text in std::io::stdin().lines().map_while(Result::ok) {
            let _ = lines.send(text);
        }
    });
    while let Some(text) = line.recv().await {
        let (from, to) = text.split_once(' ').unwrap();
        let asked: Vec<String> = (from.parse().unwrap()..to.parse().unwrap())
            .map(phone)
            .collect();
        let answers = |chat: &String| {
            customer
                .messages(chat)
                .iter()
                .filter(|message| !message.outgoing)
                .count()
        };
        let before: Vec<usize> = asked.iter().map(answers).collect();
        for chat in &asked {
            customer.send_text(chat, "hello");
        }
        while !asked
            .iter()
            .zip(&before)
            .all(|(chat, before)| answers(chat) > *before)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        println!("answered");
    }
}

struct Server {
    process: Child,
    says: BufReader<ChildStdout>,
    hears: ChildStdin,
    url: String,
}

impl Server {
    fn start(instances: u64) -> Result<Self, BoxError> {
        let mut process = Command::new(std::env::current_exe()?)
            .env(SERVER, instances.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut says = BufReader::new(process.stdout.take().ok_or("no stdout")?);
        let hears = process.stdin.take().ok_or("no stdin")?;
        let mut url = String::new();
        says.read_line(&mut url)?;
        let url = url.trim().to_owned();
        Ok(Self {
            process,
            says,
            hears,
            url,
        })
    }

    /// Has the customer write to these instances, and returns how long it took until all had answered.
    fn ask(&mut self, from: u64, to: u64) -> Result<Duration, BoxError> {
        let begun = Instant::now();
        writeln!(self.hears, "{from} {to}")?;
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        match line.trim() {
            "answered" => Ok(begun.elapsed()),
            _ => Err("the server is gone".into()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Bytes of this process in memory, and the time it has computed; nothing where there is no `/proc`.
fn used() -> (u64, Duration) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0_u64);
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.rsplit(") ").next().map(|rest| {
        let fields = rest.split(' ').skip(11).take(2);
        fields
            .filter_map(|field| field.parse::<u64>().ok())
            .sum::<u64>()
    });
    (
        kilobytes * 1_024,
        Duration::from_millis(ticks.unwrap_or_default() * 10),
    )
}

#[tokio::main]
async fn tenants(all: u64, idle: Duration) -> Result<(), BoxError> {
    const COME: u64 = 10;

    let mut server = tokio::task::block_in_place(|| Server::start(all + COME))?;
    let folder = tempfile::tempdir()?;
    let client = Client::new()?;
    let instance = |number: u64, token: &str| -> Result<_, BoxError> {
        let id = (FIRST + number).to_string();
        Ok(client.instance(Credentials::new(&server.url, &id, token)?))
    };
    let (before, _) = used();
    let instances = Instances::new();
    let broken = Arc::new(Mutex::new(Vec::new()));
    for number in 0..all {
        let token = if number < BROKEN {
            "wrong".to_owned()
        } else {
            token(number)
        };
        instances.add(instance(number, &token)?);
    }
    let told = Arc::clone(&broken);
    let bot = Bot::new(Store::sqlite(folder.path().join("bot.db")).await?)
        .route(text(), async |chat: Chat, Text(text): Text| {
            chat.reply(format!("You said: {text}"))
        })
        .instances(&instances)
        .on_event(move |event| {
            if let BotEvent::Broken { instance, .. } = event {
                told.lock().unwrap().push(instance.get());
            }
        });
    let coming: Result<Vec<_>, _> = (all..all + COME)
        .map(|number| instance(number, &token(number)))
        .collect();
    let coming = coming?;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));

    let first = tokio::task::block_in_place(|| server.ask(BROKEN, all))?;
    // The journal's settings are looked at now and then; what is idle is measured when it is quiet.
    tokio::time::sleep(idle / 3).await;
    let (_, cpu_before) = used();
    tokio::time::sleep(idle).await;
    let (memory, cpu) = used();
    for one in coming {
        instances.add(one);
    }
    for number in BROKEN..BROKEN + COME {
        instances.remove(InstanceId::try_from(i64::try_from(FIRST + number)?)?);
    }
    let second = tokio::task::block_in_place(|| server.ask(BROKEN + COME, all + COME))?;
    let mut told = broken.lock().unwrap().clone();
    told.sort_unstable();
    let expected: Vec<i64> = (0..BROKEN)
        .map(|number| (FIRST + number).cast_signed())
        .collect();
    assert_eq!(told, expected, "each broken instance is told once");
    println!(
        "{all} instances, {BROKEN} of them broken: all asked at once and answered in {first:?}; {} kB in memory for each; {:.2} % of a processor when \
         idle; {COME} came and {COME} went, and all answered in {second:?}",
        memory.saturating_sub(before) / 1_024 / all,
        (cpu - cpu_before).as_secs_f64() / idle.as_secs_f64() * 100.0,
    );
    drop(stop);
    running.await??;
    Ok(())
}
