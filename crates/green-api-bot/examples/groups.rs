//! A bot for a group: a shopping list that all members share, and a poll. It keeps quiet unless it is spoken to.

use green_api_bot::extract::{Args, Sender, Vote};
use green_api_bot::filter::{command, group, private, text, vote};
use green_api_bot::{
    Bot, Chat, Dialogue, DialogueState, HandlerResult, Instance, Router, Scope, Step, Store,
};
use serde::{Deserialize, Serialize};

/// What a group wants to buy: one list for the whole chat.
#[derive(Default, Deserialize, Serialize)]
struct Shopping(Vec<String>);

impl DialogueState for Shopping {
    const NAME: &'static str = "shopping";
    const SCOPE: Scope = Scope::Chat;
}

type Kept = Option<Step<Shopping>>;

async fn add(
    chat: Chat,
    Args((thing,)): Args<(String,)>,
    kept: Kept,
    shopping: Dialogue<Shopping>,
) -> HandlerResult {
    let Shopping(mut list) = kept.map(|Step(list)| list).unwrap_or_default();
    list.push(thing);
    chat.reply(format!("{} on the list.", list.len()))?;
    shopping.enter(Shopping(list));
    Ok(())
}

async fn list(chat: Chat, kept: Kept) -> HandlerResult {
    match kept {
        Some(Step(Shopping(list))) => chat.reply(list.join(", ")),
        None => chat.reply("The list is empty."),
    }
}

async fn bought(chat: Chat, sender: Sender, shopping: Dialogue<Shopping>) -> HandlerResult {
    shopping.leave();
    let name = sender.name.unwrap_or_else(|| "somebody".to_owned());
    chat.reply(format!("All bought by {name}, thank you."))
}

async fn voted(chat: Chat, sender: Sender, vote: Vote) -> HandlerResult {
    let name = sender.name.unwrap_or_else(|| "Somebody".to_owned());
    match vote.options.as_slice() {
        [] => Ok(()),
        options => chat.reply(format!("{name} is for {}.", options.join(" and "))),
    }
}

pub(crate) fn bot(store: Store) -> Bot {
    let in_groups = Router::new()
        .route(command("add").usage("Such as: /add milk"), add)
        .route(command("list"), list)
        .route(command("bought"), bought)
        .route(command("when"), async |chat: Chat| {
            chat.ask_poll("When do we go?", ["Saturday", "Sunday"])
        })
        .route(vote(), voted);
    let routes = Router::new().nest(group(), in_groups);
    Bot::new(store)
        .routes(routes)
        .route(private().and(text()), async |chat: Chat| {
            chat.reply("Add me to a group.")
        })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::sqlite("bot.db").await?;
    bot(store).instance(Instance::from_env()?).run().await?;
    Ok(())
}
