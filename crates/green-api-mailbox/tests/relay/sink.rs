//! What JetStream gets, and what becomes of what it does not take.

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy};
use green_api::{BoxError, ReceiveOptions};
use green_api_mailbox::{JetStreamEvent, JetStreamOptions, Relay};
use green_api_sandbox::Sandbox;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::server::Server;
use crate::world::{INSTANCE, Stored, instance, message, options, sandbox, stored, until};

/// What a relay tells.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    events: Vec<JetStreamEvent>,
    problems: Vec<String>,
    letters: Vec<String>,
}

impl Told {
    fn options(&self, options: JetStreamOptions) -> JetStreamOptions {
        let told = self.clone();
        options.on_event(move |event| told.0.lock().unwrap().events.push(event.clone()))
    }

    fn events(&self) -> Vec<JetStreamEvent> {
        self.0.lock().unwrap().events.clone()
    }

    fn problems(&self) -> String {
        self.0.lock().unwrap().problems.join("\n")
    }

    fn dead_letters(&self) -> Vec<String> {
        self.0.lock().unwrap().letters.clone()
    }
}

/// Starts a relay that waits for moments only.
async fn relay(url: &str, sandbox: &Sandbox, told: &Told, options: JetStreamOptions) -> Running {
    let (problems, letters) = (told.clone(), told.clone());
    let receive = ReceiveOptions::new()
        .on_problem(move |problem| {
            problems
                .0
                .lock()
                .unwrap()
                .problems
                .push(problem.to_string())
        })
        .dead_letter(move |letter| {
            letters.0.lock().unwrap().letters.push(letter.to_string());
            ready(Ok::<_, BoxError>(()))
        });
    let relay = Relay::jetstream(url, told.options(options)).await.unwrap();
    let relay = relay.options(receive);
    let relaying = relay
        .run(&instance(&sandbox.url()))
        .backoff(Duration::from_millis(10), Duration::from_millis(50));
    Running(tokio::spawn(async move {
        relaying.await.unwrap();
    }))
}

struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn drained(sandbox: &Sandbox) {
    let behind = sandbox.instance();
    until("everything is relayed", async || {
        behind.pending_notifications() == 0
    })
    .await;
}

#[tokio::test]
async fn each_has_its_subject_headers_and_key() {
    let Some(server) = Server::started() else {
        return;
    };
    let (sandbox, told) = (sandbox().await, Told::default());
    let behind = sandbox.instance();
    behind.notify(&message(3));
    behind.notify(&json!({
        "typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": INSTANCE}, "timestamp": 1, "stateInstance": "authorized"
    }));
    behind.notify(&json!({"typeWebhook": "some.thing new*", "instanceData": {"idInstance": INSTANCE}, "said": "ü\r\n"}));
    // Repeated by the server.
    behind.notify(&message(3));
    let _running = relay(&server.url(), &sandbox, &told, options()).await;
    drained(&sandbox).await;
    let stored = stored(&server.context().await).await;
    let subjects: Vec<_> = stored
        .iter()
        .map(|stored| stored.subject.as_str())
        .collect();
    let expected = [
        "green-api.7103000001.incomingMessageReceived.447700900143@c%2Eus",
        "green-api.7103000001.stateInstanceChanged.-",
        "green-api.7103000001.some%2Ething%20new%2A.-",
    ];
    assert_eq!(subjects, expected);
    let headers = &stored[0].headers;
    assert_eq!(headers["Green-Api-Instance"], "7103000001");
    assert_eq!(headers["Green-Api-Kind"], "incomingMessageReceived");
    assert_eq!(headers["Green-Api-Chat"], "447700900143@c.us");
    assert!(
        stored[0]
            .key()
            .ends_with("447700900143@c.us/447700900143@c.us//3"),
        "{}",
        stored[0].key()
    );
    assert_eq!(stored[0].body, message(3));
    assert!(!stored[1].headers.contains_key("Green-Api-Chat"));
    let created = JetStreamEvent::Created {
        stream: "GREEN_API".to_owned(),
    };
    assert_eq!(told.events(), [JetStreamEvent::Connected, created]);
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() {
    let Some(mut server) = Server::new() else {
        return;
    };
    let (sandbox, told) = (sandbox().await, Told::default());
    sandbox.instance().notify(&message(1));
    let _running = relay(&server.url(), &sandbox, &told, options()).await;
    until("it is told", async || {
        told.problems().contains("there is no connection to NATS")
    })
    .await;
    server.start();
    drained(&sandbox).await;
    assert_eq!(stored(&server.context().await).await.len(), 1);
}

#[tokio::test]
async fn a_password_is_used_and_not_shown() {
    let Some(server) = Server::new() else {
        return;
    };
    let mut server = server.with_password("ann", "s3:cret");
    server.start();
    let (sandbox, told) = (sandbox().await, Told::default());
    sandbox.instance().notify(&message(1));
    let wrong = server.url().replace("//", "//ann:wr0ng@");
    let running = relay(&wrong, &sandbox, &told, options()).await;
    until("it is told", async || !told.events().is_empty()).await;
    drop(running);
    let text: Vec<_> = told.events().iter().map(ToString::to_string).collect();
    let text = text.join("\n").to_lowercase();
    assert!(
        text.contains("authorization") && !text.contains("wr0ng"),
        "{text}"
    );
    let right = server.url().replace("//", "//ann:s3%3Acret@");
    let _running = relay(&right, &sandbox, &told, options()).await;
    drained(&sandbox).await;
    let error = Relay::jetstream("nats://ann:s3cret@:x", options())
        .await
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_server_is_known_by_its_certificate() {
    let Some(server) = Server::new() else {
        return;
    };
    let mut server = server.with_tls();
    server.start();
    let (sandbox, told) = (sandbox().await, Told::default());
    sandbox.instance().notify(&message(1));
    // The system's authorities do not know it.
    let running = relay(&server.url(), &sandbox, &told, options()).await;
    until("it is told", async || {
        let events = told.events();
        events
            .iter()
            .any(|event| event.to_string().contains("certificate"))
    })
    .await;
    drop(running);
    assert_eq!(sandbox.instance().pending_notifications(), 1);
    for url in [server.url(), server.url().replace("nats:", "tls:")] {
        let trusting = options().root_certificates(server.certificate());
        let _running = relay(&url, &sandbox, &told, trusting).await;
        drained(&sandbox).await;
        sandbox.instance().notify(&message(2));
    }
}

#[tokio::test]
async fn a_stream_that_is_full_is_waited_for() {
    let Some(server) = Server::started() else {
        return;
    };
    let (sandbox, told) = (sandbox().await, Told::default());
    let behind = sandbox.instance();
    for number in 0..20 {
        behind.notify(&message(number));
    }
    let _running = relay(&server.url(), &sandbox, &told, options().max_messages(8)).await;
    until("it is told", async || {
        told.problems().contains("takes no more")
    })
    .await;
    let context = server.context().await;
    let before = stored(&context).await;
    let numbers: Vec<_> = before.iter().map(Stored::number).collect();
    assert_eq!(numbers, (0..8).collect::<Vec<_>>());
    assert_eq!(behind.pending_notifications(), 12);
    let stream = context.get_stream("GREEN_API").await.unwrap();
    stream.purge().await.unwrap();
    until("there is room", async || {
        behind.pending_notifications() == 4
    })
    .await;
    assert!(told.dead_letters().is_empty());
}

#[tokio::test]
async fn what_is_too_large_is_a_dead_letter() {
    let Some(server) = Server::started() else {
        return;
    };
    let (sandbox, told) = (sandbox().await, Told::default());
    let behind = sandbox.instance();
    let mut large = message(1);
    large["messageData"]["textMessageData"]["textMessage"] = "large ".repeat(300_000).into();
    behind.notify(&large);
    // Within what the server takes, and not the stream.
    large["messageData"]["textMessageData"]["textMessage"] = "large ".repeat(1_000).into();
    behind.notify(&large);
    behind.notify(&message(2));
    let options = options().max_message_size(4_000);
    let _running = relay(&server.url(), &sandbox, &told, options).await;
    drained(&sandbox).await;
    let letters = told.dead_letters();
    assert_eq!(letters.len(), 2, "{letters:?}");
    for letter in letters {
        assert!(
            letter.ends_with("it is larger than the stream GREEN_API takes"),
            "{letter}"
        );
    }
    let stored = stored(&server.context().await).await;
    assert_eq!(
        stored
            .iter()
            .map(|stored| stored.number())
            .collect::<Vec<_>>(),
        [2]
    );
}

#[tokio::test]
async fn another_stream_is_compared() {
    let Some(server) = Server::started() else {
        return;
    };
    let context = server.context().await;
    let found = Config {
        name: "GREEN_API".to_owned(),
        subjects: vec!["green-api.1.>".to_owned()],
        discard: DiscardPolicy::Old,
        no_ack: true,
        ..Config::default()
    };
    context.create_stream(found.clone()).await.unwrap();
    let (sandbox, told) = (sandbox().await, Told::default());
    sandbox.instance().notify(&message(1));
    let _running = relay(&server.url(), &sandbox, &told, options()).await;
    until("it is told", async || {
        told.problems().contains("no_ack is set")
    })
    .await;
    let differs = told
        .events()
        .into_iter()
        .find(|event| matches!(event, JetStreamEvent::Differs { .. }));
    let text = differs.unwrap().to_string();
    for part in [
        "subjects is [\"green-api.1.>\"] instead of [\"green-api.>\"]",
        "discard is Old instead of New",
        "no_ack is true instead of false",
    ] {
        assert!(text.contains(part), "{text}");
    }
    // Each mistake is told, and mended while the relay runs.
    let found = Config {
        no_ack: false,
        ..found
    };
    context.update_stream(found.clone()).await.unwrap();
    until("it is told", async || {
        told.problems().contains("does not take the subjects")
    })
    .await;
    let other = Config {
        name: "OTHER".to_owned(),
        subjects: vec!["green-api.*.*.*".to_owned()],
        ..Config::default()
    };
    // The relay may be faster, and make its own again.
    until("there is another one", async || {
        context.delete_stream("GREEN_API").await.unwrap();
        context.create_stream(other.clone()).await.is_ok()
    })
    .await;
    until("it is told", async || {
        if sandbox.instance().pending_notifications() == 0 {
            sandbox.instance().notify(&message(2));
        }
        told.problems()
            .contains("another one takes subjects of green-api.>")
    })
    .await;
    context.delete_stream("OTHER").await.unwrap();
    drained(&sandbox).await;
    assert_eq!(stored(&context).await.len(), 1);
}
