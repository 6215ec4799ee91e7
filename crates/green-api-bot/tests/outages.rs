//! What people say while the bot does not run, or cannot receive.

use std::time::{Duration, Instant};

use green_api_bot::extract::Text;
use green_api_bot::filter::{command, in_dialogue, text, timed_out};
use green_api_bot::testing::{Harness, Phone};
use green_api_bot::{Bot, BoxError, Chat, Dialogue, DialogueState, HandlerResult, Store};
use green_api_sandbox::Fault;
use serde::{Deserialize, Serialize};

type Tested = Result<(), BoxError>;

#[derive(Deserialize, Serialize)]
struct Ordering;

impl DialogueState for Ordering {
    const NAME: &'static str = "ordering";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(600));
}

async fn order(chat: Chat, Text(dish): Text, dialogue: Dialogue<Ordering>) -> HandlerResult {
    dialogue.leave();
    chat.reply(format!("One {dish}."))
}

/// A bot that has asked two people what they want.
async fn asked() -> Result<(Harness, Phone, Phone), BoxError> {
    let test = Bot::new(Store::in_memory().await?)
        .route(
            command("order"),
            async |chat: Chat, dialogue: Dialogue<Ordering>| {
                dialogue.enter(Ordering);
                chat.reply("What would you like?")
            },
        )
        .route(in_dialogue::<Ordering>().and(text()), order)
        .route(timed_out::<Ordering>(), async |chat: Chat| {
            chat.reply("Nothing was ordered.")
        })
        .fallback(async |chat: Chat| chat.reply("Pardon?"))
        .test()
        .await?;
    let phones = ["+44 7700 900145", "+44 7700 900146"].map(|number| test.phone(number));
    for phone in &phones {
        phone.says("/order");
        phone.expect("What would you like?").await;
    }
    let [alice, bob] = phones;
    Ok((test, alice, bob))
}

async fn said_in_time_counts(alice: &Phone, bob: &Phone) {
    alice.expect("One soup.").await;
    bob.expect("Nothing was ordered.").await;
    alice.expect_nothing().await;
    bob.expect_nothing().await;
}

#[tokio::test]
async fn what_was_said_while_the_bot_was_down_is_in_time() -> Tested {
    let (mut test, alice, bob) = asked().await?;
    test.stop().await?;
    alice.says("soup");
    test.advance(Duration::from_secs(1_200));
    test.restart();
    said_in_time_counts(&alice, &bob).await;
    Ok(())
}

/// Makes polls fail with this status, while Alice answers and the time runs out.
async fn said_while_polls_fail_with(status: u16) -> Tested {
    let (test, alice, bob) = asked().await?;
    test.settle().await;
    let fault = Fault::on("receiveNotification").status(status);
    test.sandbox().faults().add(fault);
    // The poll that waits already is answered.
    let carol = test.phone("+44 7700 900147");
    carol.says("Hello?");
    carol.expect("Pardon?").await;
    let failed = ("receiveNotification".to_owned(), status);
    let begun = Instant::now();
    while !test.sandbox().answered().contains_key(&failed) {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    alice.says("soup");
    test.advance(Duration::from_secs(1_200));
    tokio::time::sleep(Duration::from_millis(200)).await;
    test.sandbox().faults().clear();
    said_in_time_counts(&alice, &bob).await;
    Ok(())
}

#[tokio::test]
async fn what_was_said_during_an_outage_is_in_time() -> Tested {
    said_while_polls_fail_with(502).await
}

#[tokio::test]
async fn what_was_said_while_the_instance_was_broken_is_in_time() -> Tested {
    said_while_polls_fail_with(401).await
}
