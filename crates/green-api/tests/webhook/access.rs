//! Who is let in.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::stream;
use green_api::webhook::Authorization;
use green_api::{ReceiveOptions, Webhook};
use serde_json::json;

use crate::support::{Log, id, message, message_to, noting, open, post, post_as, send, token};

#[tokio::test]
async fn the_token_comes_with_or_without_a_word_before_it() {
    let log = Log::default();
    let webhook = Webhook::builder(token("Bearer open-sesame")).handler(noting(&log));
    for header in [
        "open-sesame",
        "Bearer open-sesame",
        "bearer open-sesame",
        "Basic open-sesame",
    ] {
        assert_eq!(
            post_as(&webhook, header, message("3EB01", header).to_string()).await,
            200
        );
        assert_eq!(log.take(), [header]);
    }
    for header in [
        "",
        "Bearer",
        "open-barley",
        "Bearer open-sesame open-sesame",
        "Digest open-sesame",
    ] {
        assert_eq!(
            post_as(&webhook, header, message("3EB01", "Hello").to_string()).await,
            401,
            "{header}"
        );
    }
    let without = send(
        &webhook,
        Request::post("/")
            .body(message("3EB01", "Hello").to_string().into())
            .unwrap(),
    )
    .await;
    assert_eq!(
        (
            without.status.as_u16(),
            &without.headers["www-authenticate"]
        ),
        (401, &"Bearer".parse().unwrap())
    );
    assert!(without.text.contains("webhookUrlToken"), "{}", without.text);
    assert!(log.noted().is_empty());
}

#[tokio::test]
async fn the_body_of_a_stranger_is_not_read() {
    let letters = Log::default();
    let webhook = Webhook::builder(token("open-sesame"))
        .options(ReceiveOptions::new().dead_letter(letters.keep()))
        .handler(noting(&letters));
    let unread = stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, Infallible>>> {
        panic!("it is read")
    });
    assert_eq!(
        post_as(&webhook, "open-barley", Body::from_stream(unread)).await,
        401
    );
    assert_eq!(post(&webhook, "{").await, 401);
    assert!(letters.noted().is_empty());
}

#[tokio::test]
async fn each_instance_has_its_own_token() {
    let log = Log::default();
    let tokens = [
        (id(7_103_000_001), token("one")),
        (id(7_103_000_002), token("two")),
        (id(7_103_000_002), token("two, new")),
    ];
    let noted = log.clone();
    let webhook = Webhook::builder(Authorization::per_instance(tokens)).handler(move |received| {
        noted.note(received.instance().unwrap().to_string());
        std::future::ready(Ok::<(), String>(()))
    });
    let cases = [
        ("one", 7_103_000_001, 200),
        ("Bearer two", 7_103_000_002, 200),
        ("two, new", 7_103_000_002, 200),
        ("one", 7_103_000_002, 403),
        ("two", 7_103_000_001, 403),
        ("one", 7_103_000_003, 403),
        ("three", 7_103_000_003, 401),
    ];
    for (token, instance, status) in cases {
        let body = message_to(instance, "3EB01", token).to_string();
        assert_eq!(
            post_as(&webhook, token, body).await,
            status,
            "{token} {instance}"
        );
        assert_eq!(
            log.take(),
            if status == 200 {
                vec![instance.to_string()]
            } else {
                vec![]
            }
        );
    }
    // The token tells where what says nothing of that comes from.
    assert_eq!(
        post_as(
            &webhook,
            "two",
            json!({"typeWebhook": "somethingNew"}).to_string()
        )
        .await,
        200
    );
    assert_eq!(log.take(), ["7103000002"]);
}

#[tokio::test]
async fn going_without_a_token_takes_whatever_comes() {
    let log = Log::default();
    let webhook = open().handler(noting(&log));
    assert_eq!(
        post(&webhook, message("3EB01", "Hello").to_string()).await,
        200
    );
    assert_eq!(
        post_as(&webhook, "whatever", message("3EB02", "Bye").to_string()).await,
        200
    );
    assert_eq!(log.noted(), ["Hello", "Bye"]);
}
