//! A bot that repeats what it is told, at an endpoint that notifications are posted to:
//! `cargo run -p green-api --features webhook --example echo_webhook`.
//!
//! It needs `GREEN_API_URL`, `GREEN_API_ID_INSTANCE`, `GREEN_API_TOKEN_INSTANCE` and an invented secret in `WEBHOOK_TOKEN`, and an instance that is
//! linked. In the settings of the instance, `incomingWebhook` is on, `webhookUrl` is an address that leads to port 3000 of this machine, and
//! `webhookUrlToken` is the secret. Ctrl+C ends it when the message in hand has been answered.
//!
//! `axum::serve` limits neither the number of connections nor the time for the head of a request, and speaks HTTP. In production put a reverse proxy
//! before it that does, such as nginx or Caddy, or serve the router with `hyper_util`, its `header_read_timeout` and a semaphore for connections,
//! which is what `green-api listen --webhook` does. The endpoint itself limits the size of bodies and their time.

use axum::Router;
use green_api::webhook::WebhookToken;
use green_api::{
    BoxError, DeadLetter, Delivery, HandlerError, Instance, Outlook, ReceiveOptions, Received,
    Webhook,
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = Instance::from_env()?;
    let token: WebhookToken = std::env::var("WEBHOOK_TOKEN")?.parse()?;
    let options = ReceiveOptions::new()
        .deduplicate(10_000)
        .dead_letter(keep)
        .on_problem(|problem| eprintln!("{problem}"));
    let webhook = Webhook::builder(token)
        .options(options)
        .handler(move |received| {
            let instance = instance.clone();
            async move { echo(&instance, received).await }
        });

    let router: Router = webhook.clone().into_router();
    let stop = async move {
        tokio::signal::ctrl_c().await.unwrap_or_default();
        webhook.shutdown().await;
    };
    axum::serve(TcpListener::bind(("0.0.0.0", 3000)).await?, router)
        .with_graceful_shutdown(stop)
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
