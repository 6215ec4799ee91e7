//! Whatever is posted, by whomever: nobody is let in without the token, and what was let in is handled, or is a dead letter, byte for byte.
//!
//! An input is the header `Authorization`, an empty line and the body; without an empty line it is a body with the right header.

#![no_main]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request};
use futures_util::stream;
use green_api::types::Notification;
use green_api::webhook::UnreadableBody;
use green_api::{DeadLetter, ReceiveOptions, Received, Webhook};
use libfuzzer_sys::fuzz_target;
use tower::ServiceExt as _;

const TOKEN: &str = "open-sesame";
const LIMIT: usize = 2_000;
/// A body with this in it fails.
const POISON: &str = "poison";

/// What became of the requests, in order.
#[derive(Debug, PartialEq)]
enum Event {
    Handled(String),
    Failed(String),
    Unreadable(Vec<u8>, UnreadableBody),
}

fuzz_target!(|input: &[u8]| {
    let gap = input.windows(2).position(|two| two == b"\n\n");
    let (header, body) = gap.map_or((TOKEN.as_bytes(), input), |gap| {
        (&input[..gap], &input[gap + 2..])
    });
    let Ok(header) = HeaderValue::from_bytes(header) else {
        return;
    };
    let (events, statuses) = block_on(async {
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let webhook = webhook(&events);
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(post(&webhook, &header, body).await);
        }
        webhook.shutdown().await;
        (std::mem::take(&mut *events.lock().unwrap()), statuses)
    });

    let raw = String::from_utf8_lossy(body)
        .trim_matches([' ', '\t', '\r', '\n'])
        .to_owned();
    let handled = |times| {
        (0..times)
            .map(|_| Event::Handled(raw.clone()))
            .collect::<Vec<_>>()
    };
    let unreadable = |kept: &[u8], events: &[Event]| matches!(events, [Event::Unreadable(raw, _)] if raw == kept);
    if !authorized(&header) {
        assert_eq!((statuses, events), (vec![401; 3], vec![]));
    } else if body.len() > LIMIT {
        assert_eq!(statuses, [413, 200, 200]);
        assert!(unreadable(&body[..LIMIT], &events), "{events:?}");
    } else if serde_json::from_slice::<&serde_json::value::RawValue>(body).is_err() {
        assert_eq!(statuses, [400, 200, 200]);
        assert!(unreadable(body, &events), "{events:?}");
    } else if raw.contains(POISON) {
        // Handled twice in vain, then a dead letter. Then it is settled; but what has no message id may be news, and is tried again.
        let news = serde_json::from_str::<Notification>(&raw)
            .is_ok_and(|notification| notification.deduplication_key().is_none());
        assert_eq!(statuses, [500, 200, if news { 500 } else { 200 }]);
        let mut wanted = handled(2);
        wanted.push(Event::Failed(raw.clone()));
        wanted.extend(news.then_some(Event::Handled(raw)));
        assert_eq!(events, wanted);
    } else {
        assert_eq!(statuses, [200; 3]);
        // What has a message id is handled once; nothing else is taken for repeated.
        assert!(events == handled(1) || events == handled(3), "{events:?}");
    }
});

/// What the header has to be, said in another way than in the endpoint.
fn authorized(header: &HeaderValue) -> bool {
    let text = String::from_utf8_lossy(header.as_bytes()).into_owned();
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [schemes @ .., token] = words.as_slice() else {
        return false;
    };
    *token == TOKEN
        && schemes
            .iter()
            .all(|scheme| ["bearer", "basic"].contains(&scheme.to_ascii_lowercase().as_str()))
}

fn webhook(events: &Arc<Mutex<Vec<Event>>>) -> Webhook {
    let (dead, handled) = (Arc::clone(events), Arc::clone(events));
    Webhook::builder(TOKEN.parse::<green_api::webhook::WebhookToken>().unwrap())
        .body_limit(LIMIT)
        .options(
            ReceiveOptions::new()
                .attempts(2)
                .deduplicate(10)
                .dead_letter(move |letter| {
                    assert!(!format!("{letter:?}").is_empty());
                    dead.lock().unwrap().push(match letter {
                        DeadLetter::Failed { received, .. } => {
                            Event::Failed(received.raw().as_str().to_owned())
                        }
                        DeadLetter::Unreadable { raw, error, .. } => {
                            Event::Unreadable(raw, *error.downcast().unwrap())
                        }
                        other => panic!("{other:?}"),
                    });
                    async { Ok::<(), Infallible>(()) }
                }),
        )
        .handler(move |received: Received| {
            assert!(!format!("{received:?}").is_empty());
            let raw = received.raw().as_str().to_owned();
            let fails = raw.contains(POISON);
            handled.lock().unwrap().push(Event::Handled(raw));
            async move { if fails { Err("it is poison") } else { Ok(()) } }
        })
}

/// Posts a body in pieces, and gives the status.
async fn post(webhook: &Webhook, authorization: &HeaderValue, body: &[u8]) -> u16 {
    let size = usize::from(body.first().copied().unwrap_or_default()) + 1;
    let pieces: Vec<Result<Bytes, Infallible>> = body
        .chunks(size)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let request = Request::post("/")
        .header("authorization", authorization)
        .body(Body::from_stream(stream::iter(pieces)));
    webhook
        .clone()
        .oneshot(request.unwrap())
        .await
        .unwrap()
        .status()
        .as_u16()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
