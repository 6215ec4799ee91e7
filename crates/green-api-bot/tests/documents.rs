//! Documents in the store that are the program's own, and dialogues that cannot be read.

use std::time::{Duration, Instant};

use green_api::{ChatId, testing};
use green_api_bot::filter::{command, kind, text};
use green_api_bot::testing::{BOT, Harness};
use green_api_bot::{Bot, BoxError, Chat, Context, Dialogue, DialogueState, HandlerResult, Store};
use green_api_mailbox::{DOCUMENT_DUE, DocumentDraft, sqlx};
use serde::{Deserialize, Serialize};

type Tested = Result<(), BoxError>;

const ALICE: &str = "+44 7700 900145";
const BOB: &str = "+44 7700 900146";

#[tokio::test]
async fn a_document_of_the_program_is_due_at_its_route() -> Tested {
    async fn remind_later(context: Context, chat: Chat) -> HandlerResult {
        let commit = context.commit();
        let time = commit.store().time() + Duration::from_secs(600);
        let draft = DocumentDraft::new("reminder", chat.id().as_str(), &"soup")?;
        commit.set_document(draft.due(time, context.update().instance(), chat.id()))?;
        chat.reply("In ten minutes.")
    }
    async fn remind(chat: Chat) -> HandlerResult {
        chat.reply("Your soup.")
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), remind_later)
        .route(kind(DOCUMENT_DUE), remind)
        .test()
        .await?;
    let alice = test.phone(ALICE);
    let group = test.phone(ALICE).in_group("Neighbours");
    for phone in [&alice, &group] {
        phone.says("soup");
        phone.expect("In ten minutes.").await;
    }
    test.advance(Duration::from_secs(1_200));
    for phone in [&alice, &group] {
        phone.expect("Your soup.").await;
        phone.expect_nothing().await;
    }
    Ok(())
}

#[derive(Deserialize, Serialize)]
struct Ordering;

impl DialogueState for Ordering {
    const NAME: &'static str = "ordering";
}

/// Waits for the notification that is given up on, checks why at once, and discards it.
async fn is_parked(test: &Harness, problem: &str) -> Tested {
    let inbox = test.store().inbox();
    let begun = Instant::now();
    let parked = loop {
        if let Some(parked) = inbox.parked(1, None).await?.pop() {
            break parked;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "none is parked");
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    let told = parked.problem().unwrap_or_default();
    assert!(told.starts_with(problem), "{told}");
    assert_eq!(parked.attempts(), 1);
    inbox.discard(parked.key()).await?;
    Ok(())
}

#[tokio::test]
async fn what_has_no_readable_dialogue_is_parked_and_its_chat_goes_on() -> Tested {
    async fn damage(chat: Chat, context: Context) -> HandlerResult {
        context.commit().sqlite(|connection| {
            Box::pin(async move {
                let damage = "UPDATE green_api_document SET value = X'00'";
                sqlx::query(damage).execute(connection).await?;
                Ok(())
            })
        })?;
        chat.reply("Damaged.")
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(command("damage"), damage)
        .route(text(), async |chat: Chat, dialogue: Dialogue<Ordering>| {
            dialogue.enter(Ordering);
            chat.reply("What would you like?")
        })
        .test()
        .await?;
    let sandbox = test.sandbox();
    let group = sandbox.phone(ALICE).create_group("Neighbours", &[BOB, BOT]);
    let group = group.ok_or("no group")?;
    let alice = test.phone(ALICE).in_chat(&group);
    let bob = test.phone(BOB).in_chat(&group);
    alice.says("hello");
    bob.says("/damage");
    bob.expect("What would you like?").await;
    bob.expect("Damaged.").await;
    alice.says("soup");
    bob.says("/damage");
    is_parked(&test, "what the store has cannot be read").await?;
    bob.expect("Damaged.").await;
    let sender: ChatId = serde_json::from_str(r#""4477009\n@c.us""#)?;
    let said = testing::text("hello").chat(&group.parse()?).sender(&sender);
    sandbox.instance().notify(&said.into_json());
    bob.says("/damage");
    is_parked(&test, "this document cannot be kept").await?;
    bob.expect("Damaged.").await;
    Ok(())
}
