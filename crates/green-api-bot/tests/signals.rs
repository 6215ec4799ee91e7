//! How a process ends whose handler does not.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use green_api::{Client, Credentials, Pace};
use green_api_bot::filter::text;
use green_api_bot::{Bot, BoxError, Store};
use green_api_sandbox::Sandbox;
use serde_json::json;

type Tested = Result<(), BoxError>;

const BOT: &str = "447700900123";
/// Set in the process that is a bot.
const CHILD: &str = "GREEN_API_BOT_SIGNALS";
/// What the bot says when it hangs.
const HANGS: &str = "the handler hangs";

/// The process that the other test ends.
#[tokio::test]
async fn bot() -> Tested {
    if std::env::var_os(CHILD).is_none() {
        return Ok(());
    }
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

/// Starts a bot by a script, and waits until its handler hangs.
fn hanging(script: &str) -> Result<(Child, impl Sized), BoxError> {
    let mut bot = Command::new("sh")
        .args([
            "-c",
            &format!("{script} exec \"$0\" --exact bot --nocapture"),
        ])
        .arg(std::env::current_exe()?)
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(bot.stdout.take().ok_or("no stdout")?).lines();
    let hangs = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| line.contains(HANGS));
    assert!(hangs);
    // It can write as long as somebody reads.
    Ok((bot, lines))
}

fn signal(bot: &Child, name: &str) -> Tested {
    let id = bot.id().to_string();
    Command::new("kill").args(["-s", name, &id]).status()?;
    std::thread::sleep(Duration::from_millis(500));
    Ok(())
}

/// Returns how it ended, which it does soon.
fn end(bot: &mut Child) -> Result<ExitStatus, BoxError> {
    let begun = Instant::now();
    loop {
        if let Some(status) = bot.try_wait()? {
            return Ok(status);
        }
        if begun.elapsed() > Duration::from_secs(10) {
            bot.kill()?;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_second_signal_ends_what_the_first_one_does_not() -> Tested {
    for (first, second) in [("TERM", "TERM"), ("HUP", "INT")] {
        let (mut bot, _lines) = hanging("")?;
        signal(&bot, first)?;
        assert!(bot.try_wait()?.is_none(), "{first} lets the handler go on");
        signal(&bot, second)?;
        let status = end(&mut bot)?;
        assert!(status.success(), "{first}, {second}: {status}");
    }
    Ok(())
}

#[test]
fn a_hangup_that_is_ignored_from_the_start_stays_ignored() -> Tested {
    let (mut bot, _lines) = hanging("trap '' HUP;")?;
    for name in ["HUP", "HUP", "TERM"] {
        signal(&bot, name)?;
        assert!(bot.try_wait()?.is_none(), "{name}");
    }
    signal(&bot, "TERM")?;
    let status = end(&mut bot)?;
    assert!(status.success(), "{status}");
    Ok(())
}
