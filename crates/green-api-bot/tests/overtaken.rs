//! Long work that a newer message ends.

use std::sync::Arc;
use std::time::Duration;

use green_api_bot::extract::{Data, Text};
use green_api_bot::filter::{command, text};
use green_api_bot::middleware::rate;
use green_api_bot::testing::BOT;
use green_api_bot::{Bot, BoxError, Chat, HandlerResult, Store};
use green_api_sandbox::Content;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;

type Tested = Result<(), BoxError>;

const ALICE: &str = "+44 7700 900145";
const BOB: &str = "+44 7700 900146";

async fn bot() -> Result<Bot, BoxError> {
    Ok(Bot::new(Store::in_memory().await?))
}

#[tokio::test]
async fn a_newer_message_ends_long_work() -> Tested {
    async fn think(chat: Chat, Text(text): Text) -> HandlerResult {
        chat.reply("Let me think.")?;
        if text == "long" {
            std::future::pending::<()>().await;
        }
        chat.reply(format!("Thought about {text}."))
    }
    let test = bot().await?.route_latest(text(), think).test().await?;
    let alice = test.phone(ALICE);
    alice.says("long");
    tokio::time::sleep(Duration::from_millis(50)).await;
    alice.says("short");
    alice.expect("Let me think.").await;
    alice.expect("Thought about short.").await;
    alice.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn what_goes_elsewhere_ends_no_long_work() -> Tested {
    async fn think(
        chat: Chat,
        Text(text): Text,
        begun: Data<UnboundedSender<String>>,
        go_on: Data<Arc<Semaphore>>,
    ) -> HandlerResult {
        begun.send(text.clone())?;
        if text.starts_with("long") {
            go_on.acquire().await?.forget();
        }
        chat.reply(format!("Thought about {text}."))
    }
    let go_on = Arc::new(Semaphore::new(0));
    let (begins, mut begun) = unbounded_channel::<String>();
    let test = bot()
        .await?
        .route(command("cancel"), async |chat: Chat| chat.reply("Done."))
        .route_latest(text(), think)
        .data(Arc::clone(&go_on))
        .data(begins)
        .test()
        .await?;
    let sandbox = test.sandbox();
    let group = sandbox.phone(ALICE).create_group("Neighbours", &[BOB, BOT]);
    let group = group.ok_or("no group")?;
    let (alice, bob) = (
        test.phone(ALICE).in_chat(&group),
        test.phone(BOB).in_chat(&group),
    );
    let message = alice.says("long talk");
    assert_eq!(begun.recv().await.as_deref(), Some("long talk"));
    alice.sends(Content::Reaction {
        message,
        emoji: "👍".to_owned(),
    });
    alice.says("/cancel");
    bob.says("hello");
    while test.store().inbox().stats().await?.waiting < 4 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    go_on.add_permits(1);
    alice.expect("Thought about long talk.").await;
    alice.expect("Done.").await;
    alice.expect("Thought about hello.").await;
    alice.says("long again");
    while begun.recv().await.as_deref() != Some("long again") {}
    bob.says("hello again");
    alice.says("short");
    alice.expect("Thought about hello again.").await;
    alice.expect("Thought about short.").await;
    alice.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_overtaken_counts_as_one_with_its_overtaker() -> Tested {
    async fn think(
        chat: Chat,
        Text(text): Text,
        begun: Data<UnboundedSender<String>>,
    ) -> HandlerResult {
        begun.send(text.clone())?;
        if text.starts_with("long") {
            std::future::pending::<()>().await;
        }
        chat.reply(format!("Thought about {text}."))
    }
    let (begins, mut begun) = unbounded_channel::<String>();
    let test = bot()
        .await?
        .route(command("help"), async |chat: Chat| chat.reply("Ask me."))
        .route_latest(text(), think)
        .layer(rate(2, Duration::from_secs(3_600)))
        .data(begins)
        .test()
        .await?;
    let group = test
        .sandbox()
        .phone(ALICE)
        .create_group("Neighbours", &[BOB, BOT]);
    let group = group.ok_or("no group")?;
    let (alice, bob) = (
        test.phone(ALICE).in_chat(&group),
        test.phone(BOB).in_chat(&group),
    );
    for said in ["long", "longer", "long enough"] {
        alice.says(said);
        let begun = timeout(Duration::from_secs(10), begun.recv()).await;
        assert_eq!(begun?.as_deref(), Some(said));
    }
    // What is in between counts for itself.
    alice.says("/help");
    bob.says("hello");
    alice.says("short");
    alice.expect("Ask me.").await;
    alice.expect("Thought about hello.").await;
    alice.expect("Thought about short.").await;
    alice.says("more");
    alice.expect_nothing().await;
    Ok(())
}
