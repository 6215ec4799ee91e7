//! A bot that repeats what it is told, by long polling: `cargo run -p green-api --example echo_polling`.
//!
//! It needs `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE`, and an instance that is linked, with `incomingWebhook` on and
//! `webhookUrl` empty in its settings. Ctrl+C ends it when the message in hand has been answered.
//! If it is killed between sending and deleting, that one message comes again and is answered twice; a bot for which that matters writes down the
//! `deduplication_key` of what it has answered.

use green_api::{
    BoxError, DeadLetter, Delivery, HandlerError, Instance, Outlook, ReceiveOptions, Received,
};

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

/// Answers a message. A send that may have gone is never repeated.
///
/// An error of a handler means: again. So the error of a send is returned only where the message certainly did not go; see [`Error::delivery`].
pub(crate) async fn echo(instance: &Instance, received: Received) -> Result<(), BoxError> {
    // This bot ignores everything that is not an incoming message.
    let Some(message) = received.notification.incoming_message() else {
        return Ok(());
    };
    let Some(chat) = message.chat_id() else {
        return Ok(());
    };
    let answer = message.text().unwrap_or("I can only read");
    let Err(error) = instance.send_message(chat, answer).await else {
        return Ok(());
    };
    match (error.delivery(), error.kind().outlook()) {
        // Only the server's answer was lost.
        (Delivery::Accepted, _) => Ok(()),
        // An outage, or too many at once: the message comes again, however long that takes.
        (Delivery::NotSent | Delivery::Refused, Outlook::Passes) => {
            Err(HandlerError::later(error).into())
        }
        // It did not go, and waiting may help: the message comes again for an hour.
        (Delivery::NotSent | Delivery::Refused, Outlook::Unclear) => Err(error.into()),
        // It may have gone, or never will: a person looks at it.
        _ => Err(HandlerError::hopeless(error).into()),
    }
}

/// Keeps what was given up on for a person to look at. Only when this returns `Ok` does it leave the server's queue.
pub(crate) async fn keep(letter: DeadLetter) -> std::io::Result<()> {
    eprintln!("{letter}");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open("dead_letters.jsonl")?;
    std::io::Write::write_all(&mut file, format!("{}\n", letter.text()).as_bytes())?;
    file.sync_data()
}
