//! A bot that greets people, repeats what they write in capitals, and says what it can do.

use green_api_bot::extract::{Sender, Text};
use green_api_bot::filter::{command, commands, text};
use green_api_bot::{Bot, Chat, HandlerResult, Instance, Store};

const HELP: &str = "/start greets you. Anything else comes back in capitals.";

async fn start(chat: Chat, sender: Sender) -> HandlerResult {
    let name = sender.name.unwrap_or_else(|| "stranger".to_owned());
    chat.reply(format!("Hello, {name}. Send me a word."))
}

async fn shout(chat: Chat, Text(text): Text) -> HandlerResult {
    chat.reply(text.to_uppercase())
}

pub(crate) fn bot(store: Store) -> Bot {
    Bot::new(store)
        .route(command("start"), start)
        .route(commands(["help", "ayuda"]), async |chat: Chat| {
            chat.reply(HELP)
        })
        .route(text(), shout)
        .fallback(async |chat: Chat| chat.reply_quoting("I can only read."))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::sqlite("bot.db").await?;
    bot(store).instance(Instance::from_env()?).run().await?;
    Ok(())
}
