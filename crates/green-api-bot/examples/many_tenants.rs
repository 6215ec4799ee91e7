//! One bot for many customers: each has an instance, and they come and go while it runs.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use green_api::{Client, Credentials};
use green_api_bot::filter::{command, message};
use green_api_bot::{Bot, BotEvent, BoxError, Chat, Context, HandlerResult, Instance, Store};
use serde::Deserialize;

/// A line of the file with the tenants. Yours may be in a database or a vault; the bot's store never has tokens.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tenant {
    api_url: String,
    id_instance: String,
    api_token_instance: String,
}

/// Reads who is a tenant now. An error leaves everything as it is.
pub(crate) async fn tenants(client: Client, file: PathBuf) -> Result<Vec<Instance>, BoxError> {
    let text = tokio::fs::read_to_string(file).await?;
    let mut instances = Vec::new();
    for line in text.lines() {
        // What serde says could repeat the token.
        let tenant: Tenant = serde_json::from_str(line).map_err(|_| "a tenant cannot be read")?;
        let (url, id) = (&tenant.api_url, &tenant.id_instance);
        let credentials = Credentials::new(url, id, &tenant.api_token_instance)?;
        instances.push(client.instance(credentials));
    }
    Ok(instances)
}

async fn who(chat: Chat, context: Context) -> HandlerResult {
    let instance = context.update().instance();
    chat.reply(format!("I answer for the instance {instance}."))
}

/// Tells whoever looks after the bot. Without `on_event` the same is in the log.
fn tell(event: &BotEvent<'_>) {
    match event {
        BotEvent::Broken { instance, error } => eprintln!("instance {instance}: {error}"),
        BotEvent::Mended { instance } => eprintln!("instance {instance} is back"),
        BotEvent::Tenants(_) => eprintln!("the tenants cannot be read"),
        _ => {}
    }
}

pub(crate) fn bot<F, Asked>(store: Store, every: Duration, ask: F) -> Bot
where
    F: Fn() -> Asked + Send + Sync + 'static,
    Asked: Future<Output = Result<Vec<Instance>, BoxError>> + Send + 'static,
{
    Bot::new(store)
        .instances_from(every, ask)
        .on_event(tell)
        .route(command("who"), who)
        .route(message(), async |chat: Chat| chat.reply("Send me /who."))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::sqlite("bot.db").await?;
    let client = Client::new()?;
    let ask = move || tenants(client.clone(), PathBuf::from("tenants.jsonl"));
    bot(store, Duration::from_secs(60), ask).run().await?;
    Ok(())
}
