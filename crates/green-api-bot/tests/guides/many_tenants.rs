#[path = "../../examples/many_tenants.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use std::path::Path;
use std::time::{Duration, Instant};

use green_api::{Client, Credentials, Pace};
use green_api_bot::{BoxError, Store};
use green_api_sandbox::{Clock, Sandbox};
use serde_json::json;
use tokio::sync::oneshot;

use crate::support::Tested;

const TOKEN: &str = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345";
const TENANTS: [(u64, &str); 3] = [
    (7_103_000_001, "447700900101"),
    (7_103_000_002, "447700900102"),
    (7_103_000_003, "447700900103"),
];

/// A server with three instances, each with a linked phone, whose settings let notifications through.
async fn sandbox(client: &Client) -> Result<Sandbox, BoxError> {
    let mut builder = Sandbox::builder()
        .clock(Clock::real())
        .delivery_time(Duration::ZERO)
        .restart_time(Duration::ZERO)
        .sending_delay(Duration::ZERO)
        .rate_limits(false);
    for (id, _) in TENANTS {
        builder = builder.instance(id, TOKEN);
    }
    let sandbox = builder.start().await?;
    let settings = json!({
        "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes",
        "pollMessageWebhook": "yes", "incomingCallWebhook": "yes", "stateWebhook": "yes",
    });
    for (instance, (id, number)) in sandbox.instances().iter().zip(TENANTS) {
        let credentials = Credentials::new(&sandbox.url(), &id.to_string(), TOKEN)?;
        let request = client.instance(credentials);
        request.call("setSettings", settings.clone()).await?;
        instance.link(&sandbox.phone(number));
    }
    Ok(sandbox)
}

/// Writes who is a tenant now, each with a token.
fn write(file: &Path, url: &str, tenants: &[(u64, &str)]) -> std::io::Result<()> {
    let line = |(id, token): &(u64, &str)| {
        let id = id.to_string();
        json!({ "apiUrl": url, "idInstance": id, "apiTokenInstance": token }).to_string() + "\n"
    };
    // At once, since the bot reads it at any time.
    let new = file.with_extension("new");
    std::fs::write(&new, tenants.iter().map(line).collect::<String>())?;
    std::fs::rename(new, file)
}

/// How many answers a person has from a tenant.
fn answers(sandbox: &Sandbox, number: &str) -> usize {
    let messages = sandbox.phone("447700900145").messages(number);
    messages.iter().filter(|one| !one.outgoing).count()
}

async fn answered(sandbox: &Sandbox, number: &str, times: usize) {
    let begun = Instant::now();
    while answers(sandbox, number) < times {
        assert!(begun.elapsed() < Duration::from_secs(30), "{number}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn tenants_come_and_go_and_a_broken_one_disturbs_none() -> Tested {
    let client = Client::builder().pace(Pace::off()).build()?;
    let sandbox = sandbox(&client).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tenants.jsonl");
    let [(first, one), (second, two), (third, three)] = TENANTS;
    let wrong = "0".repeat(50);
    write(&file, &sandbox.url(), &[(first, TOKEN), (second, &wrong)])?;

    let read = file.clone();
    let ask = move || program::tenants(client.clone(), read.clone());
    let bot = program::bot(Store::in_memory().await?, Duration::from_millis(100), ask);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));

    let person = sandbox.phone("447700900145");
    for number in [one, two, three] {
        person.send_text(number, "/who");
    }
    answered(&sandbox, one, 1).await;
    assert_eq!((answers(&sandbox, two), answers(&sandbox, three)), (0, 0));

    // The third comes, the first goes, and the second has its right token: what was written meanwhile is answered.
    write(&file, &sandbox.url(), &[(second, TOKEN), (third, TOKEN)])?;
    answered(&sandbox, two, 1).await;
    answered(&sandbox, three, 1).await;
    // What cannot be read changes nothing.
    std::fs::write(&file, "half a li")?;
    for number in [one, two, three] {
        person.send_text(number, "Hello");
    }
    answered(&sandbox, two, 2).await;
    answered(&sandbox, three, 2).await;
    assert_eq!(answers(&sandbox, one), 1);
    let _ = stop.send(());
    running.await??;
    Ok(())
}
