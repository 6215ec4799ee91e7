#[path = "../../examples/groups.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use green_api_bot::Store;

use crate::support::{ALICE, BOB, Tested, in_time, troubled};

#[tokio::test]
async fn a_group_has_one_list_through_faults_and_a_kill() -> Tested {
    let mut test = troubled(program::bot(Store::in_memory().await?)).await?;
    let number = |phone: &str| phone.replace([' ', '+'], "");
    let group = test
        .sandbox()
        .phone(&number(ALICE))
        .create_group("Neighbours", &[green_api_bot::testing::BOT, &number(BOB)]);
    let group = group.ok_or("there is no group")?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    let (alice, bob) = (alice.in_chat(&group), bob.in_chat(&group));
    in_time(&test, async {
        alice.says("/list");
        alice.expect("empty").await;
        alice.says("Hello all");
        alice.says("/add milk");
        alice.expect("1 on the list").await;
    })
    .await;
    bob.says("/add brown bread");
    test.kill().await;
    test.restart();
    in_time(&test, async {
        alice.expect("2 on the list").await;
        alice.says("/list");
        alice.expect("milk, brown bread").await;
        bob.says("/when");
        bob.expect("empty").await;
        bob.expect("1 on the list").await;
        bob.expect("2 on the list").await;
        bob.expect("milk, brown bread").await;
        bob.expect("When do we go?").await;
        bob.votes(["Sunday"]);
        bob.expect("is for Sunday").await;
        bob.says("/add");
        bob.expect("Such as: /add milk").await;
        bob.says("/bought");
        bob.expect("All bought").await;
        bob.expect_nothing().await;
    })
    .await;
    Ok(())
}
