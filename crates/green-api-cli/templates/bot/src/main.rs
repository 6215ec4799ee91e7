//! Runs the bot, with the instance that three environment variables name, until Ctrl-C.

use green_api_bot::{Instance, Store};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();

    let store = std::env::var("STORE").unwrap_or_else(|_| "bot.db".to_owned());
    let store = Store::sqlite(store).await?;
    bot::bot(store)
        .instance(Instance::from_env()?)
        .run()
        .await?;
    Ok(())
}
