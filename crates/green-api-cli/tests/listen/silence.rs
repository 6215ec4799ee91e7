//! What `--silence` reports.

use std::process::Child;

use green_api_sandbox::Fault;
use serde_json::Value;

use crate::common::children::{end, first_line, signal};
use crate::common::{green_api, run};
use crate::support::{at, post, spawn, text, webhook, with_texts};

async fn event(child: &mut Child) -> (String, Value) {
    let event: Value = serde_json::from_str(&first_line(child).await).unwrap();
    (event["event"].as_str().unwrap().to_owned(), event)
}

async fn says(child: &mut Child, name: &str, words: &str) {
    let (found, event) = event(child).await;
    assert_eq!(found, name);
    let message = event["message"].as_str().unwrap();
    assert!(message.contains(words), "{message}");
}

const SILENT: &str = "instance 7103000001: no notification has come for ";

#[tokio::test]
async fn polling_reports_silence() {
    let sandbox = with_texts(&[]).await;
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").body("null"));
    let mut child = spawn(&sandbox, &["--json", "--silence", "0.000000001"]);
    says(&mut child, "trouble", SILENT).await;
    signal("-INT", &child);
    assert_eq!(end(child).await.0, Some(0));
}

#[tokio::test]
async fn a_webhook_address_reports_silence_and_its_end() {
    let sandbox = with_texts(&[]).await;
    let command = webhook(&["--without-authorization", "--json", "--silence", "0.01"]);
    let mut child = at(command, &sandbox.url());
    let (listening, event) = event(&mut child).await;
    assert_eq!(listening, "listening");
    says(&mut child, "trouble", SILENT).await;
    let body = text(0, "one").to_string();
    assert_eq!(post(event["url"].as_str().unwrap(), None, &body).await, 200);
    says(&mut child, "recovered", "a notification has come").await;
    signal("-INT", &child);
    assert_eq!(end(child).await.0, Some(0));
}

#[tokio::test]
async fn whether_the_instance_is_linked_cannot_be_asked_without_credentials() {
    let webhook = ["listen", "--webhook", "127.0.0.1:0", "--silence", "60"];
    let mut command = green_api(&webhook);
    command.arg("--without-authorization");
    let ran = run(command).await;
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("GREEN_API_ID_INSTANCE"), "{}", ran.err);
}
