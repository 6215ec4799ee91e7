//! Numbers from outside and at the limits: nothing overflows, and nobody makes us wait for a year.

use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use green_api::webhook::Authorization;
use green_api::{ErrorKind, HandlerError, Webhook};
use tower::ServiceExt as _;

use crate::common::{Log, text};
use crate::support::{REMOVED, eager, empty, head, scripted, until};
use crate::wire::{self, Wire};

#[tokio::test]
async fn a_server_that_asks_for_a_year_is_given_five_minutes() {
    let in_a_year = SystemTime::now() + Duration::from_secs(400 * 24 * 60 * 60);
    let date = httpdate::fmt_http_date(in_a_year);
    for (asked, words) in [
        ("31536000", "24 h"),
        ("18446744073709551615", "24 h"),
        (&*date, "24 h"),
    ] {
        let answer = wire::answer(
            "503 Service Unavailable",
            &format!("text/plain\r\nRetry-After: {asked}"),
            "",
        );
        let wire = Wire::start([answer]).await;
        let problems = Log::default();
        let options = problems.options();
        let polled = eager(&wire.instance())
            .options(options)
            .for_each(async |_| Ok::<(), String>(()));
        until(polled, || problems.noted().len() == 1).await;
        let told = problems.noted();
        assert!(
            told[0].ends_with(&format!(
                "(again in 5 min, though the server asked for {words})"
            )),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_date_is_waited_for() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
    let answer = wire::answer(
        "429 Too Many Requests",
        &format!("text/plain\r\nRetry-After: {date}"),
        "",
    );
    let wire = Wire::start([answer]).await;
    let problems = Log::default();
    let polled = eager(&wire.instance())
        .options(problems.options())
        .for_each(async |_| Ok::<(), String>(()));
    until(polled, || problems.noted().len() == 1).await;
    let told = problems.noted();
    assert!(told[0].contains("(again in 1 min 3"), "{told:?}");
}

#[tokio::test]
async fn the_longest_durations_do_not_overflow() {
    let instance = scripted([empty()], [REMOVED]).await;
    let error = instance
        .notifications()
        .receive_timeout(Duration::MAX)
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    // The longest back-offs, for a handler and for an outage, and no end to trying.
    let instance = scripted([head(1, "a")], [(500, "")]).await;
    let problems = Log::default();
    let (log, noted) = (Log::default(), Log::default());
    tokio::time::pause();
    let options = problems.options().retry_for(Duration::MAX);
    let polled = instance
        .notifications()
        .backoff(Duration::MAX, Duration::MAX)
        .options(options.clone())
        .for_each(|received| {
            log.note(text(&received));
            let fails = log.noted().len() < 3;
            async move { if fails { Err("not yet") } else { Ok(()) } }
        });
    tokio::select! {
        end = polled => panic!("{end:?}"),
        () = async {
            while problems.count("Deleting: ") < 2 {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        } => {}
    }

    let webhook = Webhook::builder(Authorization::none())
        .options(options)
        .body_timeout(Duration::MAX)
        .handler(move |received| {
            noted.note(received.attempt().to_string());
            async { Err(HandlerError::later("not yet")) }
        });
    for _ in 0..2 {
        let request = axum::http::Request::post("/")
            .body("{}".to_owned())
            .unwrap();
        assert_eq!(
            webhook.clone().oneshot(request).await.unwrap().status(),
            500
        );
        tokio::time::advance(Duration::from_secs(1 << 30)).await;
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    tokio::time::pause();
    let webhook = Webhook::builder(Authorization::none())
        .handler(async |_| -> Result<(), String> { panic!("it did not come") });
    let never = axum::body::Body::from_stream(futures_util::stream::pending::<
        Result<axum::body::Bytes, std::io::Error>,
    >());
    let request = axum::http::Request::post("/").body(never).unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(webhook.oneshot(request).await.unwrap().status(), 408);
    assert!(
        start.elapsed() < Duration::from_secs(31),
        "{:?}",
        start.elapsed()
    );
}
