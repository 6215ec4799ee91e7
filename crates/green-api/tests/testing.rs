//! What a user's own program needs to be tested, and the first lines of a newcomer.

mod wire;

use std::future::IntoFuture as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::StreamExt as _;
use green_api::types::{Notification, SentMessage};
use green_api::{
    Accepted, ChatId, Delivery, Error, ErrorKind, Instance, LinkError, ReceiveOptions, endpoints,
    operations, testing,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wire::{TOKEN, Wire, answer, json};

const NEW_TOKEN: &str = "fedcba9876543210fedcba9876543210fedcba9876543210fe";

fn chat() -> ChatId {
    "447700900145@c.us".parse().unwrap()
}

trait Sender {
    async fn send(&self, text: &str) -> Result<Accepted<SentMessage>, Error>;
}

impl Sender for Instance {
    async fn send(&self, text: &str) -> Result<Accepted<SentMessage>, Error> {
        self.send_message(chat(), text).await
    }
}

/// Answers what it was given.
struct Fake(fn() -> Result<Accepted<SentMessage>, Error>);

impl Sender for Fake {
    async fn send(&self, _: &str) -> Result<Accepted<SentMessage>, Error> {
        (self.0)()
    }
}

async fn greet(sender: &impl Sender) -> &'static str {
    match sender.send("Hello").await {
        Ok(sent) if sent.id_message.is_some() => "sent",
        Ok(_) => "sent, and nobody knows as what",
        Err(error) if error.delivery() == Delivery::MaybeSent => "look first",
        Err(_) => "not sent",
    }
}

#[tokio::test]
async fn a_fake_behind_a_trait_answers_all_that_the_server_can() {
    let known = Fake(|| testing::answered::<endpoints::SendMessage>(r#"{"idMessage": "3EB0"}"#));
    let unknown = Fake(|| testing::answered::<endpoints::SendMessage>("<html>"));
    let lost =
        Fake(|| Err(testing::error(&operations::SEND_MESSAGE, ErrorKind::ConnectionLost).build()));
    let refused =
        Fake(|| Err(testing::error(&operations::SEND_MESSAGE, ErrorKind::BadRequest).build()));
    for (fake, said) in [
        (known, "sent"),
        (unknown, "sent, and nobody knows as what"),
        (lost, "look first"),
        (refused, "not sent"),
    ] {
        assert_eq!(greet(&fake).await, said);
    }
}

/// What is made belongs to no account.
fn without_account(real: &impl std::fmt::Debug) -> String {
    format!("{real:?}").replace(r#"Some("instance 7103000001")"#, "None")
}

#[tokio::test]
async fn a_made_answer_is_read_as_a_real_one() {
    for body in [
        r#"{"idMessage": "3EB0"}"#,
        "",
        "null",
        "<html>",
        "[1]",
        r#"{"idMessage": [1]}"#,
    ] {
        let server = Wire::start([json(body)]).await;
        let real = server.instance().send("Hello").await.unwrap();
        let made = testing::answered::<endpoints::SendMessage>(body).unwrap();
        assert_eq!(format!("{made:?}"), without_account(&real), "{body}");
        assert_eq!((made.raw(), made.answer()), (real.raw(), real.answer()));
        let real = server
            .instance()
            .get_settings()
            .await
            .map_err(|error| error.to_string());
        let made =
            testing::answered::<endpoints::GetSettings>(body).map_err(|error| error.to_string());
        assert_eq!(made, real, "{body}");
    }
    let answer = testing::answer::<endpoints::GetSettings>(r#"{"wid": "x", "new": 1}"#).unwrap();
    assert_eq!(answer.raw()["new"], 1);
    // A refusal in a 200.
    let refused = testing::answered::<endpoints::GetAuthorizationCode>(r#"{"status": false}"#);
    let error = refused.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Declined, Delivery::Refused)
    );
}

#[tokio::test]
async fn a_made_error_is_as_a_real_one() {
    use ErrorKind as Kind;
    for (status, body, kind) in [
        ("400 Bad Request", "Instance is deleted", Kind::Deleted),
        ("401 Unauthorized", "no", Kind::Unauthorized),
        ("403 Forbidden", "no", Kind::Forbidden),
        ("404 Not Found", "no", Kind::NotFound),
        ("499 Gone", "no", Kind::ClientClosedRequest),
        ("500 Failed", "no", Kind::Server),
        ("502 Bad Gateway", "no", Kind::Gateway),
    ] {
        let sent = format!(r#"{{"message": "{body}"}}"#);
        let server = Wire::start([answer(status, "application/json", &sent)]).await;
        let real = server.instance().send("Hello").await.unwrap_err();
        let made = testing::error(&operations::SEND_MESSAGE, kind)
            .message(body)
            .build();
        assert_eq!(format!("{made:?}"), without_account(&real));
        assert_eq!(made.to_string(), real.to_string());
    }
    let made = testing::error(&operations::SEND_MESSAGE, Kind::RateLimited)
        .retry_after(Duration::from_secs(3))
        .message("slow\ndown")
        .build();
    assert_eq!(
        (made.status(), made.message()),
        (Some(429), Some("slow down"))
    );
    assert_eq!(
        (made.retry_after(), made.is_transient()),
        (Some(Duration::from_secs(3)), true)
    );
    let made = testing::error(&operations::SEND_MESSAGE, Kind::TimedOut)
        .delivery(Delivery::Accepted)
        .build();
    assert_eq!(
        (made.status(), made.delivery()),
        (Some(200), Delivery::Accepted)
    );
}

#[test]
fn an_error_that_cannot_be_is_not_made() {
    let build = |kind, delivery| {
        std::panic::catch_unwind(|| {
            testing::error(&operations::SEND_MESSAGE, kind)
                .delivery(delivery)
                .build()
        })
    };
    assert!(build(ErrorKind::Unauthorized, Delivery::MaybeSent).is_err());
    assert!(build(ErrorKind::InvalidInput, Delivery::Accepted).is_err());
    assert!(build(ErrorKind::UnexpectedAnswer, Delivery::NotSent).is_err());
    let with_status = |kind, status| {
        std::panic::catch_unwind(|| {
            testing::error(&operations::SEND_MESSAGE, kind)
                .status(status)
                .build()
        })
    };
    assert!(with_status(ErrorKind::Connect, 200).is_err());
    assert!(with_status(ErrorKind::RateLimited, 500).is_err());
}

#[test]
fn made_notifications_are_known_and_have_what_was_set() {
    let group: ChatId = "120363000000000001@g.us".parse().unwrap();
    let received = testing::text("Hello")
        .instance("7103000009".parse().unwrap())
        .chat(&group)
        .sender(&chat())
        .id_message("3EB0")
        .attempt(3)
        .build();
    let notification = &received.notification;
    assert_eq!(
        (notification.text(), notification.kind()),
        (Some("Hello"), "incomingMessageReceived")
    );
    assert_eq!(notification.chat_id(), Some(&group));
    assert_eq!(
        (received.instance().unwrap().get(), received.attempt()),
        (7_103_000_009, 3)
    );
    for made in [
        testing::text("Hello"),
        testing::image("https://example.com/photo.jpg"),
        testing::status("delivered"),
        testing::state("authorized"),
    ] {
        let received = made.chat(&chat()).build();
        assert!(received.drift().is_empty(), "{}", received.raw().as_str());
        assert!(!matches!(
            received.notification,
            Notification::Unrecognized(_)
        ));
    }
}

#[tokio::test]
async fn a_replaced_token_reaches_every_clone_and_is_not_shown() {
    let server = Wire::start([json("{}")]).await;
    let instance = server.instance();
    let clone = instance.clone();
    instance.replace_token(NEW_TOKEN.parse().unwrap());
    clone.get_settings().await.unwrap();
    assert!(server.seen()[0].head.contains(NEW_TOKEN));
    assert_eq!(clone.credentials().token().expose(), NEW_TOKEN);
    for shown in [
        format!("{instance:?}"),
        format!("{:?}", clone.get_settings()),
    ] {
        assert!(
            !shown.contains(NEW_TOKEN) && !shown.contains(TOKEN),
            "{shown}"
        );
    }
}

/// A server whose token is void as soon as it was asked for another one, long before it answers. Counts the polls that came with the new one.
async fn renewing_server(polls: Arc<AtomicU32>) -> Instance {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let instance = wire::instance_at(&format!("http://{}", listener.local_addr().unwrap()));
    let void = Arc::new(AtomicBool::new(false));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (void, polls) = (Arc::clone(&void), Arc::clone(&polls));
            tokio::spawn(answer_renewing(stream, void, polls));
        }
    });
    instance
}

async fn answer_renewing(mut stream: TcpStream, void: Arc<AtomicBool>, polls: Arc<AtomicU32>) {
    let mut head = vec![0; 4096];
    let read = stream.read(&mut head).await.unwrap();
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let poll = head.contains("receiveNotification");
    // Whoever polls waits, and may be refused when it is over.
    tokio::time::sleep(Duration::from_millis(if poll { 20 } else { 0 })).await;
    let reply = if head.contains("updateApiToken") {
        void.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(200)).await;
        json(&format!(
            r#"{{"updateApiToken": true, "apiTokenInstance": "{NEW_TOKEN}"}}"#
        ))
    } else if void.load(Ordering::SeqCst) != head.contains(NEW_TOKEN) {
        answer("401 Unauthorized", "text/plain", "no")
    } else if poll {
        polls.fetch_add(u32::from(head.contains(NEW_TOKEN)), Ordering::SeqCst);
        let body = testing::text("Hello").into_json();
        json(&format!(r#"{{"receiptId": 1, "body": {body}}}"#))
    } else {
        json(r#"{"result": true}"#)
    };
    stream.write_all(&reply).await.unwrap();
}

#[tokio::test]
async fn polling_goes_on_while_the_token_is_renewed_and_keeps_its_record() {
    let polls = Arc::new(AtomicU32::new(0));
    let instance = renewing_server(Arc::clone(&polls)).await;
    let handled = AtomicU32::new(0);
    let enough = async move {
        while polls.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let polling = instance
        .notifications()
        .options(ReceiveOptions::new().deduplicate(10))
        .until(enough)
        .for_each(async |_| {
            handled.fetch_add(1, Ordering::SeqCst);
            let clone = instance.clone();
            tokio::spawn(async move { clone.renew_token().await.unwrap() });
            Ok::<(), std::io::Error>(())
        });
    polling.await.unwrap();
    assert_eq!(handled.load(Ordering::SeqCst), 1);
    assert_eq!(instance.credentials().token().expose(), NEW_TOKEN);
}

#[tokio::test]
async fn who_is_refused_during_a_renewal_waits_for_the_new_token() {
    let instance = renewing_server(Arc::default()).await;
    let clone = instance.clone();
    let renewing = tokio::spawn(async move { clone.renew_token().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    instance.get_settings().await.unwrap();
    assert_eq!(renewing.await.unwrap().unwrap().expose(), NEW_TOKEN);
    // One that is wrong for good is refused once more.
    instance.replace_token(TOKEN.parse().unwrap());
    let error = instance.get_settings().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

/// Polls a future once, without a runtime.
fn poll<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Nobody));
    match pin!(future).poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for nobody"),
    }
}

#[test]
fn outside_of_tokio_there_is_an_error_that_says_so() {
    let instance = wire::instance_at("http://127.0.0.1:9");
    let told = |error: &Error| {
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::InvalidInput, Delivery::NotSent)
        );
        assert!(error.to_string().contains("Tokio runtime"), "{error}");
    };
    told(&poll(instance.send_message(chat(), "Hello").into_future()).unwrap_err());
    told(&poll(instance.call("getSettings", serde_json::json!({}))).unwrap_err());
    told(
        &poll(
            instance
                .download("https://example.com/photo.jpg", "photo.jpg")
                .into_future(),
        )
        .unwrap_err(),
    );
    told(&poll(instance.renew_token()).unwrap_err());
    let next = poll(async { instance.notifications().next().await });
    told(&next.unwrap().map(|_| ()).unwrap_err());
    for link in [
        instance.link("+44 7700 900123".parse().unwrap()),
        instance.link_by_qr().timeout(Duration::from_secs(1)),
    ] {
        match poll(link) {
            Err(LinkError::Failed(error)) => told(&error),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_time_to_wait_is_told_as_a_time() {
    let body = r#"{"isCleared": false, "reason": "Too many requests", "leftTime": 46}"#;
    let refused = testing::answered::<endpoints::ClearWebhooksQueue>(body);
    let error = refused.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(46)));
    assert!(error.to_string().contains("wait for 46 seconds"), "{error}");
}
