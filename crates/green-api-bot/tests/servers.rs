//! A bot on PostgreSQL in two processes' worth of workers, and one behind NATS JetStream. Where a server is missing, the test says so.

#![cfg(all(feature = "postgres", feature = "nats"))]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use green_api::{Client, Credentials, Instance};
use green_api_bot::extract::Text;
use green_api_bot::filter::{command, in_dialogue, text, timed_out};
use green_api_bot::{Bot, BoxError, Chat, Dialogue, DialogueState, HandlerResult, Step, Store};
use green_api_mailbox::{JetStreamConsumer, JetStreamOptions, Relay};
use green_api_sandbox::Sandbox;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

type Tested = Result<(), BoxError>;

const BOT: &str = "447700900123";

#[derive(Deserialize, Serialize)]
struct Counting(u32);

impl DialogueState for Counting {
    const NAME: &'static str = "counting";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(600));
}

async fn count(
    chat: Chat,
    Step(Counting(before)): Step<Counting>,
    Text(text): Text,
    dialogue: Dialogue<Counting>,
) -> HandlerResult {
    dialogue.enter(Counting(before + 1));
    chat.reply(format!("{text}: {}", before + 1))
}

fn counter(store: Store) -> Bot {
    Bot::new(store)
        .route(
            command("start"),
            async |chat: Chat, dialogue: Dialogue<Counting>| {
                dialogue.enter(Counting(0));
                chat.reply("0")
            },
        )
        .route(in_dialogue::<Counting>().and(text()), count)
        .route(timed_out::<Counting>(), async |chat: Chat| {
            chat.reply("time is up")
        })
}

async fn sandbox() -> Result<(Sandbox, Instance), BoxError> {
    let sandbox = Sandbox::builder()
        .settings(json!({
            "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "pollMessageWebhook": "yes",
            "incomingCallWebhook": "yes", "stateWebhook": "yes",
        }))
        .linked_to(BOT)
        .delivery_time(Duration::ZERO)
        .sending_delay(Duration::ZERO)
        .rate_limits(false)
        .seed(fastrand::u64(..))
        .start()
        .await?;
    let instance = Client::new()?.instance(sandbox.credentials(0).pass_to(Credentials::new)?);
    Ok((sandbox, instance))
}

/// Talks to the bot from so many phones, and checks that each was answered in order.
async fn talk(sandbox: &Sandbox, phones: u32) -> Tested {
    let phones: Vec<_> = (0..phones)
        .map(|number| sandbox.phone(&format!("+44 7700 9002{number:02}")))
        .collect();
    for phone in &phones {
        phone.send_text(BOT, "/start");
        for word in ["a", "b", "c"] {
            phone.send_text(BOT, word);
        }
    }
    let begun = Instant::now();
    for phone in &phones {
        let answers = || -> Vec<String> {
            let messages = phone
                .messages(BOT)
                .into_iter()
                .filter(|message| !message.outgoing);
            let text = |message: green_api_sandbox::Message| match message.content {
                green_api_sandbox::Content::Text { text, .. } => text,
                other => format!("{other:?}"),
            };
            messages.map(text).collect()
        };
        while answers().len() < 4 && begun.elapsed() < Duration::from_secs(30) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(answers(), ["0", "a: 1", "b: 2", "c: 3"], "{phone:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_dialogues_on_postgres() -> Tested {
    let Ok(url) = std::env::var("GREEN_API_TEST_POSTGRES") else {
        eprintln!("skipped: GREEN_API_TEST_POSTGRES is not set, so PostgreSQL is not tested");
        return Ok(());
    };
    let (sandbox, instance) = sandbox().await?;
    let prefix = format!("bot_{:08x}_", fastrand::u32(..));
    let mut bots = Vec::new();
    for _ in 0..2 {
        let store = Store::builder().prefix(&prefix).postgres(&url).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let bot = counter(store)
            .instance(instance.clone())
            .lease(Duration::from_secs(2));
        bots.push((
            stop,
            tokio::spawn(bot.run_until(async { drop(stopped.await) })),
        ));
    }
    talk(&sandbox, 12).await?;
    // One is killed for good; its chats go on with the other.
    if let Some((_, killed)) = bots.pop() {
        killed.abort();
        let _ = killed.await;
    }
    let phone = sandbox.phone("+44 7700 900200");
    phone.send_text(BOT, "d");
    let begun = Instant::now();
    while phone.messages(BOT).len() < 10 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the other one does not go on"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for (stop, running) in bots {
        drop(stop);
        running.await??;
    }
    Ok(())
}

struct Nats {
    server: Child,
    port: u16,
    /// What it has stored.
    _folder: tempfile::TempDir,
}

impl Nats {
    fn start() -> Result<Option<Self>, BoxError> {
        let Some(program) = std::env::var_os("GREEN_API_TEST_NATS_SERVER") else {
            eprintln!("skipped: GREEN_API_TEST_NATS_SERVER is not set, so JetStream is not tested");
            return Ok(None);
        };
        let folder = tempfile::tempdir()?;
        // Below those that the system gives to whoever asks for any.
        let mut ports = std::iter::repeat_with(|| fastrand::u16(20_000..32_000));
        let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        let port = ports.find(is_free).ok_or("no port is free")?;
        let server = Command::new(program)
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Some(Self {
            server,
            port,
            _folder: folder,
        }))
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Publishes what comes to an instance.
    async fn relay(&self, instance: &Instance) -> Result<JoinHandle<()>, BoxError> {
        let relay = Relay::jetstream(&self.url(), JetStreamOptions::new()).await?;
        let instance = instance.clone();
        Ok(tokio::spawn(
            async move { drop(relay.run(&instance).await) },
        ))
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A bot that reads from JetStream.
struct Counter {
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), green_api_bot::Error>>,
}

impl Counter {
    async fn start(store: Store, instance: Instance, nats: &Nats) -> Result<Self, BoxError> {
        let options = JetStreamOptions::new();
        let consumer = JetStreamConsumer::connect(&nats.url(), "bot", options).await?;
        let (stop, stopped) = oneshot::channel();
        let bot = counter(store).instance(instance).jetstream(consumer);
        let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
        Ok(Self { stop, running })
    }

    async fn stop(self) -> Tested {
        drop(self.stop);
        Ok(self.running.await??)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_reads_from_jetstream() -> Tested {
    let Some(nats) = Nats::start()? else {
        return Ok(());
    };
    let (sandbox, instance) = sandbox().await?;
    let relaying = nats.relay(&instance).await?;
    let bot = Counter::start(Store::in_memory().await?, instance, &nats).await?;
    talk(&sandbox, 4).await?;
    bot.stop().await?;
    relaying.abort();
    Ok(())
}

/// What a process that was killed had in hand comes after half a minute only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_is_stopped_leaves_the_rest_of_jetstream_to_the_next() -> Tested {
    const MESSAGES: u64 = 200;
    let Some(nats) = Nats::start()? else {
        return Ok(());
    };
    let (sandbox, instance) = sandbox().await?;
    let relaying = nats.relay(&instance).await?;
    let phone = sandbox.phone("+44 7700 900145");
    for number in 0..MESSAGES {
        phone.send_text(BOT, number.to_string());
    }
    let deleted = ("deleteNotification".to_owned(), 200);
    while sandbox.answered().get(&deleted) < Some(&MESSAGES) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let folder = tempfile::tempdir()?;
    let store = Store::sqlite(folder.path().join("bot.db")).await?;
    let received = async || -> Result<u64, BoxError> {
        let stats = store.inbox().stats().await?;
        Ok(stats.waiting + stats.done)
    };
    let bot = Counter::start(store.clone(), instance.clone(), &nats).await?;
    while received().await? == 0 {
        tokio::task::yield_now().await;
    }
    bot.stop().await?;
    let before = received().await?;
    assert!(before < MESSAGES, "nothing was left");
    let bot = Counter::start(store.clone(), instance, &nats).await?;
    let begun = Instant::now();
    while received().await? < MESSAGES {
        let waited = begun.elapsed();
        assert!(waited < Duration::from_secs(10), "{before} came before");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bot.stop().await?;
    relaying.abort();
    Ok(())
}
