//! People who talk to the bot, offline.

use std::time::Duration;

use green_api_bot::{BoxError, Store};

#[tokio::test]
async fn an_order_survives_a_kill() -> Result<(), BoxError> {
    let mut test = bot::bot(Store::in_memory().await?).test().await?;
    let phone = test.phone("+44 7700 900145");
    phone.says("/start");
    phone.expect("Hello").await;
    phone.says("/order");
    phone.expect("What would you like?").await;
    phone.says("onion soup");
    test.kill().await;
    test.restart();
    phone.expect("onion soup. Is that right?").await;
    phone.presses("Yes");
    phone.expect("Ordered: onion soup").await;
    phone.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn who_does_not_answer_is_told() -> Result<(), BoxError> {
    let test = bot::bot(Store::in_memory().await?).test().await?;
    let phone = test.phone("+44 7700 900145");
    phone.says("/order");
    phone.expect("What would you like?").await;
    test.advance(Duration::from_secs(2 * 60 * 60));
    phone.expect("Nothing was ordered").await;
    phone.says("onion soup");
    phone.expect("Send /order").await;
    phone.expect_nothing().await;
    Ok(())
}
