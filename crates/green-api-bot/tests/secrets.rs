//! What a bot logs, at every level: no token, and nothing that people write.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api_bot::extract::{Args, Text};
use green_api_bot::filter::{command, text};
use green_api_bot::middleware::{allow_only, languages, log, rate};
use green_api_bot::{Bot, BoxError, Chat, Dialogue, DialogueState, HandlerResult, Step, Store};
use serde::{Deserialize, Serialize};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[derive(Deserialize, Serialize)]
enum Step1 {
    Asked { said: String },
}

impl DialogueState for Step1 {
    const NAME: &'static str = "asking";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(60));
}

async fn remember(chat: Chat, Text(said): Text, dialogue: Dialogue<Step1>) -> HandlerResult {
    dialogue.enter(Step1::Asked { said: said.clone() });
    chat.reply(format!("canary-answer to {said}"))
}

async fn fail(chat: Chat, Args(number): Args<u8>, step: Step<Step1>) -> HandlerResult {
    let Step(Step1::Asked { said }) = step;
    chat.reply(format!("canary-answer {number}"))?;
    Err(format!("canary-error: {said}").into())
}

#[tokio::test]
async fn neither_tokens_nor_words_are_logged() -> Result<(), BoxError> {
    let log_of_all = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log_of_all.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber)?;

    let test = Bot::new(Store::in_memory().await?)
        .route(command("fail"), fail)
        .route(text(), remember)
        .fallback(async |chat: Chat| chat.reply("canary-fallback"))
        .layer(languages(["en"]))
        .layer(rate(100, Duration::from_secs(1)))
        .layer(allow_only(["447700900145@c.us".parse()?]))
        .layer(log())
        .attempts(1)
        .test()
        .await?;
    let alice = test.phone("+44 7700 900145");
    alice.says("canary-text");
    alice.expect("canary-answer").await;
    alice.says("/fail canary-argument");
    alice.expect("canary-fallback").await;
    alice.sends_file("canary-name.txt", "canary-content");
    alice.expect("canary-fallback").await;
    alice.says("/fail 7");
    let inbox = test.store().inbox();
    while inbox.stats().await?.parked == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let token = test.sandbox().instance().api_token_instance();
    let log = String::from_utf8(log_of_all.0.lock().unwrap().clone())?;
    assert!(log.contains("handled") && log.contains("failed"), "{log}");
    for secret in ["canary", token.as_str()] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is logged");
    }
    Ok(())
}
