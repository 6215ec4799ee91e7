//! Doors, health, many instances, and the end.

mod instances;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use green_api::webhook::WebhookToken;
use green_api::{Client, Credentials, Instance, Pace};
use green_api_bot::extract::Text;
use green_api_bot::filter::{in_dialogue, text, timed_out};
use green_api_bot::{Bot, BoxError, Chat, Dialogue, DialogueState, Instances, Store};
use green_api_sandbox::{Content, Sandbox};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

type Tested = Result<(), BoxError>;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A sandbox with so many instances, linked to numbers from …900100.
async fn sandbox(instances: u64) -> Result<Sandbox, BoxError> {
    let mut builder = Sandbox::builder()
        .delivery_time(Duration::ZERO)
        .sending_delay(Duration::ZERO)
        .restart_time(Duration::ZERO)
        .webhook_retry(Duration::from_secs(1))
        .rate_limits(false);
    for number in 0..instances {
        builder = builder
            .instance(7_103_000_001 + number, format!("token{number:028}"))
            .settings(json!({
                "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "pollMessageWebhook": "yes",
                "incomingCallWebhook": "yes", "stateWebhook": "yes",
            }))
            .linked_to(&phone(number));
    }
    Ok(builder.start().await?)
}

fn phone(number: u64) -> String {
    (447_700_900_100 + number).to_string()
}

fn client() -> Result<Client, BoxError> {
    Ok(Client::builder().pace(Pace::off()).build()?)
}

fn instance(client: &Client, sandbox: &Sandbox, number: usize) -> Result<Instance, BoxError> {
    Ok(client.instance(sandbox.credentials(number).pass_to(Credentials::new)?))
}

fn echo(store: Store) -> Bot {
    Bot::new(store).route(text(), async |chat: Chat, Text(text): Text| {
        chat.reply(format!("You said: {text}"))
    })
}

/// Writes to an instance, and waits for its answer.
async fn ask(sandbox: &Sandbox, number: u64, text: &str) -> Tested {
    let customer = sandbox.phone("+44 7700 900145");
    let chat = phone(number);
    let before = customer.messages(&chat).len();
    customer.send_text(&chat, text);
    let begun = Instant::now();
    while customer.messages(&chat).len() < before + 2 {
        if begun.elapsed() > Duration::from_secs(20) {
            return Err(format!("{chat} has not answered").into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Has notifications posted to this address.
async fn post_to(instance: &Instance, address: SocketAddr) -> Tested {
    let set = instance.set_settings().webhook_url_token(TOKEN);
    set.webhook_url(format!("http://{address}/webhook")).await?;
    Ok(())
}

/// Runs a bot that listens, and returns where.
fn serve(bot: Bot) -> Result<(SocketAddr, JoinHandle<()>), BoxError> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let running = bot.listen(listener).run_until(std::future::pending());
    Ok((address, tokio::spawn(async { drop(running.await) })))
}

async fn get(address: SocketAddr, path: &str) -> Result<String, BoxError> {
    get_as("localhost", address, path).await
}

async fn get_as(host: &str, address: SocketAddr, path: &str) -> Result<String, BoxError> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_webhook_health_and_metrics_are_served() -> Tested {
    let sandbox = sandbox(1).await?;
    let instance = instance(&client()?, &sandbox, 0)?;
    let store = Store::in_memory().await?;
    let bot = echo(store.clone())
        .instance(instance.clone())
        .webhook(TOKEN.parse::<WebhookToken>()?)
        .metrics(|| "green_api_calls_total 1\n".to_owned());
    let (address, running) = serve(bot)?;
    post_to(&instance, address).await?;
    ask(&sandbox, 0, "hello").await?;
    let health = get(address, "/health").await?;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    assert!(health.contains(r#""instances":1"#), "{health}");
    assert!(
        get(address, "/metrics")
            .await?
            .ends_with("green_api_calls_total 1\n")
    );
    // A web page of another name reads nothing.
    let read = get_as("bot.example.com", address, "/metrics").await?;
    assert!(read.starts_with("HTTP/1.1 403"), "{read}");
    assert!(!read.contains("green_api_calls_total"), "{read}");
    store.close().await;
    assert!(get(address, "/health").await?.starts_with("HTTP/1.1 503"));
    running.abort();
    Ok(())
}

#[derive(Deserialize, Serialize)]
struct Asked;

impl DialogueState for Asked {
    const NAME: &'static str = "asked";
    const TIMEOUT: Option<Duration> = Some(Duration::from_millis(100));
}

/// The server's count of what waits is ten seconds old.
#[tokio::test]
async fn time_outs_come_behind_a_webhook_once_nothing_waits() -> Tested {
    let sandbox = sandbox(1).await?;
    let instance = instance(&client()?, &sandbox, 0)?;
    let bot = Bot::new(Store::in_memory().await?)
        .route(text(), async |chat: Chat, dialogue: Dialogue<Asked>| {
            dialogue.enter(Asked);
            chat.reply("And who are you?")
        })
        .route(timed_out::<Asked>(), async |chat: Chat| {
            chat.reply("Never mind.")
        })
        .instance(instance.clone())
        .webhook(TOKEN.parse::<WebhookToken>()?);
    let begun = Instant::now();
    let (address, running) = serve(bot)?;
    post_to(&instance, address).await?;
    ask(&sandbox, 0, "hello").await?;
    let customer = sandbox.phone("+44 7700 900145");
    while customer.messages(&phone(0)).len() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(10));
    running.abort();
    Ok(())
}

#[derive(Deserialize, Serialize)]
struct Naming;

impl DialogueState for Naming {
    const NAME: &'static str = "naming";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(14));
}

#[tokio::test]
async fn an_answer_that_cannot_be_posted_is_in_time() -> Tested {
    let sandbox = sandbox(1).await?;
    let instance = instance(&client()?, &sandbox, 0)?;
    let bot = Bot::new(Store::in_memory().await?)
        .route(
            in_dialogue::<Naming>().and(text()),
            async |chat: Chat, Text(name): Text, dialogue: Dialogue<Naming>| {
                dialogue.leave();
                chat.reply(format!("Welcome, {name}."))
            },
        )
        .route(text(), async |chat: Chat, dialogue: Dialogue<Naming>| {
            dialogue.enter(Naming);
            chat.reply("And who are you?")
        })
        .route(timed_out::<Naming>(), async |chat: Chat| {
            chat.reply("Never mind.")
        })
        .instance(instance.clone())
        .webhook(TOKEN.parse::<WebhookToken>()?);
    let (address, running) = serve(bot)?;
    post_to(&instance, address).await?;
    ask(&sandbox, 0, "hello").await?;
    // What had come before the start has been counted.
    tokio::time::sleep(Duration::from_secs(11)).await;
    post_to(&instance, "127.0.0.1:9".parse()?).await?;
    let customer = sandbox.phone("+44 7700 900145");
    customer.send_text(&phone(0), "Alice");
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(customer.messages(&phone(0)).len(), 3, "it timed out");
    post_to(&instance, address).await?;
    let begun = Instant::now();
    let answers = || {
        let messages = customer.messages(&phone(0)).into_iter();
        let answers = messages.filter(|message| !message.outgoing);
        answers.map(|message| message.content).collect::<Vec<_>>()
    };
    while answers().len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let last = answers().pop();
    assert!(
        matches!(&last, Some(Content::Text { text, .. }) if text == "Welcome, Alice."),
        "{last:?}"
    );
    running.abort();
    Ok(())
}

#[tokio::test]
async fn half_sent_requests_do_not_keep_others_out() -> Tested {
    let (address, running) = serve(echo(Store::in_memory().await?))?;
    let mut halves = Vec::new();
    for _ in 0..100 {
        let mut half = tokio::net::TcpStream::connect(address).await?;
        half.write_all(b"POST /webhook HTTP/1.1\r\nHost: ").await?;
        halves.push(half);
    }
    let health = tokio::time::timeout(Duration::from_secs(20), get(address, "/health"));
    assert!(health.await??.starts_with("HTTP/1.1 200"));
    let closed = futures_util::future::try_join_all(halves.iter_mut().map(async |half| {
        let mut answer = Vec::new();
        half.read_to_end(&mut answer).await
    }));
    tokio::time::timeout(Duration::from_secs(20), closed).await??;
    running.abort();
    Ok(())
}

#[tokio::test]
async fn a_panic_of_on_event_changes_nothing() -> Tested {
    let sandbox = sandbox(1).await?;
    let told = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&told);
    let instances = Instances::from_iter([instance(&client()?, &sandbox, 0)?]);
    let bot = echo(Store::in_memory().await?)
        .instances(&instances)
        .instances_from(Duration::from_millis(100), || async {
            Err("no answer".into())
        })
        .on_event(move |event| {
            events.lock().unwrap().push(format!("{event:?}"));
            panic!("a mistake in the program");
        });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    ask(&sandbox, 0, "hello").await?;
    while told.lock().unwrap().len() < 3 && !running.is_finished() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ask(&sandbox, 0, "hello again").await?;
    drop(stop);
    running.await??;
    Ok(())
}

#[tokio::test]
async fn what_is_in_hand_is_finished_at_the_end() -> Tested {
    let sandbox = sandbox(1).await?;
    let instance = instance(&client()?, &sandbox, 0)?;
    let (began, begun) = oneshot::channel::<()>();
    let began = Arc::new(Mutex::new(Some(began)));
    let bot = Bot::new(Store::in_memory().await?)
        .data(began)
        .route(text(), slow)
        .instance(instance);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    let customer = sandbox.phone("+44 7700 900145");
    customer.send_text(&phone(0), "hello");
    begun.await?;
    drop(stop);
    running.await??;
    let begun = Instant::now();
    while customer.messages(&phone(0)).len() < 2 {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "it was not answered"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

type Began = Arc<Mutex<Option<oneshot::Sender<()>>>>;

async fn slow(chat: Chat, began: green_api_bot::extract::Data<Began>) -> Result<(), BoxError> {
    if let Some(began) = began.lock().unwrap().take() {
        let _ = began.send(());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    chat.reply("Here I am.")
}
