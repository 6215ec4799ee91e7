#[path = "../../examples/dialogue.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use std::time::Duration;

use green_api_bot::Store;

use crate::support::{ALICE, BOB, Tested, in_time, troubled};

#[tokio::test]
async fn tables_are_booked_through_faults_and_two_kills() -> Tested {
    let mut test = troubled(program::bot(Store::in_memory().await?)).await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    in_time(&test, async {
        for phone in [&alice, &bob] {
            phone.says("/book");
            phone.expect("how many").await;
        }
        alice.says("seven");
        alice.expect("A number").await;
    })
    .await;
    alice.says("7");
    bob.says("2");
    test.kill().await;
    test.restart();
    in_time(&test, async {
        alice.expect("At what time?").await;
        bob.expect("At what time?").await;
        alice.says("8 pm");
        alice.expect("7 people at 8 pm?").await;
        bob.says("back");
        bob.expect("how many people, then").await;
        bob.says("3");
        bob.expect("At what time?").await;
    })
    .await;
    alice.presses("Yes");
    test.kill().await;
    bob.says("cancel");
    test.restart();
    in_time(&test, async {
        alice.expect("Booked: 7 people at 8 pm.").await;
        bob.expect("Cancelled.").await;
        bob.says("9 pm");
        bob.expect("Send /book").await;
        alice.expect_nothing().await;
        bob.expect_nothing().await;
    })
    .await;
    Ok(())
}

#[tokio::test]
async fn who_does_not_answer_is_told_and_can_begin_again() -> Tested {
    let test = program::bot(Store::in_memory().await?).test().await?;
    let alice = test.phone(ALICE);
    alice.says("/book");
    alice.expect("how many").await;
    test.advance(Duration::from_secs(31 * 60));
    alice.expect("Nothing was booked.").await;
    alice.says("7");
    alice.expect("Send /book").await;
    alice.expect_nothing().await;
    Ok(())
}
