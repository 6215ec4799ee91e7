//! A bot and its test against the sandbox, in Rust: `cargo test -p green-api-tests --test bot`.

use std::time::Duration;

use green_api::{BoxError, Client, Credentials, Instance, Received};
use green_api_sandbox::{Content, Sandbox};

const CUSTOMER: &str = "447700900145";
const SHOP: &str = "447700900123";

/// The code under test. Its instance is one of the sandbox here, and one of GREEN-API elsewhere.
async fn answer(instance: &Instance, received: Received) -> Result<(), BoxError> {
    let Some(message) = received.notification.incoming_message() else {
        return Ok(());
    };
    if let (Some(chat), Some(text)) = (message.chat_id(), message.text()) {
        let answer = format!("You said: {text}");
        instance.send_message(chat, answer).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_bot_answers() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let credentials = sandbox.credentials(0).pass_to(Credentials::new)?;
    let instance = &Client::new()?.instance(credentials);

    // The settings apply after minutes, by the sandbox's clock; then the code is typed on the shop's phone.
    instance.set_settings().incoming_webhook(true).await?;
    sandbox.clock().advance(Duration::from_secs(300));
    let code = instance.get_authorization_code(SHOP.parse()?).await?;
    sandbox.phone(SHOP).type_code(code.as_str())?;
    sandbox.clock().advance(Duration::from_secs(30));

    // A customer writes, and the bot answers.
    let customer = sandbox.phone(CUSTOMER);
    customer.send_text(&format!("{SHOP}@c.us"), "Where is my parcel?");
    let (answered, done) = tokio::sync::oneshot::channel();
    let mut answered = Some(answered);
    instance
        .notifications()
        .until(async { done.await.unwrap_or_default() })
        .for_each(|received| {
            let answered = answered.take();
            async move {
                answer(instance, received).await?;
                answered.map(|answered| answered.send(()));
                Ok::<_, BoxError>(())
            }
        })
        .await?;
    sandbox.clock().advance(Duration::from_secs(60));
    let chat = customer.messages(&format!("{SHOP}@c.us"));
    let texts: Vec<&str> = chat
        .iter()
        .map(|message| match &message.content {
            Content::Text { text, .. } => text.as_str(),
            _ => "something else",
        })
        .collect();
    assert_eq!(
        texts,
        ["Where is my parcel?", "You said: Where is my parcel?"]
    );
    Ok(())
}
