//! A bot as it runs in production: any number of processes on one PostgreSQL, with health and metrics.

use std::net::TcpListener;

use green_api_bot::extract::Text;
use green_api_bot::filter::{command, in_dialogue, text};
use green_api_bot::{
    Bot, BoxError, Chat, Dialogue, DialogueState, HandlerResult, Instance, Step, Store,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version 1 was `{"Rating": 4}`, a number of stars. This one also asks why.
#[derive(Deserialize, Serialize)]
enum Feedback {
    Stars,
    Why { stars: u8 },
}

impl DialogueState for Feedback {
    const NAME: &'static str = "feedback";
    const VERSION: u32 = 2;

    fn migrate(version: u32, step: Value) -> Result<Self, BoxError> {
        let stars = step.get("Rating").and_then(Value::as_u64);
        match (version, stars) {
            (1, Some(stars)) => Ok(Self::Why {
                stars: u8::try_from(stars)?,
            }),
            _ => Ok(Self::Stars),
        }
    }
}

async fn ask(chat: Chat, feedback: Dialogue<Feedback>) -> HandlerResult {
    feedback.enter(Feedback::Stars);
    chat.reply("How many stars, from 1 to 5?")
}

async fn answer(
    chat: Chat,
    Text(text): Text,
    Step(step): Step<Feedback>,
    feedback: Dialogue<Feedback>,
) -> HandlerResult {
    match (step, text.trim().parse()) {
        (Feedback::Stars, Ok(stars @ 1..=5)) => {
            feedback.enter(Feedback::Why { stars });
            chat.reply("Why?")
        }
        (Feedback::Stars, _) => chat.reply("A number from 1 to 5, please."),
        (Feedback::Why { stars }, _) => {
            feedback.leave();
            chat.reply(format!("Thank you for {stars} stars."))
        }
    }
}

pub(crate) fn bot(store: Store) -> Bot {
    Bot::new(store)
        .route(command("feedback"), ask)
        .route(in_dialogue::<Feedback>().and(text()), answer)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let store = Store::postgres(&std::env::var("DATABASE_URL")?).await?;
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    bot(store)
        .instance(Instance::from_env()?)
        .listen(TcpListener::bind(address)?)
        .metrics(move || metrics.render())
        .run()
        .await?;
    Ok(())
}
