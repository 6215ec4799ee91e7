//! The example that relays to a file is killed at random moments: each notification is one line in the end, in order.

#![cfg(unix)]

#[path = "../examples/relay_to_a_file.rs"]
#[allow(dead_code)]
mod example;

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use example::Lines;
use green_api::{Client, Credentials, RetryPolicy};
use green_api_mailbox::{Relay, Relayed, Sink as _};
use green_api_sandbox::Sandbox;
use serde_json::{Value, json};

const INSTANCE: u64 = 7_103_000_001;
const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
const NUMBER: usize = 500;
/// What the process that is killed is told by.
const API: &str = "GREEN_API_TEST_RELAY_API";
const FILE: &str = "GREEN_API_TEST_RELAY_FILE";

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn message(number: usize) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": INSTANCE}, "timestamp": 1_767_225_600,
        "idMessage": number.to_string(), "senderData": {"chatId": "447700900145@c.us", "sender": "447700900145@c.us"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": format!("This is number {number}")}},
    })
}

#[tokio::test]
#[ignore = "it is the process that the test kills"]
async fn relay_of_a_process() {
    let (Ok(api), Some(file)) = (env::var(API), env::var_os(FILE)) else {
        return;
    };
    let client = Client::builder()
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let credentials = Credentials::new(&api, &INSTANCE.to_string(), TOKEN).unwrap();
    let relay = Relay::new(Lines::open(Path::new(&file)).unwrap());
    relay.run(&client.instance(credentials)).await.unwrap();
}

fn read(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let numbers = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        serde_json::from_str::<Value>(line["notification"].as_str().unwrap()).unwrap()
    });
    numbers.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_notification_is_one_line() {
    let sandbox = Sandbox::builder()
        .instance(INSTANCE, TOKEN)
        .rate_limits(false);
    let sandbox = sandbox.start().await.unwrap();
    let behind = sandbox.instance();
    for number in 0..NUMBER {
        behind.notify(&message(number));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notifications.jsonl");
    let (started, mut kills) = (Instant::now(), 0);
    let mut chance = fastrand::Rng::with_seed(1);
    while behind.pending_notifications() > 0 {
        let _killed = Killed(
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "relay_of_a_process", "--ignored"])
                .env(API, sandbox.url())
                .env(FILE, &path)
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let goal = behind
            .pending_notifications()
            .saturating_sub(chance.usize(10..60));
        while behind.pending_notifications() > goal {
            assert!(started.elapsed() < Duration::from_secs(120), "it is stuck");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(chance.u64(0..5_000))).await;
        kills += 1;
    }
    let expected: Vec<_> = (0..NUMBER).map(message).collect();
    assert_eq!(read(&path), expected);
    assert!(kills > 5, "{kills}");
}

#[tokio::test]
async fn a_torn_line_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notifications.jsonl");
    let relayed = |number| Relayed::new(serde_json::from_value(message(number)).unwrap());
    let lines = Lines::open(&path).unwrap();
    lines.deliver(&relayed(1)).await.unwrap();
    lines.deliver(&relayed(1)).await.unwrap();
    drop(lines);
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    // In the middle of a character.
    file.write_all(b"{\"key\": \"7103000001/\xc3").unwrap();
    let lines = Lines::open(&path).unwrap();
    for number in 1..3 {
        lines.deliver(&relayed(number)).await.unwrap();
    }
    assert_eq!(read(&path), [message(1), message(2)]);
}
