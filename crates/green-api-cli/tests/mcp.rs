//! `green-api mcp`: what is on which stream, and how it ends. What it does has tests of its own in `green-api-mcp`.

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use common::{INSTANCE, PHONE, TOKEN, green_api, green_api_at, run, sandbox};
use green_api_sandbox::Sandbox;
use green_api_tests::leaks::Canary;
use serde_json::{Value, json};

const WORDS: &str = "Is the parcel at the door?";

fn hello() -> String {
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    format!("{hello}\n{ready}\n")
}

fn call(id: u32, tool: &str, arguments: Value) -> String {
    let params = json!({"name": tool, "arguments": arguments});
    let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params});
    format!("{call}\n")
}

/// The answers by their ids.
fn answers(out: &str) -> Vec<(u64, Value)> {
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let mut answers: Vec<_> = out
        .lines()
        .map(read)
        .filter_map(|answer| Some((answer["id"].as_u64()?, answer["result"].clone())))
        .collect();
    answers.sort_by_key(|(id, _)| *id);
    answers
}

async fn linked() -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.instance().link(&sandbox.phone(PHONE));
    sandbox
}

#[tokio::test]
async fn standard_output_is_the_protocol_alone() {
    let lines = [
        hello(),
        "garbage\n".to_owned(),
        call(2, "last_incoming_messages", json!({})),
        call(
            3,
            "send_message",
            json!({"chatId": "447700900145", "message": "It is."}),
        ),
        call(4, "logout", json!({})),
    ];
    let mut command = green_api(&["mcp", "--sandbox", "--allow", "read,send", "--chat", "any"]);
    command.write_stdin(lines.concat());
    let ran = run(command).await;
    assert_eq!(ran.code, 0, "{}", ran.show());
    assert!(
        ran.err
            .starts_with("The phone in the browser: http://127.0.0.1:"),
        "{}",
        ran.err
    );
    // What is garbage has no id.
    assert_eq!(ran.out.matches("-32700").count(), 1, "{}", ran.out);
    let answers = answers(&ran.out);
    let ids: Vec<u64> = answers.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    assert!(answers[1].1.to_string().contains(WORDS));
    assert_eq!(answers[2].1["structuredContent"]["state"], "sent");
    let told = answers[3].1["content"][0]["text"].as_str().unwrap();
    assert!(told.contains("--allow manage"), "{told}");
}

#[tokio::test]
async fn a_sandbox_does_not_use_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("mailbox.db");
    let mut command = green_api(&["mcp", "--sandbox", "--allow", "send", "--chat", "any"]);
    command.env("GREEN_API_STORE", &store);
    let message = json!({"chatId": "447700900145", "message": WORDS});
    command.write_stdin(hello() + &call(2, "send_message", message));
    let ran = run(command).await;
    assert_eq!(ran.code, 0, "{}", ran.show());
    let sent = &answers(&ran.out)[1].1["structuredContent"]["state"];
    assert_eq!(sent, "sent");
    assert!(!store.exists());
}

#[tokio::test]
async fn the_outbox_keeps_what_it_sent() {
    let (sandbox, folder) = (linked().await, tempfile::tempdir().unwrap());
    let store = folder.path().join("mailbox.db");
    let store = store.to_str().unwrap();
    let mut command = green_api_at(
        &sandbox.url(),
        &[
            "mcp",
            "--allow",
            "send",
            "--chat",
            "+44 7700 900145",
            "--store",
            store,
            "-vv",
        ],
    );
    let message = json!({"chatId": "447700900145", "message": WORDS, "idempotencyKey": "order-1"});
    command.write_stdin(hello() + &call(2, "send_message", message));
    let ran = run(command).await;
    assert_eq!(ran.code, 0, "{}", ran.show());
    let id = answers(&ran.out)[1].1["structuredContent"]["idMessage"].clone();
    let shown = run(green_api(&[
        "outbox", "show", "order-1", "--store", store, "--json",
    ]))
    .await;
    assert!(shown.out.contains(id.as_str().unwrap()), "{}", shown.show());
    // Neither the token nor what people write is logged.
    assert!(ran.err.contains("green_api"), "nothing was logged");
    assert_eq!(
        Canary::new(TOKEN).found_in(&format!("{}{}", ran.out, ran.err)),
        None
    );
    assert!(!ran.err.contains(WORDS), "{}", ran.err);
}

#[tokio::test]
async fn what_is_allowed_is_checked_at_the_start() {
    for (arguments, why) in [
        (&["mcp", "--sandbox", "--allow", "send"][..], "needs --chat"),
        (
            &["mcp", "--sandbox", "--allow", "write"],
            "read, send or manage",
        ),
        (&["mcp", "--sandbox", "--chat", "nobody"], "--chat"),
        (&["mcp", "--sandbox", "--json"], "the protocol alone"),
        (&["mcp", "--sandbox", "--store", "x"], "--sandbox"),
        (&["mcp"], "no credentials"),
    ] {
        let ran = run(green_api(arguments)).await;
        assert_eq!(ran.code, 2, "{arguments:?} {}", ran.show());
        assert!(
            format!("{}{}", ran.out, ran.err).contains(why),
            "{}",
            ran.show()
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_ends_it_well() {
    let sandbox = linked().await;
    let url = sandbox.url();
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = Command::new(cargo_bin!("green-api"))
            .arg("mcp")
            .env("GREEN_API_URL", url)
            .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
            .env("GREEN_API_TOKEN_INSTANCE", TOKEN)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut to = child.stdin.take().unwrap();
        to.write_all(hello().as_bytes()).unwrap();
        let mut line = String::new();
        let mut from = BufReader::new(child.stdout.take().unwrap());
        from.read_line(&mut line).unwrap();
        assert!(line.contains("serverInfo"), "{line}");
        common::children::signal("-TERM", &child);
        common::children::wait(child)
    });
    assert_eq!(ended.await.unwrap(), (Some(0), String::new()));
}
