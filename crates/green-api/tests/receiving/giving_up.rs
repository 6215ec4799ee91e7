//! Failures: for how long something is tried, and that it is only deleted when somebody took it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use green_api::webhook::Authorization;
use green_api::{BoxError, DeadLetter, HandlerError, Instance, ReceiveOptions, Received, Webhook};
use green_api_sandbox::Sandbox;
use serde_json::json;
use tokio::time::Instant;

use crate::common::{Log, message, post, text};
use crate::support::{eager, until};

async fn sandbox(texts: usize) -> (Sandbox, Instance) {
    let (sandbox, instance) = crate::common::sandbox().await;
    for number in 0..texts {
        sandbox
            .instance()
            .notify(&message(&format!("3EB0{number}"), &number.to_string()));
    }
    (sandbox, instance)
}

fn keep(letters: &Log) -> impl Fn(DeadLetter) -> std::future::Ready<Result<(), String>> + use<> {
    let letters = letters.clone();
    move |letter| {
        letters.note(letter.to_string());
        std::future::ready(Ok(()))
    }
}

fn webhook<F>(
    options: ReceiveOptions,
    handler: impl Fn(Received) -> F + Send + Sync + 'static,
) -> Webhook
where
    F: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    Webhook::builder(Authorization::none())
        .options(options)
        .handler(handler)
}

#[tokio::test]
async fn a_database_that_is_down_for_ten_minutes_costs_no_message() {
    let readme = include_str!("../../README.md");
    let options = ReceiveOptions::new()
        .deduplicate(10_000)
        .on_problem(|problem| eprintln!("{problem}"));
    assert!(
        readme.contains(
            "let options = ReceiveOptions::new()\n    .deduplicate(10_000)\n    .on_problem(|problem| eprintln!(\"{problem}\"));\n\
             instance.notifications().options(options).for_each(handle).await\n"
        ),
        "the example in the README is another one"
    );
    let (sandbox, instance) = sandbox(8).await;
    tokio::time::pause();
    let (start, log) = (Instant::now(), Log::default());
    let handled = instance
        .notifications()
        .options(options)
        .for_each(|received| {
            let fails = start.elapsed() < Duration::from_secs(600);
            if !fails {
                log.note(text(&received));
            }
            async move {
                if fails {
                    Err("the database is down")
                } else {
                    Ok(())
                }
            }
        });
    tokio::select! {
        end = handled => panic!("{end:?}"),
        () = async {
            while log.noted().len() < 8 || sandbox.instance().pending_notifications() > 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        } => {}
    }
    assert_eq!(log.noted(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
    // The longest back-off is a minute.
    assert!(
        start.elapsed() < Duration::from_secs(720),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn it_is_tried_for_an_hour_by_time() {
    let (sandbox, instance) = sandbox(2).await;
    tokio::time::pause();
    let (start, attempts, letters) = (Instant::now(), AtomicUsize::new(0), Log::default());
    let options = ReceiveOptions::new().dead_letter(keep(&letters));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    instance
        .notifications()
        .options(options)
        .until(async { stopped.await.unwrap() })
        .for_each(|received| {
            let poison = text(&received) == "0";
            if poison {
                attempts.fetch_add(1, Ordering::Relaxed);
            } else {
                stop.take().unwrap().send(()).unwrap();
            }
            async move { if poison { Err("it is poison") } else { Ok(()) } }
        })
        .await
        .unwrap();
    let hour = Duration::from_secs(3_600);
    assert!(
        start.elapsed() >= hour && start.elapsed() < hour + Duration::from_secs(120),
        "{:?}",
        start.elapsed()
    );
    let attempts = attempts.into_inner();
    assert!((60..400).contains(&attempts), "{attempts}");
    assert_eq!(
        letters.noted(),
        [format!(
            "instance 7103000001: gave up on a notification (incomingMessageReceived), attempts: {attempts}: it is poison"
        )]
    );
    assert_eq!(sandbox.instance().pending_notifications(), 0);
}

#[tokio::test]
async fn an_endpoint_tries_for_an_hour_by_time() {
    tokio::time::pause();
    let (letters, log) = (Log::default(), Log::default());
    let noted = log.clone();
    let webhook = webhook(
        ReceiveOptions::new().dead_letter(keep(&letters)),
        move |received| {
            noted.note(received.attempt().to_string());
            async { Err("it is poison".into()) }
        },
    );
    let poison = message("3EB01", "poison").to_string();
    let mut statuses = Vec::new();
    while letters.noted().is_empty() && statuses.len() < 100 {
        statuses.push(post(&webhook, poison.clone()).await);
        tokio::time::advance(Duration::from_secs(60)).await;
    }
    assert_eq!((statuses.len(), log.noted().len()), (61, 61));
    assert_eq!((statuses[59], statuses[60]), (500, 200));
}

#[tokio::test]
async fn what_nobody_takes_stays_and_that_is_told() {
    let (sandbox, instance) = sandbox(2).await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = eager(&instance)
        .options(problems.options().retry_for(Duration::ZERO))
        .for_each(|received| {
            log.note(text(&received));
            let fails = log.noted().len() < 5;
            async move { if fails { Err("it is poison") } else { Ok(()) } }
        });
    until(handled, || sandbox.instance().pending_notifications() == 0).await;
    assert_eq!(log.noted(), ["0", "0", "0", "0", "0", "1"]);
    let told = problems.noted();
    assert_eq!(problems.count("Blocked: "), 4, "{told:?}");
    assert!(
        told[0].starts_with("Blocked: instance 7103000001: a notification blocks the queue, attempt 1 in 0 ms: it is poison")
            && told[0].contains("set dead_letter, or drop_dead_letters if it may be lost"),
        "{told:?}"
    );
    assert!(
        told.last()
            .unwrap()
            .starts_with("Recovered: instance 7103000001: recovered after "),
        "{told:?}"
    );

    // The same at an endpoint, for what fails and for what cannot be read.
    let problems = Log::default();
    let options = problems.options().retry_for(Duration::ZERO);
    let webhook = Webhook::builder(Authorization::none())
        .options(options)
        .body_limit(1_000)
        .handler(|received| {
            let fails = received.attempt() < 4;
            async move { if fails { Err("it is poison") } else { Ok(()) } }
        });
    let long = "x".repeat(2_000);
    for (body, statuses) in [
        (
            message("3EB01", "poison").to_string().as_str(),
            [500, 500, 500, 200],
        ),
        ("{", [400; 4]),
        (&long, [413; 4]),
    ] {
        for status in statuses {
            assert_eq!(post(&webhook, body.to_owned()).await, status, "{body:.20}");
        }
    }
    assert_eq!(problems.count("Blocked: "), 11, "{:?}", problems.noted());
    assert_eq!(problems.count("Recovered: instance 7103000001: "), 1);
}

#[tokio::test]
async fn what_cannot_be_read_stays_where_nobody_takes_it() {
    let (sandbox, instance) = sandbox(0).await;
    sandbox.instance().notify_raw(r#"{"typeWebhook":incoming}"#);
    let problems = Log::default();
    let handled = eager(&instance)
        .options(problems.options().retry_for(Duration::ZERO))
        .for_each(async |_| Ok::<(), String>(()));
    until(handled, || problems.count("Blocked: ") > 3).await;
    assert_eq!(sandbox.instance().pending_notifications(), 1);
    let told = problems.noted();
    assert!(told[0].contains("receiveNotification: "), "{told:?}");
}

#[tokio::test]
async fn dropping_is_asked_for_by_name() {
    let (sandbox, instance) = sandbox(2).await;
    let log = Log::default();
    let options = ReceiveOptions::new().attempts(2).drop_dead_letters();
    let handled = eager(&instance)
        .options(options.clone())
        .for_each(|received| {
            log.note(text(&received));
            let fails = text(&received) == "0";
            async move { if fails { Err("it is poison") } else { Ok(()) } }
        });
    until(handled, || sandbox.instance().pending_notifications() == 0).await;
    assert_eq!(log.noted(), ["0", "0", "1"]);

    let webhook = webhook(options, |_| async { Err("it is poison".into()) });
    let poison = message("3EB01", "poison").to_string();
    assert_eq!(
        [
            post(&webhook, poison.clone()).await,
            post(&webhook, poison).await
        ],
        [500, 200]
    );
    assert_eq!(
        [post(&webhook, "{").await, post(&webhook, "{").await],
        [400, 200]
    );
}

/// An outage three times, then a failure that is hopeless.
fn verdict(attempt: u32) -> Result<(), BoxError> {
    let outage = || Err::<(), _>(std::io::Error::other("the database is down"));
    if attempt < 4 {
        outage().map_err(HandlerError::later)?;
    }
    Err(HandlerError::hopeless("it has no number").into())
}

#[tokio::test]
async fn a_handler_can_say_later_or_hopeless() {
    let (sandbox, instance) = sandbox(1).await;
    let (letters, problems) = (Log::default(), Log::default());
    // One attempt, and no time: what is later does not count.
    let options = problems
        .options()
        .attempts(1)
        .retry_for(Duration::ZERO)
        .dead_letter(keep(&letters));
    let handled = eager(&instance)
        .options(options.clone())
        .for_each(async |received| verdict(received.attempt()));
    until(handled, || sandbox.instance().pending_notifications() == 0).await;
    let hopeless = [
        "instance 7103000001: gave up on a notification (incomingMessageReceived), attempts: 4: it has no number",
    ];
    assert_eq!(letters.noted(), hopeless);
    assert_eq!(problems.count("Handling: "), 4, "{:?}", problems.noted());

    let webhook = webhook(
        options,
        |received| async move { verdict(received.attempt()) },
    );
    for status in [500, 500, 500, 200] {
        assert_eq!(
            post(&webhook, message("3EB01", "a").to_string()).await,
            status
        );
    }
    assert_eq!(letters.noted(), [hopeless, hopeless].concat());
}

#[tokio::test]
async fn the_time_of_an_outage_does_not_count() {
    tokio::time::pause();
    let letters = Log::default();
    let options = ReceiveOptions::new().dead_letter(keep(&letters));
    let webhook = webhook(options, |received| async move {
        match received.attempt() {
            2..=100 => Err(HandlerError::later("the database is down").into()),
            _ => Err("it is poison".into()),
        }
    });
    let mut minutes = 0;
    while letters.noted().is_empty() && minutes < 1_000 {
        post(&webhook, message("3EB01", "a").to_string()).await;
        tokio::time::advance(Duration::from_secs(60)).await;
        minutes += 1;
    }
    // One minute before the outage, 59 after it.
    assert_eq!(minutes, 100 + 60);
}

#[tokio::test]
async fn a_panic_is_a_failure_at_the_poll_as_well() {
    let (sandbox, instance) = sandbox(2).await;
    let (log, problems) = (Log::default(), Log::default());
    let calls = AtomicUsize::new(0);
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            let number = calls.fetch_add(1, Ordering::Relaxed);
            // Before there is a future, and within it.
            assert_ne!(number, 0);
            let log = log.clone();
            async move {
                assert_ne!(number, 1);
                log.note(text(&received));
                Ok::<(), String>(())
            }
        });
    until(handled, || sandbox.instance().pending_notifications() == 0).await;
    assert_eq!(log.noted(), ["0", "1"]);
    assert_eq!(problems.count("the handler panicked"), 2);
}

#[tokio::test]
async fn a_dead_letter_callback_that_panics_is_called_again() {
    let (sandbox, instance) = sandbox(1).await;
    let problems = Log::default();
    let offers = Arc::new(AtomicUsize::new(0));
    let options = problems.options().attempts(1).dead_letter(move |_| {
        let offer = offers.fetch_add(1, Ordering::Relaxed);
        async move {
            assert_ne!(offer, 0);
            Ok::<(), String>(())
        }
    });
    let handled = eager(&instance)
        .options(options)
        .for_each(async |_| Err::<(), _>("it is poison"));
    until(handled, || sandbox.instance().pending_notifications() == 0).await;
    assert_eq!(problems.count("the dead letter callback panicked"), 1);
}

#[tokio::test]
async fn a_verdict_within_another_error_counts() {
    // Their `source` leaves out the error in them.
    let wrapped = |attempt| -> Result<(), std::io::Error> {
        Err(std::io::Error::other(match attempt {
            1..4 => HandlerError::later("the database is down"),
            _ => HandlerError::hopeless("it has no number"),
        }))
    };
    let (sandbox, instance) = sandbox(1).await;
    let letters = Log::default();
    let options = ReceiveOptions::new()
        .attempts(1)
        .dead_letter(keep(&letters));
    let handled = eager(&instance)
        .options(options.clone())
        .for_each(async |received| wrapped(received.attempt()));
    until(handled, || sandbox.instance().pending_notifications() == 0).await;
    let hopeless = [
        "instance 7103000001: gave up on a notification (incomingMessageReceived), attempts: 4: it has no number",
    ];
    assert_eq!(letters.noted(), hopeless);

    let webhook = webhook(options, move |received| async move {
        Ok(wrapped(received.attempt())?)
    });
    for status in [500, 500, 500, 200] {
        assert_eq!(
            post(&webhook, message("3EB01", "a").to_string()).await,
            status
        );
    }
    assert_eq!(letters.noted(), [hopeless, hopeless].concat());
}

#[tokio::test]
async fn a_callback_that_looks_on_may_panic() {
    let options = ReceiveOptions::new()
        .on_problem(|problem| panic!("{problem}"))
        .on_drift(|drift| panic!("{drift}"));
    let mut news = message("3EB01", "a");
    news["notYetDocumented"] = json!(1);
    let verdict = |attempt| if attempt < 3 { Err("not yet") } else { Ok(()) };

    let (sandbox, instance) = sandbox(1).await;
    sandbox.instance().notify(&news);
    let log = Log::default();
    let handled = eager(&instance)
        .options(options.clone())
        .for_each(|received| {
            log.note(format!("{} {}", text(&received), received.attempt()));
            async move { verdict(received.attempt()) }
        });
    until(handled, || sandbox.instance().pending_notifications() == 0).await;
    assert_eq!(log.noted(), ["0 1", "0 2", "0 3", "a 1", "a 2", "a 3"]);

    let noted = log.clone();
    let webhook = webhook(options, move |received| {
        noted.note(format!("{} {}", text(&received), received.attempt()));
        async move { Ok(verdict(received.attempt())?) }
    });
    log.take();
    for status in [500, 500, 200] {
        assert_eq!(post(&webhook, news.to_string()).await, status);
    }
    assert_eq!(log.noted(), ["a 1", "a 2", "a 3"]);
}
