//! A restaurant's bot: it asks how many come and when, and confirms with buttons.

use std::time::Duration;

use green_api_bot::extract::{Button, Text};
use green_api_bot::filter::{at_step, command, in_dialogue, pressed, text, text_is, timed_out};
use green_api_bot::{Bot, Chat, Dialogue, DialogueState, HandlerResult, Instance, Step, Store};
use serde::{Deserialize, Serialize};

/// Where somebody is who books a table, with what is known by then.
#[derive(Deserialize, Serialize)]
enum Booking {
    People,
    Time { people: u8 },
    Confirm { people: u8, time: String },
}

impl DialogueState for Booking {
    const NAME: &'static str = "booking";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(30 * 60));
}

async fn book(chat: Chat, booking: Dialogue<Booking>) -> HandlerResult {
    booking.enter(Booking::People);
    chat.reply("For how many people?")
}

async fn answer(
    chat: Chat,
    Text(text): Text,
    Step(step): Step<Booking>,
    booking: Dialogue<Booking>,
) -> HandlerResult {
    match step {
        Booking::People => match text.trim().parse() {
            Ok(people @ 1..=12) => {
                booking.enter(Booking::Time { people });
                chat.reply("At what time?")
            }
            _ => chat.reply("A number from 1 to 12, please."),
        },
        Booking::Time { people } => {
            chat.ask_buttons(format!("{people} people at {text}?"), ["Yes", "No"])?;
            booking.enter(Booking::Confirm { people, time: text });
            Ok(())
        }
        Booking::Confirm { .. } => chat.reply("Please press Yes or No."),
    }
}

async fn confirm(
    chat: Chat,
    button: Button,
    Step(step): Step<Booking>,
    booking: Dialogue<Booking>,
) -> HandlerResult {
    let Booking::Confirm { people, time } = step else {
        return Ok(());
    };
    booking.leave();
    match button.text.as_str() {
        "Yes" => chat.reply(format!("Booked: {people} people at {time}.")),
        _ => chat.reply("Nothing was booked."),
    }
}

async fn back(chat: Chat, booking: Dialogue<Booking>) -> HandlerResult {
    match booking.back()? {
        Some(Booking::People) => chat.reply("For how many people, then?"),
        Some(_) => chat.reply("At what time, then?"),
        None => chat.reply("That was the first question."),
    }
}

async fn cancel(chat: Chat, booking: Dialogue<Booking>) -> HandlerResult {
    booking.leave();
    chat.reply("Cancelled.")
}

pub(crate) fn bot(store: Store) -> Bot {
    let confirming = at_step("confirm", |step| matches!(step, Booking::Confirm { .. }));
    Bot::new(store)
        .route(command("book"), book)
        .route(in_dialogue::<Booking>().and(text_is("back")), back)
        .route(in_dialogue::<Booking>().and(text_is("cancel")), cancel)
        .route(confirming.and(pressed("Yes").or(pressed("No"))), confirm)
        .route(in_dialogue::<Booking>().and(text()), answer)
        .route(timed_out::<Booking>(), async |chat: Chat| {
            chat.reply("Nothing was booked. Send /book to begin again.")
        })
        .fallback(async |chat: Chat| chat.reply("Send /book to book a table."))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::sqlite("bot.db").await?;
    bot(store).instance(Instance::from_env()?).run().await?;
    Ok(())
}
