//! Doors, health, many instances, and the end.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use green_api::webhook::WebhookToken;
use green_api::{Client, Credentials, Instance, InstanceId, Pace};
use green_api_bot::extract::Text;
use green_api_bot::filter::{in_dialogue, text, timed_out};
use green_api_bot::{Bot, BotEvent, BoxError, Chat, Dialogue, DialogueState, Instances, Store};
use green_api_sandbox::{Content, Fault, Sandbox};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

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
async fn post_to(instance: &Instance, address: std::net::SocketAddr) -> Tested {
    let set = instance.set_settings().webhook_url_token(TOKEN);
    set.webhook_url(format!("http://{address}/webhook")).await?;
    Ok(())
}

async fn get(address: std::net::SocketAddr, path: &str) -> Result<String, BoxError> {
    get_as("localhost", address, path).await
}

async fn get_as(host: &str, address: std::net::SocketAddr, path: &str) -> Result<String, BoxError> {
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
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let store = Store::in_memory().await?;
    let bot = echo(store.clone())
        .instance(instance.clone())
        .webhook(TOKEN.parse::<WebhookToken>()?)
        .metrics(|| "green_api_calls_total 1\n".to_owned())
        .listen(listener);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
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
    drop(stop);
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
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let bot = Bot::new(Store::in_memory().await?)
        .route(text(), async |chat: Chat, dialogue: Dialogue<Asked>| {
            dialogue.enter(Asked);
            chat.reply("And who are you?")
        })
        .route(timed_out::<Asked>(), async |chat: Chat| {
            chat.reply("Never mind.")
        })
        .instance(instance.clone())
        .webhook(TOKEN.parse::<WebhookToken>()?)
        .listen(listener);
    let begun = Instant::now();
    let running = tokio::spawn(bot.run_until(std::future::pending()));
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
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
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
        .webhook(TOKEN.parse::<WebhookToken>()?)
        .listen(listener);
    let running = tokio::spawn(bot.run_until(std::future::pending()));
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
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let bot = echo(Store::in_memory().await?).listen(listener);
    let running = tokio::spawn(bot.run_until(std::future::pending()));
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
async fn instances_come_and_go_and_a_broken_one_disturbs_none() -> Tested {
    const ALL: u64 = 12;
    let sandbox = sandbox(ALL).await?;
    let client = client()?;
    let instances = Instances::new();
    // Two with a token that is wrong.
    for number in 0..2_u64 {
        let id = InstanceId::try_from(7_103_000_001 + number as i64)?;
        instances.add(client.instance(Credentials::new(&sandbox.url(), &id.to_string(), TOKEN)?));
    }
    for number in 2..8 {
        instances.add(instance(&client, &sandbox, number)?);
    }
    let broken = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&broken);
    let bot = echo(Store::in_memory().await?)
        .instances(&instances)
        .on_event(move |event| match event {
            BotEvent::Broken { instance, .. } => told.lock().unwrap().push((instance.get(), true)),
            BotEvent::Mended { instance } => told.lock().unwrap().push((instance.get(), false)),
            _ => {}
        });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    for number in 2..8 {
        ask(&sandbox, number, "hello").await?;
    }
    // Four come, three go.
    for number in 8..12 {
        instances.add(instance(&client, &sandbox, number)?);
    }
    for number in 2..5_i64 {
        instances.remove(InstanceId::try_from(7_103_000_001 + number)?);
    }
    for number in 5..12 {
        ask(&sandbox, number, "hello again").await?;
    }
    let gone = sandbox.phone("+44 7700 900145");
    gone.send_text(&phone(2), "anybody there?");
    // One of the broken is mended by its right token.
    instances.add(instance(&client, &sandbox, 1)?);
    ask(&sandbox, 1, "hello").await?;
    assert_eq!(
        gone.messages(&phone(2)).len(),
        3,
        "a removed one answers no more"
    );
    drop(stop);
    running.await??;
    let mut told = broken.lock().unwrap().clone();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (7_103_000_001, true),
            (7_103_000_002, false),
            (7_103_000_002, true)
        ]
    );
    Ok(())
}

/// A bot whose instance answers sends with this status once, and polls no more. Returns what is told in twenty seconds, and until polls succeed again.
async fn polls_alone_fail(
    sending: u16,
    fail: impl AsyncFnOnce(&Sandbox, &Instance) -> Tested,
    mend: impl AsyncFnOnce(&Sandbox, &Instance) -> Tested,
) -> Result<[Vec<&'static str>; 2], BoxError> {
    let sandbox = sandbox(1).await?;
    let instance = instance(&client()?, &sandbox, 0)?;
    let instances = Instances::from_iter([instance.clone()]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let store = Store::in_memory().await?;
    let bot = echo(store.clone())
        .instances(&instances)
        .on_event(move |event| {
            telling.lock().unwrap().push(match event {
                BotEvent::Broken { .. } => "broken",
                BotEvent::Mended { .. } => "mended",
                _ => return,
            });
        });
    let running = tokio::spawn(bot.run_until(std::future::pending()));
    ask(&sandbox, 0, "hello").await?;
    let fault = Fault::on("sendMessage").instance(instance.id().get().cast_unsigned());
    sandbox.faults().add(fault.status(sending).times(1));
    let customer = sandbox.phone("+44 7700 900145");
    customer.send_text(&phone(0), "hello again");
    while store.outbox().stats().await?.held == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fail(&sandbox, &instance).await?;
    // The poll that waits already is answered.
    customer.send_text(&phone(0), "hello once more");
    while told.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    let before = told.lock().unwrap().clone();
    assert_eq!(store.outbox().stats().await?.held, 1);
    mend(&sandbox, &instance).await?;
    // So that it is tried at once.
    instances.add(instance);
    let begun = Instant::now();
    while told.lock().unwrap().len() == before.len() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let is_held = store.outbox().stats().await?.held > 0;
    assert_eq!(is_held, sending == 466, "{sending}");
    running.abort();
    let after = told.lock().unwrap().clone();
    Ok([before, after])
}

#[tokio::test]
async fn an_instance_with_a_webhook_url_is_broken_until_it_can_be_polled() -> Tested {
    let told = polls_alone_fail(
        466,
        async |_, instance| post_to(instance, "127.0.0.1:9".parse()?).await,
        async |_, instance| Ok(drop(instance.set_settings().webhook_url("").await?)),
    );
    assert_eq!(told.await?, [vec!["broken"], vec!["broken", "mended"]]);
    Ok(())
}

#[tokio::test]
async fn an_instance_that_may_not_be_polled_is_broken_until_it_may() -> Tested {
    let told = polls_alone_fail(
        401,
        async |sandbox, _| {
            let fault = Fault::on("receiveNotification").status(401);
            sandbox.faults().add(fault);
            Ok(())
        },
        async |sandbox, _| Ok(sandbox.faults().clear()),
    );
    assert_eq!(told.await?, [vec!["broken"], vec!["broken", "mended"]]);
    Ok(())
}

/// Its task has ended before anybody has seen that there is another one under its number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_is_removed_and_added_is_served() -> Tested {
    let sandbox = sandbox(1).await?;
    let client = client()?;
    let instances = Instances::new();
    let right = instance(&client, &sandbox, 0)?;
    let id = right.id();
    instances.add(client.instance(Credentials::new(&sandbox.url(), &id.to_string(), TOKEN)?));
    let is_broken = Arc::new(AtomicBool::new(false));
    let (told, replaced, set) = (
        Arc::clone(&is_broken),
        AtomicBool::new(false),
        instances.clone(),
    );
    let bot = echo(Store::in_memory().await?)
        .instances(&instances)
        .instances_from(Duration::from_millis(100), move || {
            if is_broken.load(Ordering::Relaxed) && !replaced.swap(true, Ordering::Relaxed) {
                set.remove(id);
                // The bot's own task is kept from looking meanwhile, and the instance's ends.
                tokio::task::block_in_place(|| std::thread::sleep(Duration::from_millis(500)));
                set.add(right.clone());
            }
            async { Err("they stay as they are".into()) }
        })
        .on_event(move |event| {
            told.fetch_or(matches!(event, BotEvent::Broken { .. }), Ordering::Relaxed);
        });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    ask(&sandbox, 0, "hello").await?;
    drop(stop);
    running.await??;
    Ok(())
}

#[tokio::test]
async fn a_callback_says_which_instances_there_are() -> Tested {
    let sandbox = Arc::new(sandbox(3).await?);
    let (client, present) = (client()?, Arc::new(Mutex::new(vec![0_usize, 1])));
    let (asked, from) = (Arc::clone(&present), Arc::clone(&sandbox));
    let bot =
        echo(Store::in_memory().await?).instances_from(Duration::from_millis(100), move || {
            let present = asked.lock().unwrap().clone();
            let instances: Result<Vec<_>, _> = present
                .iter()
                .map(|number| instance(&client, &from, *number))
                .collect();
            async { instances }
        });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    ask(&sandbox, 0, "hello").await?;
    ask(&sandbox, 1, "hello").await?;
    *present.lock().unwrap() = vec![1, 2];
    ask(&sandbox, 2, "hello").await?;
    ask(&sandbox, 1, "hello").await?;
    sandbox
        .phone("+44 7700 900145")
        .send_text(&phone(0), "still there?");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        sandbox.phone("+44 7700 900145").messages(&phone(0)).len(),
        3
    );
    drop(stop);
    running.await??;
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
