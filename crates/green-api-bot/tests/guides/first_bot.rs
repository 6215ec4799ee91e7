#[path = "../../examples/first_bot.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use green_api_bot::Store;

use crate::support::{ALICE, BOB, Tested, in_time, troubled};

#[tokio::test]
async fn it_greets_and_repeats_through_faults_and_a_kill() -> Tested {
    let mut test = troubled(program::bot(Store::in_memory().await?)).await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    in_time(&test, async {
        alice.says("/start");
        alice.expect("Hello, ").await;
        alice.says("/help");
        alice.expect("/start greets you").await;
    })
    .await;
    for word in ["quiet", "calm", "still"] {
        alice.says(word);
        bob.says(word);
    }
    test.kill().await;
    bob.sends_file("cat.png", "12345");
    test.restart();
    in_time(&test, async {
        for phone in [&alice, &bob] {
            for word in ["QUIET", "CALM", "STILL"] {
                phone.expect(word).await;
            }
        }
        bob.expect("I can only read.").await;
        alice.expect_nothing().await;
        bob.expect_nothing().await;
    })
    .await;
    Ok(())
}
