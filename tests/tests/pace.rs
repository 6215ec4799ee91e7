//! The documented rates are kept without anybody asking for it, by one clock with the sandbox.

use std::future::IntoFuture as _;
use std::time::Duration;

use futures_util::future::join_all;
use green_api::{
    Client, ClientBuilder, Credentials, Delivery, ErrorKind, Instance, Pace, RetryPolicy,
};
use green_api_sandbox::{Clock, Fault, Sandbox, State};
use green_api_tests::tls;
use tokio::time::Instant;

async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder().clock(Clock::tokio()).start().await;
    let sandbox = sandbox.unwrap();
    sandbox.instance().set_state(State::Authorized);
    sandbox
}

fn instance(sandbox: &Sandbox, client: ClientBuilder) -> Instance {
    let credentials = sandbox.credentials(0);
    let credentials = credentials.pass_to(green_api::Credentials::new).unwrap();
    client.build().unwrap().instance(credentials)
}

/// Sends so many messages at once, and returns how many went, and how often the sandbox answered 429.
async fn send(sandbox: &Sandbox, instance: &Instance, count: usize) -> (usize, usize) {
    let sending = (0..count).map(|number| {
        let chat = format!("44770090{:04}@c.us", number % 50);
        let chat: green_api::ChatId = chat.parse().unwrap();
        let message = instance.send_message(chat, number.to_string());
        message.into_future()
    });
    let sent = join_all(sending).await;
    let limited = sandbox.requests();
    let limited = limited.iter().filter(|request| request.status == Some(429));
    (
        sent.iter().filter(|sent| sent.is_ok()).count(),
        limited.count(),
    )
}

#[tokio::test(start_paused = true)]
async fn three_hundred_sends_at_once_all_go_and_none_is_refused() {
    let sandbox = sandbox().await;
    let start = Instant::now();
    let instance = instance(&sandbox, Client::builder());
    assert_eq!(send(&sandbox, &instance, 300).await, (300, 0));
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_pace_the_server_refuses_what_is_too_fast() {
    let sandbox = sandbox().await;
    let instance = instance(&sandbox, Client::builder().pace(Pace::off()));
    let (sent, limited) = send(&sandbox, &instance, 300).await;
    assert!(sent < 300 && limited > 100, "{sent} {limited}");
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_every_second_is_never_too_fast() {
    let sandbox = sandbox().await;
    let instance = instance(&sandbox, Client::builder().retry(RetryPolicy::never()));
    let twin = instance.clone();
    for _ in 0..5 {
        let both = tokio::join!(
            instance.get_state_instance().into_future(),
            twin.get_state_instance().into_future()
        );
        assert!(both.0.is_ok() && both.1.is_ok());
    }
}

/// The server counts from when it got the first one, whose connection took a while.
#[tokio::test(start_paused = true)]
async fn after_a_slow_connection_the_next_request_is_not_too_early() {
    let sandbox = sandbox().await;
    let issuer = tls::issuer();
    let wait = Duration::from_millis(300);
    let (url, _) = tls::front(&issuer, wait, &[b"http/1.1"], &sandbox.url()).await;
    let client = Client::builder().retry(RetryPolicy::never());
    let client = client.root_certificates(issuer.pem()).build().unwrap();
    let credentials = sandbox.credentials(0);
    let credentials = credentials.pass_to(|_, id, token| Credentials::new(&url, id, token));
    let instance = client.instance(credentials.unwrap());
    for _ in 0..3 {
        instance
            .set_settings()
            .incoming_webhook(true)
            .await
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_come_in_time_is_told_and_nothing_is_sent() {
    let sandbox = sandbox().await;
    let second = Duration::from_secs(1);
    let policy = RetryPolicy::default().deadline(second);
    let hour = Duration::from_secs(3600);
    let pace = Pace::documented().between_messages(hour..=hour);
    let instance = instance(&sandbox, Client::builder().retry(policy)).with_pace(pace);
    let chat: green_api::ChatId = "447700900123@c.us".parse().unwrap();
    instance.send_message(chat.clone(), "now").await.unwrap();
    let error = instance.send_message(chat, "later").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Throttled, Delivery::NotSent)
    );
    assert!(error.is_transient() && error.account().is_some());
    let words = "sendMessage: its turn did not come in time: this program calls faster than its pace allows; send less at once, or set a longer `RetryPolicy::deadline` or another `Pace`; nothing was sent";
    assert!(error.to_string().ends_with(words), "{error}");
    let sends = sandbox.requests();
    let sends = sends
        .iter()
        .filter(|request| request.operation.as_deref() == Some("sendMessage"));
    assert_eq!(sends.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_stood_still_while_it_waited_sends_nothing() {
    let sandbox = sandbox().await;
    let seconds = Duration::from_secs;
    let policy = RetryPolicy::default().deadline(seconds(10));
    let pace = Pace::documented().between_messages(seconds(5)..=seconds(5));
    let instance = instance(&sandbox, Client::builder().retry(policy)).with_pace(pace);
    let chat: green_api::ChatId = "447700900123@c.us".parse().unwrap();
    let sends = || {
        let requests = sandbox.requests().into_iter();
        let sends = requests.filter(|one| one.operation.as_deref() == Some("sendMessage"));
        sends.count()
    };
    instance.send_message(chat.clone(), "now").await.unwrap();
    let its_turn = instance.send_message(chat.clone(), "in five seconds");
    let its_turn = tokio::spawn(its_turn.into_future());
    tokio::time::sleep(seconds(1)).await;
    // Its turn and its deadline pass at once.
    tokio::time::advance(seconds(300)).await;
    let error = its_turn.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), sends()),
        (ErrorKind::Throttled, Delivery::NotSent, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn why_it_had_to_be_repeated_is_told_rather_than_that_there_was_no_turn() {
    let sandbox = sandbox().await;
    let hour = Duration::from_secs(3600);
    let pace = Pace::documented().between_messages(hour..=hour);
    let instance = instance(&sandbox, Client::builder()).with_pace(pace);
    sandbox.faults().add(Fault::on("sendMessage").status(429));
    let chat: green_api::ChatId = "447700900123@c.us".parse().unwrap();
    let error = instance.send_message(chat, "now").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}
