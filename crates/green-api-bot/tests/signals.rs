//! How a process ends whose handler does not.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use green_api::{Client, Credentials, Pace};
use green_api_bot::filter::text;
use green_api_bot::{Bot, BoxError, Store};
use green_api_sandbox::Sandbox;
use serde_json::json;

type Tested = Result<(), BoxError>;

const BOT: &str = "447700900123";
/// What the bot says when it hangs.
const HANGS: &str = "the handler hangs";

/// The process that the tests end.
#[tokio::test]
#[ignore = "the other tests start it"]
async fn bot() -> Tested {
    let sandbox = Sandbox::builder()
        .settings(json!({
            "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "pollMessageWebhook": "yes",
            "incomingCallWebhook": "yes", "stateWebhook": "yes",
        }))
        .linked_to(BOT)
        .start()
        .await?;
    let client = Client::builder().pace(Pace::off()).build()?;
    let credentials = sandbox.credentials(0).pass_to(Credentials::new)?;
    sandbox.phone("+44 7700 900145").send_text(BOT, "hello");
    Bot::new(Store::in_memory().await?)
        .route(text(), async || {
            println!("{HANGS}");
            std::future::pending::<()>().await;
        })
        .instance(client.instance(credentials))
        .run()
        .await?;
    Ok(())
}

#[test]
fn a_second_signal_ends_what_the_first_one_does_not() -> Tested {
    for (first, second) in [("TERM", "TERM"), ("HUP", "INT")] {
        let mut bot = Command::new(std::env::current_exe()?)
            .args(["--exact", "bot", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()?;
        // It is read from as long as the process writes.
        let mut lines = BufReader::new(bot.stdout.take().ok_or("no stdout")?).lines();
        let hangs = lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains(HANGS));
        assert!(hangs);
        let id = bot.id().to_string();
        let signal = |name| Command::new("kill").args(["-s", name, &id]).status();
        signal(first)?;
        std::thread::sleep(Duration::from_millis(500));
        assert!(bot.try_wait()?.is_none(), "{first} lets the handler go on");
        signal(second)?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = bot.try_wait()? {
                break status;
            }
            if begun.elapsed() > Duration::from_secs(10) {
                bot.kill()?;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(status.success(), "{first}, {second}: {status}");
    }
    Ok(())
}
