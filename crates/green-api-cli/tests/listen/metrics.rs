//! What `--metrics` serves.

use serde_json::Value;

use crate::common::children::{end, first_line, signal, start};
use crate::common::{TOKEN, get, green_api_at, run};
use crate::support::{post, spawn, text, webhook, with_texts};

/// Whether there is a line that begins so.
fn has(text: &str, line: &str) -> bool {
    text.lines().any(|one| one.starts_with(line))
}

async fn event(child: &mut std::process::Child, name: &str) -> Value {
    let event: Value = serde_json::from_str(&first_line(child).await).unwrap();
    assert_eq!(event["event"], name);
    event
}

#[tokio::test]
async fn polling_is_counted() {
    let sandbox = with_texts(&["zanzibar", "pelican"]).await;
    let mut child = spawn(&sandbox, &["--json", "--metrics", "127.0.0.1:0"]);
    let url = event(&mut child, "metrics").await["url"].clone();
    let url = url.as_str().unwrap();
    // The poll after the two says that both are done.
    sandbox.wait_for_calls("receiveNotification", 3).await;
    let (status, text) = get(url, None).await;
    assert_eq!(status, 200);
    println!("{text}");
    for line in [
        "# HELP green_api_calls_total Calls that have ended",
        "# TYPE green_api_calls_total counter",
        r#"green_api_calls_total{operation="receiveNotification",outcome="ok",delivery="accepted"} 2"#,
        r#"green_api_calls_total{operation="deleteNotification",outcome="ok",delivery="accepted"} 2"#,
        r#"green_api_notifications_total{kind="incomingMessageReceived",outcome="handled"} 2"#,
        r#"green_api_notification_lag_seconds_count{instance="7103000001"} 2"#,
        r#"green_api_last_poll_timestamp_seconds{instance="7103000001"} 1"#,
    ] {
        assert!(has(&text, line), "{line}");
    }
    for secret in [TOKEN, "447700900", "zanzibar", "pelican", "3A0"] {
        assert!(!text.contains(secret), "{secret}");
    }
    // Nothing else is there, and not for pages that have made their name point here.
    assert_eq!(get(&url.replace("/metrics", "/"), None).await.0, 404);
    assert_eq!(get(url, Some("evil.example")).await.0, 403);
    assert_eq!(get(url, Some("localhost:1")).await.0, 200);
    signal("-INT", &child);
    assert_eq!(end(child).await.0, Some(0));
}

#[tokio::test]
async fn what_a_webhook_gets_is_counted() {
    let mut child = start(&mut webhook(&[
        "--without-authorization",
        "--json",
        "--metrics",
        "127.0.0.1:0",
    ]));
    let metrics = event(&mut child, "metrics").await["url"].clone();
    let listening = event(&mut child, "listening").await["url"].clone();
    let body = text(0, "zanzibar").to_string();
    let address = listening.as_str().unwrap();
    assert_eq!(post(address, None, &body).await, 200);
    let (_, text) = get(metrics.as_str().unwrap(), None).await;
    let line =
        r#"green_api_notifications_total{kind="incomingMessageReceived",outcome="handled"} 1"#;
    assert!(has(&text, line), "{text}");
    signal("-INT", &child);
    assert_eq!(end(child).await.0, Some(0));
}

#[tokio::test]
async fn an_address_that_cannot_be_is_said_before_anything_is_sent() {
    let sandbox = with_texts(&[]).await;
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (address, words) in [
        (&*address, "--metrics: cannot listen on 127.0.0.1:"),
        ("9100", "'9100' for '--metrics <ADDRESS:PORT>'"),
    ] {
        let ran = run(green_api_at(
            &sandbox.url(),
            &["listen", "--metrics", address],
        ))
        .await;
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    assert!(sandbox.requests().is_empty());
}
