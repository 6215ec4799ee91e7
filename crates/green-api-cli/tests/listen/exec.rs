//! A command for every notification.

use std::fs;

use serde_json::Value;

use crate::common::{calls, green_api_at, run};
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
        .env("GREEN_API_PARTNER_TOKEN", "gac.partner-token")
        .env("GREEN_API_WEBHOOK_TOKEN", "webhook-token");
    let ran = run(command).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("GREEN_API_URL="), "{}", ran.out);
    assert!(!ran.out.contains("TOKEN"), "{}", ran.out);
}
