//! What a bot sends: at once or later, or never.

mod support;

use std::time::Duration;

use green_api::Upload;
use green_api::types::{CallStatus, Notification};
use green_api_bot::extract::Text;
use green_api_bot::filter::{Filter, call, text};
use green_api_bot::testing::BOT;
use green_api_bot::{Bot, BoxError, Chat, Context, HandlerResult, Store};
use green_api_sandbox::CallEnd;

use crate::support::parked;

type Tested = Result<(), BoxError>;

const ALICE: &str = "+44 7700 900145";
const BOB: &str = "+44 7700 900146";

#[tokio::test]
async fn an_answer_that_can_never_be_sent_is_parked_at_once() -> Tested {
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), async |chat: Chat, Text(text): Text| {
            match text.as_str() {
                "stream" => {
                    let stream =
                        Upload::from_stream(futures_util::stream::empty(), Some(0)).named("a.txt");
                    chat.send_file(stream)
                }
                text => chat.reply(text.to_uppercase()),
            }
        })
        .test()
        .await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    let group = test.sandbox().phone(ALICE).create_group("Us", &[BOB, BOT]);
    let group = group.ok_or("no group")?;
    let (alice, bob) = (alice.in_chat(&group), bob.in_chat(&group));
    for (said, problem) in [
        ("ß".repeat(20_000).as_str(), "20000"),
        ("stream", "a stream can be read once"),
    ] {
        alice.says(said);
        bob.says("hello");
        let parked = parked(&test).await?;
        assert_eq!(parked.attempts(), 1);
        let told = parked.problem().unwrap_or_default();
        assert!(told.contains(problem), "{told}");
        test.store().inbox().discard(parked.key()).await?;
        bob.expect("HELLO").await;
    }
    Ok(())
}

#[tokio::test]
async fn a_reminder_comes_in_its_time_and_is_not_waited_for() -> Tested {
    const HOUR: Duration = Duration::from_secs(3_600);

    async fn remind(chat: Chat, context: Context) -> HandlerResult {
        let reminder = chat.instance().send_message(chat.id(), "It is time.");
        let now = context.commit().store().time();
        chat.send(reminder)?.not_before(now + HOUR);
        chat.reply("In an hour.")
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), remind)
        .test()
        .await?;
    let alice = test.phone(ALICE);
    for _ in 0..2 {
        alice.says("remind me");
        alice.expect("In an hour.").await;
        alice.expect_nothing().await;
        test.settle().await;
        test.advance(2 * HOUR);
        alice.expect("It is time.").await;
    }
    Ok(())
}

#[tokio::test]
async fn every_kind_of_answer_shows_the_typing_before_it() -> Tested {
    async fn answer(chat: Chat, Text(text): Text) -> HandlerResult {
        let chat = chat.typing(Duration::from_secs(2));
        match text.as_str() {
            "buttons" => chat.ask_buttons("Sure?", ["Yes"])?,
            "poll" => chat.ask_poll("Sure?", ["Yes", "No"])?,
            "quote" => chat.reply_quoting("Sure?")?,
            _ => chat.reply("Sure?")?,
        }
        chat.reply("Please say.")
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), answer)
        .test()
        .await?;
    let alice = test.phone(ALICE);
    for said in ["text", "quote", "poll", "buttons"] {
        alice.says(said);
    }
    test.settle().await;
    let sent = test.store().outbox().list(None, 10, None).await?;
    let times = sent
        .iter()
        .map(|entry| entry.input()?.get("typingTime")?.as_u64());
    assert_eq!(times.collect::<Vec<_>>(), [Some(2_000), None].repeat(4));
    Ok(())
}

#[tokio::test]
async fn a_call_is_answered_once_where_its_status_is_looked_at() -> Tested {
    let rings = Filter::new("ringing", |update| match update.notification() {
        Notification::IncomingCall(call) => call.status == Some(CallStatus::Offer),
        _ => false,
    });
    let test = Bot::new(Store::in_memory().await?)
        .route(call().and(rings), async |chat: Chat| {
            chat.reply("No calls, please.")
        })
        .route(call(), async |chat: Chat| chat.reply("Another step."))
        .test()
        .await?;
    let alice = test.phone(ALICE);
    for (end, steps) in [
        (CallEnd::Missed, 1),
        (CallEnd::Answered(Duration::from_secs(9)), 2),
    ] {
        test.sandbox().phone(ALICE).call(BOT, false, end);
        alice.expect("No calls, please.").await;
        test.advance(Duration::from_secs(60));
        for _ in 0..steps {
            alice.expect("Another step.").await;
        }
        alice.expect_nothing().await;
    }
    Ok(())
}
