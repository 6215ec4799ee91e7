//! The bot of a café: a menu in two languages, an order in three steps, a poll, files in and out.
//! `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE` say which instance it is for.

use green_api::Upload;
use green_api_bot::extract::{Button, File, Text, Vote};
use green_api_bot::filter::{command, commands, file, in_dialogue, pressed, vote};
use green_api_bot::middleware::{Language, languages};
use green_api_bot::*;
use serde::{Deserialize, Serialize};

const HELLO: [&str; 2] = ["Welcome to the café!", "¡Bienvenido al café!"];
const MENU: [[&str; 3]; 2] = [
    ["Order", "Poll", "Español"],
    ["Pedir", "Encuesta", "English"],
];
const HELP: [&str; 2] = ["/start shows the menu.", "/start muestra el menú."];
const DRINK: [&str; 2] = ["What would you like?", "¿Qué te apetece?"];
const DRINKS: [[&str; 2]; 2] = [["Coffee", "Tea"], ["Café", "Té"]];
const SIZE: [&str; 2] = ["How large?", "¿De qué tamaño?"];
const SIZES: [[&str; 2]; 2] = [["Small", "Large"], ["Pequeño", "Grande"]];
const NAME: [&str; 2] = ["What is your name?", "¿Cómo te llamas?"];
const READY: [&str; 2] = ["Your receipt:", "Tu recibo:"];
const CAKE: [&str; 2] = ["Which cake do we bake?", "¿Qué tarta hacemos?"];
const CAKES: [[&str; 2]; 2] = [["Apple", "Carrot"], ["Manzana", "Zanahoria"]];

fn say<T>(language: &Language, [english, spanish]: [T; 2]) -> T {
    if language.code() == "es" {
        spanish
    } else {
        english
    }
}

/// The steps of an order, with what is known at each.
#[derive(Deserialize, Serialize)]
enum Order {
    Drink,
    Size { drink: String },
    Name { drink: String, size: String },
}

impl DialogueState for Order {
    const NAME: &'static str = "order";
}

async fn menu(chat: Chat, language: Language) -> HandlerResult {
    chat.ask_buttons(say(&language, HELLO), say(&language, MENU))
}

async fn speak(chat: Chat, button: Button, language: Language) -> HandlerResult {
    let spanish = usize::from(button.text == "Español");
    language.choose(["en", "es"][spanish])?;
    chat.ask_buttons(HELLO[spanish], MENU[spanish])
}

async fn order(
    chat: Chat,
    language: Language,
    order: Dialogue<Order>,
    step: Option<Step<Order>>,
    button: Option<Button>,
    text: Option<Text>,
) -> HandlerResult {
    let has = |all: [[&str; 2]; 2], one: &String| all.as_flattened().contains(&one.as_str());
    let step = step.map_or(Order::Drink, |Step(step)| step);
    let step = match (step, button.map(|button| button.text), text) {
        (Order::Drink, Some(drink), _) if has(DRINKS, &drink) => Order::Size { drink },
        (Order::Size { drink }, Some(size), _) if has(SIZES, &size) => Order::Name { drink, size },
        (Order::Name { drink, size }, _, Some(Text(name))) => {
            order.leave();
            chat.reply(say(&language, READY))?;
            let receipt = format!("{name}: {size} {drink}\n").into_bytes();
            return chat.send_file(Upload::from_bytes(receipt).named("receipt.txt"));
        }
        (step, ..) => step, // What does not fit is asked for again.
    };
    match step {
        Order::Drink => chat.ask_buttons(say(&language, DRINK), say(&language, DRINKS))?,
        Order::Size { .. } => chat.ask_buttons(say(&language, SIZE), say(&language, SIZES))?,
        Order::Name { .. } => chat.reply(say(&language, NAME))?,
    }
    order.enter(step);
    Ok(())
}

async fn poll(chat: Chat, language: Language) -> HandlerResult {
    chat.ask_poll(say(&language, CAKE), say(&language, CAKES))
}

async fn weigh(chat: Chat, file: File) -> HandlerResult {
    let path = tempfile::NamedTempFile::new()?.into_temp_path();
    let saved = file.save_to(&path)?.await?;
    chat.reply(format!("📎 {} bytes", saved.bytes))
}

/// The bot, with everything but its instance.
pub fn bot(store: Store) -> Bot {
    Bot::new(store)
        .route(command("start"), menu)
        .route(
            commands(["help", "ayuda"]),
            async |chat: Chat, language: Language| chat.reply(say(&language, HELP)),
        )
        .route(pressed("English").or(pressed("Español")), speak)
        .route(pressed("Poll").or(pressed("Encuesta")), poll)
        .route(vote(), async |chat: Chat, vote: Vote| {
            chat.reply(format!("🍰 {}", vote.options.join(", ")))
        })
        .route(file(), weigh)
        .route(pressed("Order").or(pressed("Pedir")), order)
        .route(in_dialogue::<Order>(), order)
        .fallback(menu)
        .layer(languages(["en", "es"]))
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let bot = bot(Store::sqlite("demo.db").await?);
    Ok(bot.instance(Instance::from_env()?).run().await?)
}
