//! A bot that repeats what it is told, by long polling: `cargo run -p green-api --example echo_polling`.
//!
//! It needs `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE`, and an instance that is linked, with `incomingWebhook` on and
//! `webhookUrl` empty in its settings. Ctrl+C ends it when the message in hand has been answered.

use green_api::types::{MessageData, MessageNotification, Notification};
use green_api::{DeadLetter, Error, Instance};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = Instance::from_env()?;
    let notifications = instance
        .notifications()
        .deduplicate(10_000)
        .on_trouble(|trouble| eprintln!("{trouble}"))
        .dead_letter(keep)
        .until(async { tokio::signal::ctrl_c().await.unwrap_or_default() });
    notifications
        .for_each(|notification| async {
            match notification {
                Notification::IncomingMessageReceived(message) => echo(&instance, message).await,
                // Whatever else happens is no concern of this bot.
                _ => Ok(()),
            }
        })
        .await?;
    Ok(())
}

async fn echo(instance: &Instance, message: MessageNotification) -> Result<(), Error> {
    let text = match message.message_data {
        MessageData::TextMessage(message) => Some(message.text_message_data.text_message),
        // Plain texts often come as this, too.
        MessageData::ExtendedTextMessage(message) => message.extended_text_message_data.and_then(|extended| extended.text),
        _ => None,
    };
    let text = text.unwrap_or_else(|| "I can only read".to_owned());
    // An error here is not the end: the message comes again.
    instance.send_message(message.sender_data.chat_id, text).await?;
    Ok(())
}

/// What cannot be answered, even after several attempts, is kept for a person to look at.
async fn keep(letter: DeadLetter) -> std::io::Result<()> {
    eprintln!("given up: {letter:?}");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open("dead_letters.jsonl")?;
    std::io::Write::write_all(&mut file, format!("{}\n", letter.text()).as_bytes())
}
