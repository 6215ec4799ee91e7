//! `outbox`, `inbox` and `relay`: what is kept, sent once and handled.

mod adding;
#[path = "../common/mod.rs"]
mod common;
#[cfg(unix)]
mod ending;

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use common::{INSTANCE, PHONE, Ran, TOKEN, calls, get, green_api, green_api_at, run, sandbox_with};
use green_api_sandbox::{Fault, Sandbox, State};
use serde_json::{Value, json};
use tempfile::TempDir;

const FRIEND: &str = "447700900145";

/// A linked instance, and a folder for the store.
struct Desk {
    sandbox: Sandbox,
    folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        let settings = json!({"incomingWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "outgoingWebhook": "yes"});
        let sandbox = Sandbox::builder().settings(settings).linked_to(PHONE);
        Self {
            sandbox: sandbox_with(sandbox.restart_time(Duration::ZERO)).await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = green_api_at(&self.sandbox.url(), arguments);
        command.env("GREEN_API_DATA_DIR", self.folder.path());
        // Of the shell that `--exec` needs.
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command
    }

    /// The same, to be started and ended by the test.
    #[cfg(unix)]
    fn process(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("green-api"));
        command
            .args(arguments)
            .env("GREEN_API_URL", self.sandbox.url())
            .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
            .env("GREEN_API_TOKEN_INSTANCE", TOKEN)
            .env("GREEN_API_CONFIG_DIR", self.folder.path())
            .env("GREEN_API_DATA_DIR", self.folder.path());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments)).await
    }

    async fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let ran = self.run(&[arguments, &["--json"]].concat()).await;
        let lines = ran
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }

    /// How many messages the friend has.
    fn received(&self) -> usize {
        self.sandbox.phone(FRIEND).messages(PHONE).len()
    }
}

#[tokio::test]
async fn a_message_is_sent_once_however_often_it_is_added_and_run() {
    let desk = Desk::new().await;
    let add = [
        "outbox",
        "add",
        "--key",
        "order-1",
        "text",
        "--to",
        FRIEND,
        "It has left",
    ];
    for note in ["In the outbox", "has it already"] {
        let ran = desk.run(&add).await;
        assert_eq!(ran.code, 0, "{}", ran.show());
        assert!(ran.err.contains(note), "{}", ran.show());
    }
    assert_eq!(
        (calls(&desk.sandbox, "sendMessage"), desk.received()),
        (0, 0)
    );
    let stats = desk.json(&["outbox", "stats"]).await;
    assert_eq!(
        (&stats[0]["queued"], &stats[0]["parked"]),
        (&json!(1), &json!(0))
    );
    for line in ["order-1 sent\n", ""] {
        let ran = desk.run(&["outbox", "run", "--until-empty"]).await;
        assert_eq!((ran.code, ran.out.as_str()), (0, line), "{}", ran.show());
    }
    assert_eq!(calls(&desk.sandbox, "sendMessage"), 1);
    let shown = desk.json(&["outbox", "show", "order-1"]).await;
    assert_eq!(shown[0]["event"], "entry");
    assert_eq!(shown[0]["state"], "sent");
    assert!(shown[0]["idMessage"].is_string(), "{shown:?}");
    // What was written is not among it.
    assert!(!shown[0].to_string().contains("It has left"));
}

#[tokio::test]
async fn a_message_of_another_instance_stays_and_is_told() {
    let desk = Desk::new().await;
    let add = [
        "outbox", "add", "--key", "1", "text", "--to", FRIEND, "Hello",
    ];
    let mut other = desk.command(&add);
    other.env("GREEN_API_ID_INSTANCE", "7103000009");
    assert_eq!(run(other).await.code, 0);
    let ran = desk.run(&["outbox", "run", "--until-empty"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.show());
    let told = "entries of instance 7103000009 wait (1)";
    assert_eq!(ran.err.matches(told).count(), 1, "{}", ran.show());
    assert!(ran.err.contains("outbox run"), "{}", ran.show());
}

#[tokio::test]
async fn what_cannot_be_is_said_before_anything_is_kept() {
    let desk = Desk::new().await;
    let to = ["--to", FRIEND];
    let cases: [(&[&str], &str); 4] = [
        (
            &["outbox", "add", "--key", "", "text", "It has left"],
            "key",
        ),
        (
            &[
                "outbox",
                "add",
                "--key",
                "1",
                "text",
                "It has left",
                "--timeout",
                "5",
            ],
            "--not-after",
        ),
        (
            &["outbox", "add", "--key", "1", "file", "missing.pdf"],
            "missing.pdf",
        ),
        (
            &[
                "outbox",
                "add",
                "--key",
                "1",
                "--store",
                "/nowhere/store.db",
                "text",
                "It has left",
            ],
            "store",
        ),
    ];
    for (arguments, said) in cases {
        let ran = desk.run(&[arguments, &to].concat()).await;
        assert_eq!(ran.code, 2, "{arguments:?} {}", ran.show());
        assert!(ran.err.contains(said), "{arguments:?} {}", ran.show());
    }
    let add = |text| ["outbox", "add", "--key", "1", "text", "--to", FRIEND, text];
    assert_eq!(desk.run(&add("It has left")).await.code, 0);
    let other = desk.run(&add("Another text")).await;
    assert_eq!(other.code, 2);
    assert!(
        other.err.contains("with another content: message"),
        "{}",
        other.err
    );
    assert!(!other.err.contains("Another text"), "{}", other.err);
    assert_eq!(desk.json(&["outbox", "list"]).await.len(), 1);
}

#[tokio::test]
async fn entries_are_taken_back_and_sent_again() {
    let desk = Desk::new().await;
    let add = |key| {
        [
            "outbox", "add", "--key", key, "text", "--to", FRIEND, "Hello",
        ]
    };
    for key in ["a", "b"] {
        assert_eq!(desk.run(&add(key)).await.code, 0);
    }
    assert_eq!(desk.run(&["outbox", "cancel", "a"]).await.code, 0);
    let refused = Fault::on("sendMessage")
        .status(400)
        .body(r#"{"message":"no"}"#);
    desk.sandbox.faults().add(refused.times(1));
    assert_eq!(desk.run(&["outbox", "run", "--until-empty"]).await.code, 0);
    let listed = desk.json(&["outbox", "list", "refused"]).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["key"], "b");
    for key in ["a", "b"] {
        let ran = desk.run(&["outbox", "retry", key]).await;
        assert_eq!(ran.code, if key == "a" { 8 } else { 0 }, "{}", ran.show());
    }
    assert_eq!(desk.run(&["outbox", "run", "--until-empty"]).await.code, 0);
    assert_eq!(desk.json(&["outbox", "list", "sent"]).await.len(), 1);
    for command in ["show", "retry", "cancel"] {
        let ran = desk.run(&["outbox", command, "nobody-knows-it"]).await;
        assert_eq!(ran.code, 2, "{}", ran.show());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn notifications_are_handled_once_and_replayed() {
    let desk = Desk::new().await;
    desk.sandbox.phone(FRIEND).send_text(PHONE, "Is it far?");
    let inbox = desk.folder.path().join("handled");
    let keep = format!("cat >> {}", inbox.display());
    let mut receiving = desk.process(&["inbox", "run", "--exec", "exit 1", "--attempts", "1"]);
    let child = common::children::start(&mut receiving);
    let mut parked = Vec::new();
    for _ in 0..200 {
        parked = desk.json(&["inbox", "parked"]).await;
        if !parked.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    common::children::signal("-INT", &child);
    assert_eq!(common::children::end(child).await.0, Some(0));
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!(parked[0]["kind"], "incomingMessageReceived");
    assert_eq!(
        parked[0]["notification"]["typeWebhook"],
        "incomingMessageReceived"
    );
    let key = parked[0]["key"].as_str().unwrap();
    let work = [
        "inbox",
        "run",
        "--exec",
        &keep,
        "--without-receiving",
        "--until-empty",
    ];
    assert_eq!(desk.run(&work).await.code, 0);
    assert!(!inbox.exists(), "what is parked is left alone");
    assert_eq!(desk.run(&["inbox", "replay", key]).await.code, 0);
    for _ in 0..2 {
        assert_eq!(desk.run(&work).await.code, 0);
    }
    assert_eq!(std::fs::read_to_string(&inbox).unwrap().lines().count(), 1);
    let stats = desk.json(&["inbox", "stats"]).await;
    assert_eq!(
        (&stats[0]["done"], &stats[0]["parked"]),
        (&json!(1), &json!(0))
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_second_ctrl_c_ends_all_commands_together() {
    const CHATS: usize = 16;
    let desk = Desk::new().await;
    for chat in 0..CHATS {
        let friend = format!("4477009001{chat:02}");
        desk.sandbox.phone(&friend).send_text(PHONE, "Is it far?");
    }
    let started = desk.folder.path().join("started");
    let work = format!("echo >> '{}'; sleep 60; true", started.display());
    let mut receiving = desk.process(&["inbox", "run", "--exec", &work]);
    let child = common::children::start(&mut receiving);
    let lines = || std::fs::read_to_string(&started).map_or(0, |text| text.lines().count());
    for _ in 0..600 {
        if lines() == CHATS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(lines(), CHATS);
    let begin = std::time::Instant::now();
    // The output ends with the last process that has it.
    let code = common::children::end_by_signals(child).await;
    assert_eq!(code, Some(130));
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_instance_that_is_not_linked_holds_its_messages() {
    let desk = Desk::new().await;
    let add = [
        "outbox", "add", "--key", "1", "text", "--to", FRIEND, "Hello",
    ];
    assert_eq!(desk.run(&add).await.code, 0);
    desk.sandbox.instance().set_state(State::NotAuthorized);
    let mut command = desk.process(&["outbox", "run", "--until-empty", "--json"]);
    let mut child = common::children::start(&mut command);
    let line = common::children::first_line(&mut child).await;
    assert!(
        line.contains("sends nothing") && line.contains("trouble"),
        "{line}"
    );
    common::children::signal("-INT", &child);
    assert_eq!(common::children::end(child).await.0, Some(0));
    assert_eq!(desk.received(), 0);
    let listed = desk.json(&["outbox", "list", "queued"]).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn what_waits_is_measured() {
    let desk = Desk::new().await;
    let add = [
        "outbox", "add", "--key", "1", "text", "--to", FRIEND, "Hello",
    ];
    assert_eq!(desk.run(&add).await.code, 0);
    desk.sandbox.instance().set_state(State::NotAuthorized);
    let measured = ["--metrics", "127.0.0.1:0", "--json"];
    let runs: [(&[&str], &[&str]); 2] = [
        (
            &["outbox", "run"],
            &[
                r#"green_api_outbox_entries{state="queued"} 1"#,
                r#"green_api_outbox_entries{state="parked"} 0"#,
                "green_api_outbox_held_instances 1",
                "# TYPE green_api_outbox_oldest_seconds gauge",
            ],
        ),
        (
            &["inbox", "run", "--exec", "cat", "--without-receiving"],
            &[r#"green_api_inbox_entries{state="waiting"} 0"#],
        ),
    ];
    for (run, expected) in runs {
        let mut command = desk.process(&[run, &measured].concat());
        let mut child = common::children::start(&mut command);
        let line: Value =
            serde_json::from_str(&common::children::first_line(&mut child).await).unwrap();
        let url = line["url"].as_str().unwrap();
        let mut text = String::new();
        for _ in 0..100 {
            text = get(url, None).await.1;
            if expected
                .iter()
                .all(|line| text.lines().any(|one| one == *line))
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for line in expected {
            assert!(text.lines().any(|one| one == *line), "{line}\n{text}");
        }
        common::children::signal("-INT", &child);
        assert_eq!(common::children::end(child).await.0, Some(0));
    }
}

#[tokio::test]
async fn addresses_with_passwords_show_nowhere() {
    const PASSWORD: &str = "ca9a12-password";
    let folder = tempfile::tempdir().unwrap();
    let store = format!("postgres://ada:{PASSWORD}@127.0.0.1:1/green");
    let cases: [&[&str]; 3] = [
        &["outbox", "stats", "-vv"],
        &["inbox", "stats", "-vv"],
        &["inbox", "parked", "-vv", "--json"],
    ];
    for arguments in cases {
        for by_argument in [false, true] {
            let arguments = if by_argument {
                [arguments, &["--store", &store]].concat()
            } else {
                arguments.to_vec()
            };
            let mut command = green_api(&arguments);
            command.env("GREEN_API_DATA_DIR", folder.path());
            if !by_argument {
                command.env("GREEN_API_STORE", &store);
            }
            let ran = run(command).await;
            // The server may come back.
            assert_eq!(ran.code, 5, "{}", ran.show());
            assert!(!ran.show().contains(PASSWORD), "{}", ran.show());
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_relay_waits_for_its_server_and_shows_no_password() {
    const PASSWORD: &str = "ca9a12-password";
    let desk = Desk::new().await;
    let mut command = desk.process(&["relay", "-vv", "--json"]);
    command.env(
        "GREEN_API_NATS",
        format!("nats://ada:{PASSWORD}@127.0.0.1:1"),
    );
    let mut child = common::children::start(&mut command);
    let line = common::children::first_line(&mut child).await;
    assert!(line.contains("trouble") && line.contains("NATS"), "{line}");
    common::children::signal("-INT", &child);
    let (_, log) = common::children::end(child).await;
    assert!(!log.contains(PASSWORD) && !line.contains(PASSWORD), "{log}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new().await;
    let store = desk.folder.path().join("mailbox.db");
    for mode in [None, Some(0o644)] {
        if let Some(mode) = mode {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&store, permissions).unwrap();
        }
        let ran = desk.run(&["outbox", "stats"]).await;
        assert_eq!(ran.code, 0, "{}", ran.show());
        let warned = "holds messages and is readable by other users (mode 0644)";
        assert_eq!(ran.err.contains(warned), mode.is_some(), "{}", ran.err);
    }
}

/// Whether no file has the token.
fn no_token_in(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).unwrap();
    let mut texts = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    texts.all(|text| {
        !text
            .windows(TOKEN.len())
            .any(|part| part == TOKEN.as_bytes())
    })
}

#[tokio::test]
async fn the_store_has_no_token() {
    let desk = Desk::new().await;
    let add = [
        "outbox", "add", "--key", "1", "text", "--to", FRIEND, "Hello",
    ];
    assert_eq!(desk.run(&add).await.code, 0);
    assert_eq!(desk.run(&["outbox", "run", "--until-empty"]).await.code, 0);
    assert!(no_token_in(desk.folder.path()));
}
