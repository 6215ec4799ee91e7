#[path = "../../examples/deployment.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use green_api_bot::filter::command;
use green_api_bot::{Bot, Chat, Dialogue, DialogueState, Store};
use serde::{Deserialize, Serialize};

use crate::support::{ALICE, BOB, Tested, in_time, troubled};

/// The first version of the program, whose dialogue is under way when the second one starts.
#[derive(Deserialize, Serialize)]
enum Feedback {
    Rating(u8),
}

impl DialogueState for Feedback {
    const NAME: &'static str = "feedback";
}

fn first_version(store: Store) -> Bot {
    Bot::new(store).route(
        command("feedback"),
        async |chat: Chat, feedback: Dialogue<Feedback>| {
            feedback.enter(Feedback::Rating(4));
            chat.reply("Four stars? Please say why.")
        },
    )
}

#[tokio::test]
async fn a_newer_version_goes_on_with_what_is_under_way() -> Tested {
    let store = Store::in_memory().await?;
    let mut test = troubled(first_version(store.clone())).await?;
    let alice = test.phone(ALICE);
    in_time(&test, async {
        alice.says("/feedback");
        alice.expect("Four stars?").await;
        test.settle().await;
    })
    .await;
    test.stop().await?;

    let mut test = troubled(program::bot(store)).await?;
    // Every sandbox draws the same ids, and the store knows the first ones.
    let stranger = test.phone("+44 7700 900147");
    for _ in 0..9 {
        stranger.says("Hello");
    }
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    alice.says("It was warm");
    bob.says("/feedback");
    test.kill().await;
    test.restart();
    in_time(&test, async {
        alice.expect("Thank you for 4 stars.").await;
        bob.expect("How many stars").await;
        bob.says("5");
        bob.expect("Why?").await;
        bob.says("It was dry");
        bob.expect("Thank you for 5 stars.").await;
        alice.expect_nothing().await;
        bob.expect_nothing().await;
    })
    .await;
    Ok(())
}
