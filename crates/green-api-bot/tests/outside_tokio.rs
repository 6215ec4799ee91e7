//! Outside of a Tokio runtime everything that waits says so in words, instead of a panic somewhere below.

use std::future::IntoFuture;
use std::task::{Context, Poll, Waker};

use green_api::{ChatId, Client, Credentials};
use green_api_bot::filter::text;
use green_api_bot::{Bot, BoxError, Chat, Store};
use green_api_mailbox::{JetStreamConsumer, Relay};
use green_api_sandbox::Sandbox;

/// Awaits what must have ended at once, and returns what its error and the causes of it say.
fn said<T, E: Into<BoxError>>(waiting: impl IntoFuture<Output = Result<T, E>>) -> String {
    let mut waiting = Box::pin(waiting.into_future());
    let Poll::Ready(Err(error)) = waiting
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    else {
        panic!("it waits or has succeeded, outside of any runtime");
    };
    let error = error.into();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[test]
fn outside_of_a_runtime_it_is_said_in_words() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime.block_on(Store::in_memory()).unwrap();
    let credentials = Credentials::new("https://7103.api.greenapi.com", "7103000001", "token");
    let instance = Client::new().unwrap().instance(credentials.unwrap());
    let friend: ChatId = "447700900145@c.us".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bot = || {
        Bot::new(store.clone())
            .route(text(), async |chat: Chat| chat.reply("Yes"))
            .instance(instance.clone())
    };
    let (inbox, outbox) = (store.inbox(), store.outbox());
    let inbox_work = inbox.work(1, async |_, _| Ok::<_, std::io::Error>(()));
    let nats = "nats://127.0.0.1:4222";

    let all = [
        ("a request", said(instance.get_settings())),
        ("Sandbox::start", said(Sandbox::start())),
        ("Store::in_memory", said(Store::in_memory())),
        (
            "Store::sqlite",
            said(Store::sqlite(folder.path().join("a"))),
        ),
        (
            "Store::postgres",
            said(Store::postgres("postgres://a@127.0.0.1/b")),
        ),
        (
            "Outbox::put",
            said(outbox.put("a", instance.send_message(&friend, "Hello"))),
        ),
        ("Outbox::get", said(outbox.get("a"))),
        ("Outbox::work", said(outbox.work([instance.clone()]))),
        ("Inbox::stats", said(inbox.stats())),
        ("Inbox::work", said(inbox_work)),
        ("Inbox::receive", said(inbox.receive(&instance))),
        ("Store::document", said(store.document("a", "b"))),
        (
            "Relay::jetstream",
            said(Relay::jetstream(nats, Default::default())),
        ),
        (
            "JetStreamConsumer",
            said(JetStreamConsumer::connect(nats, "a", Default::default())),
        ),
        ("Bot::run", said(bot().run())),
        (
            "Bot::run_until",
            said(bot().run_until(std::future::pending())),
        ),
        ("Bot::test", said(bot().test())),
    ];
    for (what, words) in all {
        assert!(
            words.contains("outside of one; await it in"),
            "{what}: {words}"
        );
    }
}
