//! What the bot does: its routes, and the dialogue in which somebody orders.

use std::time::Duration;

use green_api_bot::extract::{Button, Sender, Text};
use green_api_bot::filter::{at_step, command, in_dialogue, pressed, text, timed_out};
use green_api_bot::{Bot, Chat, Dialogue, DialogueState, HandlerResult, Step, Store};
use serde::{Deserialize, Serialize};

/// Where somebody is who orders, with what is known by then.
#[derive(Deserialize, Serialize)]
enum Order {
    What,
    Sure { what: String },
}

impl DialogueState for Order {
    const NAME: &'static str = "order";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(60 * 60));
}

/// Returns the bot; what runs it adds an instance, and a test runs it without one.
pub fn bot(store: Store) -> Bot {
    let sure = at_step("sure", |step| matches!(step, Order::Sure { .. }));
    Bot::new(store)
        .route(command("start"), start)
        .route(command("order"), order)
        .route(sure.and(pressed("Yes").or(pressed("No"))), confirm)
        .route(in_dialogue::<Order>().and(text()), answer)
        .route(timed_out::<Order>(), async |chat: Chat| {
            chat.reply("Nothing was ordered. Send /order to begin again.")
        })
        .fallback(async |chat: Chat| chat.reply("Send /order to order something."))
}

async fn start(chat: Chat, sender: Sender) -> HandlerResult {
    let name = sender.name.unwrap_or_else(|| "stranger".to_owned());
    chat.reply(format!("Hello, {name}. Send /order to order something."))
}

async fn order(chat: Chat, order: Dialogue<Order>) -> HandlerResult {
    order.enter(Order::What);
    chat.reply("What would you like?")
}

async fn answer(
    chat: Chat,
    Text(what): Text,
    Step(step): Step<Order>,
    order: Dialogue<Order>,
) -> HandlerResult {
    match step {
        Order::What => {
            chat.ask_buttons(
                format!("You would like {what}. Is that right?"),
                ["Yes", "No"],
            )?;
            order.enter(Order::Sure { what });
            Ok(())
        }
        Order::Sure { .. } => chat.reply("Please press Yes or No."),
    }
}

async fn confirm(
    chat: Chat,
    button: Button,
    Step(step): Step<Order>,
    order: Dialogue<Order>,
) -> HandlerResult {
    order.leave();
    match step {
        Order::Sure { what } if button.text == "Yes" => {
            chat.reply(format!("Ordered: {what}. Thank you."))
        }
        _ => chat.reply("Nothing was ordered."),
    }
}
