//! Pipes and signals.
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use common::children::{end, signal, start, wait};
use common::commands::{COMMANDS, World};
use common::{INSTANCE, PATIENCE, PHONE, TOKEN, calls};
use green_api_sandbox::Fault;

fn spawn(arguments: &[&str]) -> Child {
    start(
        Command::new(cargo_bin!("green-api"))
            .env_clear()
            .args(arguments),
    )
}

/// What Ctrl-C does, once the first line of output says that the command is under way.
fn interrupted(arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = spawn(arguments);
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(!line.is_empty());
    signal("-INT", &child);
    wait(child)
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let cases: [&[&str]; 9] = [
        &["call", "--list"],
        &["--help"],
        &["link", PHONE, "--sandbox", "--json"],
        &["link", "--qr", "--sandbox", "--json"],
        &["sandbox"],
        &["completions", "zsh"],
        &["man"],
        &["man", "--json"],
        &["link", "abc", "--json"],
    ];
    for arguments in cases {
        let mut child = spawn(arguments);
        drop(child.stdout.take());
        let (code, err) = wait(child);
        let expected = if arguments.contains(&"abc") { 2 } else { 0 };
        assert_eq!(code, Some(expected), "{arguments:?}: {err}");
        assert_eq!(err, "", "{arguments:?}");
    }
}

/// What was changed stays changed when nobody reads of it, and that is no failure.
#[tokio::test]
async fn a_closed_pipe_is_a_quiet_end_for_every_operation() {
    for typed in COMMANDS {
        let world = World::new().await;
        let mut command = Command::new(cargo_bin!("green-api"));
        command
            .env_clear()
            .env("GREEN_API_URL", world.sandbox.url())
            .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string());
        command
            .env("GREEN_API_TOKEN_INSTANCE", TOKEN)
            .env("GREEN_API_PARTNER_TOKEN", TOKEN);
        command.args(world.arguments(typed));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        // Commands that read nothing may have ended already.
        let _ = child
            .stdin
            .take()
            .unwrap()
            .write_all(world.order_token.as_bytes());
        let ended = tokio::task::spawn_blocking(|| wait(child)).await.unwrap();
        assert_eq!(ended, (Some(0), String::new()), "{}", typed.name);
        assert!(calls(&world.sandbox, typed.operation) > 0, "{}", typed.name);
    }
}

/// With the output closed from the start, or on a full disk.
async fn unread(world: &World, arguments: &[&str], full: bool) -> (Option<i32>, String) {
    let mut command = Command::new(cargo_bin!("green-api"));
    command
        .env_clear()
        .env("GREEN_API_URL", world.sandbox.url())
        .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
        .env("GREEN_API_TOKEN_INSTANCE", TOKEN)
        .args(arguments)
        .stderr(Stdio::piped());
    let out = if full {
        File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
            .into()
    } else {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Stdio::from(writer)
    };
    end(command.stdout(out).spawn().unwrap()).await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn every_request_is_sent_though_nobody_reads() {
    for full in [false, true] {
        let world = World::new().await;
        let people = [PHONE, "447700900189", "447700900190"];
        let add = [&["group", "add", &world.group], &people[..]].concat();
        let (code, err) = unread(&world, &add, full).await;
        assert_eq!(code, Some(if full { 9 } else { 0 }), "{err}");
        assert_eq!(err.contains("do not repeat it"), full, "{err}");
        assert_eq!(calls(&world.sandbox, "addGroupParticipant"), 3);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_verdict_outlives_the_output() {
    let world = World::new().await;
    let no = Fault::on("checkWhatsapp").body(r#"{"existsWhatsapp":false}"#);
    world.sandbox.faults().add(no);
    for (full, expected) in [(false, 10), (true, 9)] {
        let check = ["check", PHONE, "447700900145"];
        let (code, err) = unread(&world, &check, full).await;
        assert_eq!(code, Some(expected), "{err}");
    }
    assert_eq!(calls(&world.sandbox, "checkWhatsapp"), 4);
}

#[tokio::test]
async fn an_interrupt_tells_who_was_done() {
    for (name, code) in [("-TERM", 9), ("-INT", 130)] {
        let world = World::new().await;
        let adding = || Fault::on("addGroupParticipant");
        world.sandbox.faults().add(adding().times(1));
        world.sandbox.faults().add(adding().no_answer());
        let mut command = Command::new(cargo_bin!("green-api"));
        command
            .env_clear()
            .env("GREEN_API_URL", world.sandbox.url())
            .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
            .env("GREEN_API_TOKEN_INSTANCE", TOKEN)
            .args(["group", "add", &world.group])
            .args([PHONE, "447700900189", "447700900190"]);
        let child = start(&mut command);
        let second = async {
            while calls(&world.sandbox, "addGroupParticipant") < 2 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, second).await.unwrap();
        signal(name, &child);
        let (ended, err) = end(child).await;
        assert_eq!(ended, Some(code), "{err}");
        let told = "; done: +447700900123; in doubt: +447700900189; not tried: +447700900190\n";
        assert!(err.ends_with(told), "{err}");
    }
}

#[test]
fn nobody_has_to_read_the_progress() {
    let mut child = spawn(&["link", PHONE, "--sandbox"]);
    drop(child.stderr.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .ends_with("Linked: 447700900123@c.us\n")
    );
}

#[test]
fn ctrl_c_gives_up_and_ends_a_sandbox() {
    assert_eq!(
        interrupted(&["link", PHONE, "--sandbox", "--json"]),
        (Some(130), String::new())
    );
    assert_eq!(
        interrupted(&["sandbox", "--json"]),
        (Some(0), String::new())
    );
}
