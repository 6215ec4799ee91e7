//! A bot that repeats what it is told, at an endpoint that notifications are posted to:
//! `cargo run -p green-api --features webhook --example echo_webhook`.
//!
//! It needs `GREEN_API_URL`, `GREEN_API_ID_INSTANCE`, `GREEN_API_TOKEN_INSTANCE` and an invented secret in `WEBHOOK_TOKEN`, and an instance that is
//! linked. In the settings of the instance, `incomingWebhook` is on, `webhookUrl` is an address that leads to port 3000 of this machine, and
//! `webhookUrlToken` is the secret. Ctrl+C ends it when the message in hand has been answered.

use axum::Router;
use green_api::webhook::WebhookToken;
use green_api::{DeadLetter, Error, Instance, ReceiveOptions, Received, Webhook};
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
