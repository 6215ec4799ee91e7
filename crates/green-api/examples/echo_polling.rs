//! A bot that repeats what it is told, by long polling: `cargo run -p green-api --example echo_polling`.
//!
//! It needs `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE`, and an instance that is linked, with `incomingWebhook` on and
//! `webhookUrl` empty in its settings. Ctrl+C ends it when the message in hand has been answered.

use green_api::types::Notification;
use green_api::{DeadLetter, Error, Instance};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = &Instance::from_env()?;
    let notifications = instance
        .notifications()
        .deduplicate(10_000)
        .on_trouble(|trouble| eprintln!("{trouble}"))
        .dead_letter(keep)
        .until(async { tokio::signal::ctrl_c().await.unwrap_or_default() });
    notifications
        .for_each(|notification| echo(instance, notification))
        .await?;
    Ok(())
}

async fn echo(instance: &Instance, notification: Notification) -> Result<(), Error> {
    // Whatever else happens is no concern of this bot.
    if let Some(message) = notification.incoming_message()
        && let Some(chat) = message.chat_id()
    {
        // An error here is not the end: the message comes again.
        instance
            .send_message(chat, message.text().unwrap_or("I can only read"))
            .await?;
    }
    Ok(())
}

/// What cannot be answered, even after several attempts, is kept for a person to look at.
async fn keep(letter: DeadLetter) -> std::io::Result<()> {
    eprintln!("given up: {letter:?}");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open("dead_letters.jsonl")?;
    std::io::Write::write_all(&mut file, format!("{}\n", letter.text()).as_bytes())
}
