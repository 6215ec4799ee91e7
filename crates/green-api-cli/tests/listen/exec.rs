//! A command for every notification.

use std::fs;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

use crate::common::{INSTANCE, TOKEN, calls, green_api, green_api_at, run};
use crate::support::{listen, with_texts};

#[tokio::test]
async fn a_command_gets_the_json_and_its_end_decides() {
    let sandbox = with_texts(&["one", "two"]).await;
    let folder = tempfile::tempdir().unwrap();
    let (out, failed) = (folder.path().join("out"), folder.path().join("failed"));
    // The first time it fails.
    let command = format!(
        "cat >> '{}'; test -e '{1}' || {{ touch '{1}'; exit 7; }}; echo handled",
        out.display(),
        failed.display()
    );
    let ran = listen(&sandbox, &["--limit", "2", "--exec", &command]).await;
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "handled\nhandled\n"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains(
            "attempt 1 to handle a notification failed: the command ended with exit status: 7"
        ),
        "{}",
        ran.err
    );
    let received: Vec<Value> = fs::read_to_string(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let texts: Vec<&str> = received
        .iter()
        .map(|body| {
            body["messageData"]["textMessageData"]["textMessage"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert_eq!(texts, ["one", "one", "two"]);
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
}

#[tokio::test]
async fn a_command_does_not_inherit_tokens() {
    let sandbox = with_texts(&["good"]).await;
    let mut command = green_api_at(
        &sandbox.url(),
        &["listen", "--once", "--exec", "cat > /dev/null; env"],
    );
    command
        .env("GREEN_API_MEDIA_URL", sandbox.url())
        .env("GREEN_API_PARTNER_TOKEN", "gac.partner-token")
        .env("GREEN_API_WEBHOOK_TOKEN", "webhook-token");
    let ran = run(command).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    // Where the profiles are is no secret.
    let left = ran.out.lines().filter(|line| line.contains("GREEN_API_"));
    let left: Vec<&str> = left.filter_map(|line| line.split('=').next()).collect();
    assert_eq!(left, ["GREEN_API_CONFIG_DIR"]);
}

#[tokio::test]
async fn a_command_calls_with_a_profile() {
    let sandbox = with_texts(&["good"]).await;
    let (url, folder) = (sandbox.url(), tempfile::tempdir().unwrap());
    let id = INSTANCE.to_string();
    let login = ["login", "--url", &url, "--id", &id, "--no-check"];
    let mut login = green_api(&login);
    login
        .env("GREEN_API_CONFIG_DIR", folder.path())
        .write_stdin(TOKEN);
    assert_eq!(run(login).await.code, 0);
    let exec = format!(
        "cat > /dev/null; '{0}' state && '{0}' state --profile default",
        cargo_bin!("green-api").display()
    );
    let mut command = green_api_at(
        &url,
        &[
            "listen",
            "--once",
            "--exec",
            &exec,
            "--attempts",
            "1",
            "--drop",
        ],
    );
    command.env("GREEN_API_CONFIG_DIR", folder.path());
    let ran = run(command).await;
    assert_eq!(
        (ran.code, &*ran.out),
        (0, "authorized\nauthorized\n"),
        "{}",
        ran.err
    );
}
