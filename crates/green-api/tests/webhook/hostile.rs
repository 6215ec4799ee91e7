//! What cannot be read: malformed, cut off, huge, deep, broken off.

use std::io;

use axum::body::{Body, Bytes};
use futures_util::stream;
use green_api::webhook::{Authorization, UnreadableBody};
use green_api::{DeadLetter, ReceiveOptions, Webhook};

use crate::common::{Log, message, post};
use crate::support::{id, noting, open, post_as, token};

const MIB: usize = 1024 * 1024;

/// What is posted, the answer, and why it cannot be read.
fn cases() -> Vec<(&'static str, Vec<u8>, u16, UnreadableBody)> {
    let not_json = |line, column| (400, serde_error(line, column));
    let mut cases = Vec::new();
    let mut add = |what, body: Vec<u8>, (status, error)| cases.push((what, body, status, error));
    add(
        "malformed",
        br#"{"typeWebhook":incoming}"#.to_vec(),
        not_json(1, 16),
    );
    add(
        "truncated",
        br#"{"typeWebhook":"incomingMess"#.to_vec(),
        (400, UnreadableBody::Truncated),
    );
    add("empty", Vec::new(), (400, UnreadableBody::Truncated));
    add(
        "a page",
        b"<html>Welcome to this network</html>".to_vec(),
        not_json(1, 1),
    );
    add(
        "not UTF-8",
        b"{\"typeWebhook\":\"\xff\xfe\"}".to_vec(),
        not_json(1, 17),
    );
    add("two of them", b"{}\n{}".to_vec(), not_json(2, 1));
    add(
        "deep and cut off",
        "[".repeat(100_000).into_bytes(),
        (400, UnreadableBody::Truncated),
    );
    add(
        "huge",
        vec![b'x'; 20 * MIB],
        (413, UnreadableBody::TooLong { limit: 16 * MIB }),
    );
    cases
}

fn serde_error(line: usize, column: usize) -> UnreadableBody {
    UnreadableBody::NotJson { line, column }
}

#[tokio::test]
async fn it_goes_to_the_dead_letters_as_it_came_and_the_next_one_is_handled() {
    for (what, body, status, wanted) in cases() {
        let (log, letters) = (Log::default(), Log::default());
        let (taken, came) = (letters.clone(), body.clone());
        let webhook = Webhook::builder(Authorization::per_instance([(
            id(7_103_000_001),
            token("open-sesame"),
        )]))
        .options(ReceiveOptions::new().dead_letter(move |letter| {
            let DeadLetter::Unreadable {
                instance,
                raw,
                error,
                ..
            } = &letter
            else {
                panic!("{letter:?}")
            };
            assert_eq!(*instance, Some(id(7_103_000_001)), "the token tells");
            assert!(
                *raw == came[..came.len().min(16 * MIB)],
                "{what}: {letter:?}"
            );
            assert_eq!(error.downcast_ref(), Some(&wanted), "{what}");
            assert!(!format!("{letter:?} {error}").contains("typeWebhook"));
            taken.note(what);
            async { Ok::<(), String>(()) }
        }))
        .handler(noting(&log));
        assert_eq!(
            post_as(&webhook, "open-sesame", body.clone()).await,
            status,
            "{what}"
        );
        // The server sends it again; it is in good hands, and what is behind it is to go on.
        assert_eq!(post_as(&webhook, "open-sesame", body).await, 200, "{what}");
        assert_eq!(
            post_as(&webhook, "open-sesame", message("3EB01", "Bye").to_string()).await,
            200
        );
        assert_eq!(
            (letters.noted(), log.noted()),
            (vec![what.to_owned()], vec!["Bye".to_owned()])
        );
    }
}

#[tokio::test]
async fn until_the_dead_letters_take_it_it_comes_again() {
    let letters = Log::default();
    let taken = letters.clone();
    let webhook = open()
        .options(ReceiveOptions::new().dead_letter(move |letter| {
            taken.note(letter.text());
            let full = taken.noted().len() < 3;
            async move {
                if full {
                    Err("the disk is full")
                } else {
                    Ok(())
                }
            }
        }))
        .handler(noting(&letters));
    for status in [500, 500, 400, 200] {
        assert_eq!(post(&webhook, "{").await, status);
    }
    assert_eq!(letters.noted(), ["{"; 3]);
}

#[tokio::test]
async fn where_dead_letters_are_dropped_it_does_not_block_either() {
    let webhook = open()
        .options(ReceiveOptions::new().drop_dead_letters())
        .body_limit(100)
        .handler(noting(&Log::default()));
    for (body, status) in [("{".to_owned(), 400), ("x".repeat(101), 413)] {
        assert_eq!(
            [
                post(&webhook, body.clone()).await,
                post(&webhook, body).await
            ],
            [status, 200]
        );
    }
}

#[tokio::test]
async fn what_is_too_long_is_told_apart_by_all_of_it() {
    let letters = Log::default();
    let webhook = open()
        .options(ReceiveOptions::new().dead_letter(letters.keep()))
        .body_limit(100)
        .handler(noting(&Log::default()));
    let body = |end: &str| format!("{}{end}", "x".repeat(200));
    for (end, status) in [
        ("a", 413),
        ("b", 413),
        ("", 413),
        ("a", 200),
        ("b", 200),
        ("", 200),
    ] {
        assert_eq!(post(&webhook, body(end)).await, status, "{end:?}");
    }
    assert_eq!(
        letters.noted(),
        ["x".repeat(100), "x".repeat(100), "x".repeat(100)]
    );
}

#[tokio::test]
async fn deep_and_long_json_is_no_reason_to_give_up() {
    let log = Log::default();
    let webhook = open().handler(noting(&log));
    let deep = format!(
        r#"{{"typeWebhook":"deep","a":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let long = format!(r#"{{"typeWebhook":"long","a":"{}"}}"#, "x".repeat(15 * MIB));
    assert_eq!(
        [post(&webhook, deep).await, post(&webhook, long).await],
        [200, 200]
    );
    assert_eq!(log.noted(), ["deep", "long"]);
}

#[tokio::test]
async fn the_limit_is_exact() {
    let (log, letters) = (Log::default(), Log::default());
    let body = message("3EB01", "Hello").to_string();
    let limited = |limit: usize| {
        open()
            .body_limit(limit)
            .options(ReceiveOptions::new().dead_letter(letters.keep()))
            .handler(noting(&log))
    };
    assert_eq!(post(&limited(body.len()), body.clone()).await, 200);
    assert_eq!(post(&limited(body.len() - 1), body.clone()).await, 413);
    assert_eq!(
        (log.noted(), letters.noted()),
        (
            vec!["Hello".to_owned()],
            vec![body[..body.len() - 1].to_owned()]
        )
    );
}

#[tokio::test]
async fn what_breaks_off_is_no_dead_letter_since_the_server_still_has_it() {
    let (log, letters) = (Log::default(), Log::default());
    let webhook = open()
        .options(ReceiveOptions::new().dead_letter(letters.keep()))
        .handler(noting(&log));
    let chunks = [
        Ok(Bytes::from_static(b"{\"typeWebhook\"")),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ];
    assert_eq!(
        post(&webhook, Body::from_stream(stream::iter(chunks))).await,
        400
    );
    assert!(log.noted().is_empty() && letters.noted().is_empty());
    assert_eq!(
        post(&webhook, message("3EB01", "Hello").to_string()).await,
        200
    );
}
