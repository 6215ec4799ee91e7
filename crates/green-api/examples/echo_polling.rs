//! A bot that repeats what it is told, by long polling: `cargo run -p green-api --example echo_polling`.
//!
//! It needs `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE`, and an instance that is linked, with `incomingWebhook` on and
//! `webhookUrl` empty in its settings. Ctrl+C ends it when the message in hand has been answered.

use green_api::{DeadLetter, Error, Instance, ReceiveOptions, Received};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = &Instance::from_env()?;
    let options = ReceiveOptions::new()
        .deduplicate(10_000)
        .dead_letter(keep)
        .on_problem(|problem| eprintln!("{problem}"));
    instance
        .notifications()
        .options(options)
        .until(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
        .for_each(|received| echo(instance, received))
        .await?;
    Ok(())
}

async fn echo(instance: &Instance, received: Received) -> Result<(), Error> {
    // This bot ignores everything that is not an incoming message.
    if let Some(message) = received.notification.incoming_message()
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
    eprintln!("dead letter: {letter:?}");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open("dead_letters.jsonl")?;
    std::io::Write::write_all(&mut file, format!("{}\n", letter.text()).as_bytes())
}
