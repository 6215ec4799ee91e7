//! Who is let in.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::stream;
use green_api::webhook::Authorization;
use green_api::{ReceiveOptions, Webhook};
use serde_json::json;

use crate::common::{Log, message, message_to, post};
use crate::support::{id, noting, open, post_as, send, token};

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
async fn the_instance_is_read_in_one_way() {
    let log = Log::default();
    let tokens = [
        (id(7_103_000_001), token("one")),
        (id(7_103_000_002), token("two")),
    ];
    let noted = log.clone();
    let webhook = Webhook::builder(Authorization::per_instance(tokens)).handler(move |delivered| {
        noted.note(delivered.instance().unwrap().to_string());
        std::future::ready(Ok::<(), String>(()))
    });
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    // The same number, and what only another program may take for it.
    let readable = [
        "7103000002",
        "7103000002.0",
        "7.103000002e9",
        r#""7103000002""#,
        r#"" 7103000002 ""#,
        r#"{"low": 2808032706, "high": 1, "unsigned": true}"#,
    ];
    let unreadable = [
        "7103000002.5",
        r#""7103000002.0""#,
        "[7103000002]",
        "-7103000002",
        "true",
        r#"{"id": 7103000002}"#,
    ];
    let mut number = 0;
    for kind in ["incomingMessageReceived", "somethingNew"] {
        let body = |data: &str, number: i32| {
            format!(
                r#"{{"typeWebhook": "{kind}", "deep": {deep}, "instanceData": {data}, "idMessage": "3EB{number}"}}"#
            )
        };
        let ids = readable.map(|id| (id, 200)).into_iter();
        for (id, status) in ids.chain(unreadable.map(|id| (id, 403))) {
            number += 1;
            let body = body(&format!(r#"{{"idInstance": {id}}}"#), number);
            assert_eq!(post_as(&webhook, "one", body.clone()).await, 403, "{id}");
            assert_eq!(post_as(&webhook, "two", body).await, status, "{id}");
            let taken: &[&str] = if status == 200 { &["7103000002"] } else { &[] };
            assert_eq!(log.take(), taken, "{id}");
        }
        for data in ["7103000002", r#""7103000002""#, "[7103000002]"] {
            assert_eq!(post_as(&webhook, "one", body(data, 0)).await, 403, "{data}");
        }
    }
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
