//! A bot that takes a payment: what it does elsewhere is done once as well, and what a person has to look at is told.

use std::future::Future;

use green_api_bot::extract::{Args, Data};
use green_api_bot::filter::command;
use green_api_bot::{Bot, BotEvent, BoxError, Chat, Context, HandlerResult, Instance, Store};

/// A payment service. A request with a key that it knows is answered as the first time, and charges nothing.
pub(crate) trait Payments: Send + Sync + 'static {
    fn charge(
        &self,
        key: &str,
        pence: u64,
    ) -> impl Future<Output = Result<String, BoxError>> + Send;
}

async fn top_up<P: Payments>(
    chat: Chat,
    Args(pounds): Args<u32>,
    payments: Data<P>,
    context: Context,
) -> HandlerResult {
    // The same in each attempt at this message, and in no other. A kill behind this line charges nobody again.
    let key = format!("top-up/{}", context.commit().key());
    let receipt = payments.charge(&key, u64::from(pounds) * 100).await?;
    chat.reply(format!("Topped up by £{pounds}. Receipt: {receipt}"))
}

/// Tells whoever looks after the bot.
fn tell(event: &BotEvent<'_>) {
    match event {
        BotEvent::Parked(entry) => eprintln!("given up on {}: see `inbox parked`", entry.key()),
        BotEvent::Outbox(event) => eprintln!("outbox: {event:?}"),
        _ => {}
    }
}

pub(crate) fn bot<P: Payments>(store: Store, payments: P) -> Bot {
    Bot::new(store)
        .data(payments)
        .on_event(tell)
        .route(command("topup").usage("Such as: /topup 20"), top_up::<P>)
        .fallback(async |chat: Chat| chat.reply("Send /topup and how many pounds."))
}

/// In its place comes a request with an `Idempotency-Key` to the service of your choice.
struct Nobody;

impl Payments for Nobody {
    async fn charge(&self, _: &str, _: u64) -> Result<String, BoxError> {
        Err("no payment service is set up".into())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::sqlite("bot.db").await?;
    let bot = bot(store, Nobody).instance(Instance::from_env()?);
    bot.run().await?;
    Ok(())
}
