//! What a program adds to attempts.

mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api::{Client, Credentials, Delivery, ErrorKind, Instance, RetryPolicy, Verb};
use serde_json::json;
use wire::{TOKEN, Wire};

fn answer(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn instance(wire: &Wire, name: &'static str) -> (Instance, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let noted = Arc::clone(&seen);
    let client = Client::builder()
        .retry(RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO))
        .on_attempt(move |attempt| {
            let (operation, number) = (attempt.operation(), attempt.number());
            let id = attempt.instance().map(|id| id.to_string());
            let id = id.unwrap_or_default();
            noted
                .lock()
                .unwrap()
                .push(format!("{operation} {id} {number}"));
            let number = number.to_string();
            attempt.header(name, &number).header("X-Gateway", "open");
        })
        .build()
        .unwrap();
    let credentials = Credentials::new(&wire.url(), "7103000001", TOKEN).unwrap();
    (client.instance(credentials), seen)
}

#[tokio::test]
async fn every_attempt_has_the_headers_that_were_added() {
    let good = answer("200 OK", r#"{"stateInstance":"authorized"}"#);
    let wire = Wire::start([answer("503 Away", ""), good]).await;
    let (instance, seen) = instance(&wire, "X-Attempt");
    instance.get_state_instance().await.unwrap();
    instance
        .call_unlisted("brewCoffee", Verb::Post, json!({"cups": 2}))
        .await
        .unwrap();
    instance.set_profile_picture("a picture").await.unwrap_err();
    let headers: Vec<_> = wire
        .seen()
        .iter()
        .map(|request| {
            let header = |name| request.header(name).unwrap_or_default().to_owned();
            (header("x-attempt"), header("x-gateway"))
        })
        .collect();
    let wanted = ["1", "2", "1", "1"].map(|number| (number.to_owned(), "open".to_owned()));
    assert_eq!(headers, wanted);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "getStateInstance 7103000001 1",
            "getStateInstance 7103000001 2",
            "brewCoffee 7103000001 1",
            "setProfilePicture 7103000001 1"
        ]
    );
}

#[tokio::test]
async fn a_host_that_keeps_files_gets_no_headers() {
    let wire = Wire::start([answer("200 OK", "a photo")]).await;
    let (instance, seen) = instance(&wire, "X-Attempt");
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/photo.jpg", wire.url());
    let path = folder.path().join("photo.jpg");
    instance.download(url, path).await.unwrap();
    let head = &wire.seen()[0].head.to_lowercase();
    assert!(!head.contains("x-attempt") && !head.contains("x-gateway"));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_header_of_our_own_is_not_replaced_and_nothing_is_sent() {
    let wire = Wire::start([answer("200 OK", "{}")]).await;
    let (instance, seen) = instance(&wire, "Content-Type");
    let error = instance.get_state_instance().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::InvalidInput, Delivery::NotSent)
    );
    assert!(error.to_string().contains("`content-type`"), "{error}");
    assert!(wire.seen().is_empty());
    assert_eq!(seen.lock().unwrap().len(), 1);
}
