//! Notifications that fail too often: kept in a file, dropped, or in the way.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

use crate::common::children::{end, first_line, signal};
use crate::common::{INSTANCE, calls};
use crate::support::{at, listen, spawn, with_texts};

#[tokio::test]
async fn what_fails_too_often_goes_to_a_file_and_the_next_one_comes() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    let file = letters.display().to_string();
    let arguments = [
        "--once",
        "--exec",
        "! grep -q poison",
        "--attempts",
        "1",
        "--dead-letter",
        &file,
        "--json",
    ];
    let ran = listen(&sandbox, &arguments).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let told: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        told.iter().all(|event| event["event"] == "trouble") && told.len() == 2,
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("poison"), "{}", ran.out);
    let lines = fs::read_to_string(&letters).unwrap();
    let [letter] = lines.lines().collect::<Vec<_>>()[..] else {
        panic!("{lines}")
    };
    let letter: Value = serde_json::from_str(letter).unwrap();
    assert_eq!(
        (letter["attempts"].as_u64(), letter["error"].as_str()),
        (Some(1), Some("the command ended with exit status: 1"))
    );
    assert_eq!(
        letter["notification"]["messageData"]["textMessageData"]["textMessage"],
        "poison"
    );
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(
        fs::metadata(&letters).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn without_a_file_what_fails_stays_and_blocks_and_that_is_told() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let folder = tempfile::tempdir().unwrap();
    let mended = folder.path().join("mended");
    let exec = format!("test -e '{}'", mended.display());
    let mut child = spawn(
        &sandbox,
        &["--json", "--attempts", "1", "--limit", "2", "--exec", &exec],
    );
    let told = first_line(&mut child).await;
    assert!(
        told.contains("blocks the queue") && told.contains("--dead-letter FILE, or --drop"),
        "{told}"
    );
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
    fs::write(&mended, "").unwrap();
    let mut rest = child.stdout.take().unwrap();
    let out = tokio::task::spawn_blocking(move || {
        let mut out = String::new();
        rest.read_to_string(&mut out).map(|_| out)
    });
    let out = out.await.unwrap().unwrap();
    assert_eq!(end(child).await, (Some(0), String::new()));
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
    assert!(out.contains("{\"event\":\"recovered\","), "{out}");
}

#[tokio::test]
async fn dropping_is_asked_for_by_name() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let arguments = [
        "--once",
        "--exec",
        "! grep -q poison",
        "--attempts",
        "1",
        "--drop",
    ];
    let ran = listen(&sandbox, &arguments).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err
            .contains(&format!("instance {INSTANCE}: gave up on a notification")),
        "{}",
        ran.err
    );
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
    let ran = listen(&sandbox, &["--drop", "--dead-letter", "x"]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[tokio::test]
async fn dead_letters_that_others_can_read_are_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = with_texts(&["good"]).await;
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    fs::write(&letters, "").unwrap();
    fs::set_permissions(&letters, fs::Permissions::from_mode(0o666)).unwrap();
    let file = letters.display().to_string();
    let ran = listen(&sandbox, &["--once", "--dead-letter", &file]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("(mode 0666); run: chmod 600 '"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn dead_letters_may_go_to_a_pipe() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let ran = listen(
        &sandbox,
        &[
            "--once",
            "--exec",
            "! grep -q poison",
            "--attempts",
            "1",
            "--dead-letter",
            "/dev/stderr",
        ],
    )
    .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err
            .lines()
            .any(|line| line.starts_with("{\"attempts\":1,") && line.contains("poison")),
        "{}",
        ran.err
    );
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
}

#[tokio::test]
async fn a_full_disk_leaves_no_half_dead_letter() {
    // Whoever starts it need not ignore the signal.
    for ignored in ["trap '' XFSZ; ", ""] {
        large(ignored).await;
    }
}

async fn large(ignored: &str) {
    let sandbox = with_texts(&[&"long ".repeat(1_000)]).await;
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    fs::write(&letters, "{}\n").unwrap();
    // No file may grow beyond a block, which is shorter than the letter.
    let listen = r#"exec "$0" listen --json --attempts 1 --exec false --dead-letter "$1""#;
    let script = format!("{ignored}ulimit -f 1; {listen}");
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(script)
        .arg(cargo_bin!("green-api"))
        .arg(&letters);
    let mut child = at(command, &sandbox.url());
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let told = tokio::task::spawn_blocking(move || {
        out.by_ref()
            .lines()
            .find(|line| line.as_ref().unwrap().contains("dead letter"))
    });
    let told = told.await.unwrap().unwrap().unwrap();
    assert!(told.contains("File too large"), "{told}");
    assert_eq!(fs::read_to_string(&letters).unwrap(), "{}\n");
    signal("-INT", &child);
    assert_eq!(end(child).await, (Some(0), String::new()));
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
}
