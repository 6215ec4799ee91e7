//! Neither the token of a webhook nor what is in the messages comes out anywhere, whatever happens to them.

use axum::body::Body;
use axum::http::Request;
use green_api::webhook::{Authorization, WebhookToken};
use green_api::{InstanceId, ReceiveOptions, Webhook};
use green_api_tests::leaks::Canary;
use green_api_tests::run;
use green_api_tests::sinks::Log;
use serde_json::json;
use tower::ServiceExt as _;

/// They look like nothing else.
const TOKEN: &str = "hR5tYw8ZqLc3VnXb7KdMgP2sJfU9aEoI4xTyQz6CvBkNmWpDrG";
const WRONG: &str = "Zu3GhXw6QeRn9TbYk4LmVc8PjSdFa2ToIq7WyEs5UxBvNzMpKt";
const SAID: &str = "rendezvous-at-the-old-lighthouse-at-a-quarter-past-nine";

fn bodies() -> Vec<String> {
    let known = json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": SAID, "typeInstance": SAID},
        "timestamp": 1_767_225_600,
        "idMessage": "3EB0C767D097B7C7C030",
        "senderData": {"chatId": "447700900145@c.us", "sender": "447700900145@c.us", "senderName": SAID},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": SAID}},
    });
    let misfit = json!({"typeWebhook": "incomingMessageReceived", "idMessage": {SAID: SAID}});
    let whole = known.to_string();
    let (broken, half) = (
        format!("{{\"a\": {SAID}}}"),
        whole[..whole.len() - 9].to_owned(),
    );
    vec![
        whole,
        misfit.to_string(),
        json!([SAID]).to_string(),
        json!(SAID).to_string(),
        broken,
        half,
        SAID.to_owned(),
        SAID.repeat(100),
    ]
}

async fn every_way(log: &Log) -> (usize, Vec<String>) {
    let token = |text: &str| text.parse::<WebhookToken>().expect("it is one");
    let mine: InstanceId = "7103000001".parse().expect("it is one");
    let (mut requests, mut shown) = (0, Vec::new());
    let one = Authorization::from(token(TOKEN));
    let another = Authorization::per_instance([
        (mine, token(WRONG)),
        ("7103000002".parse().expect("it is one"), token(TOKEN)),
    ]);
    for authorization in [
        one,
        another,
        Authorization::per_instance([(mine, token(TOKEN))]),
    ] {
        for (what, fails) in [("succeeds", false), ("fails", true)] {
            let builder = Webhook::builder(authorization.clone()).body_limit(2_000);
            shown.push(format!("{authorization:?} {builder:?} {what}"));
            let webhook = builder
                .options(
                    ReceiveOptions::new()
                        .attempts(2)
                        .dead_letter(|letter| async move { Err::<(), _>(format!("{letter:?}")) })
                        .on_problem(|problem| tracing::info!("{problem}")),
                )
                .handler(move |received| {
                    tracing::info!("{received:?}");
                    async move {
                        assert!(
                            !fails || received.attempt() == 1,
                            "{}",
                            received.raw().as_str().len()
                        );
                        if fails { Err("it fails") } else { Ok(()) }
                    }
                });
            shown.push(format!("{webhook:?} {webhook:#?}"));
            for header in [
                TOKEN.to_owned(),
                format!("Bearer {TOKEN}"),
                WRONG.to_owned(),
                format!("Digest {TOKEN}"),
            ] {
                for body in bodies() {
                    for _ in 0..3 {
                        let request = Request::post(format!("/{TOKEN}?{TOKEN}"))
                            .header("authorization", &header)
                            .body(Body::from(body.clone()));
                        let answer = webhook
                            .clone()
                            .oneshot(request.expect("it is one"))
                            .await
                            .expect("it cannot fail");
                        shown.push(format!("{answer:?}"));
                        let text = axum::body::to_bytes(answer.into_body(), 10_000)
                            .await
                            .expect("it is short");
                        shown.push(String::from_utf8_lossy(&text).into_owned());
                        requests += 1;
                    }
                }
            }
        }
    }
    shown.push(log.text());
    (requests, shown)
}

#[test]
fn nothing_of_it_is_shown() {
    let log = Log::of_this_process();
    // What a panic says is the handler's own.
    let (requests, shown) = run(every_way(log));
    for (what, secret) in [
        ("the token", TOKEN),
        ("a wrong token", WRONG),
        ("a message", SAID),
    ] {
        let canary = Canary::new(secret);
        for text in &shown {
            assert!(
                canary.found_in(text).is_none(),
                "{what} is shown: {text:.2000}"
            );
        }
    }
    let log = log.text();
    for event in [
        "answered a webhook",
        "refused a webhook",
        "cannot be read",
        "dead-lettering a notification",
        "a notification was not handled",
    ] {
        assert!(log.contains(event), "{event:?} did not come about");
    }
    println!("{requests} requests, {} bytes of log", log.len());
}
