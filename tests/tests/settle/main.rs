//! What became of a send that is in doubt.

mod content;

use std::time::{Duration, SystemTime};

use green_api::{ChatId, Delivery, Doubt, ErrorKind, Instance, MessageId, RetryPolicy, Settled};
use green_api_sandbox::{Fault, Sandbox, State};
use green_api_tests::{TOKEN, instance_at};
use httpmock::MockServer;
use serde_json::{Value, json};

const CHAT: &str = "447700900145@c.us";
const TEXT: &str = "Order 4711 is on its way";

/// A server with these settings, this queue and this journal.
async fn server(journaled: &str, queue: Value, history: Value) -> (MockServer, Instance) {
    server_at(SystemTime::now(), journaled, queue, history).await
}

/// The same by whose clock it is this time.
async fn server_at(
    now: SystemTime,
    journaled: &str,
    queue: Value,
    history: Value,
) -> (MockServer, Instance) {
    let server = MockServer::start_async().await;
    for (name, body) in [
        (
            "getSettings",
            json!({ "outgoingAPIMessageWebhook": journaled }),
        ),
        ("showMessagesQueue", queue),
        ("getChatHistory", history),
    ] {
        server
            .mock_async(|when, then| {
                when.path_includes(name);
                then.header("date", httpdate::fmt_http_date(now))
                    .json_body(body.clone());
            })
            .await;
    }
    let instance = instance_at(
        &server.base_url(),
        &server.base_url(),
        TOKEN,
        RetryPolicy::never(),
    );
    (server, instance)
}

fn ago(seconds: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(seconds)
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn queued(id: &str, text: &str) -> Value {
    json!({ "messageID": id, "type": "sendMessage", "body": { "chatId": CHAT, "message": text } })
}

fn journaled(id: &str, text: &str, status: &str, time: SystemTime) -> Value {
    json!({
        "type": "outgoing", "idMessage": id, "timestamp": unix(time), "typeMessage": "textMessage", "chatId": CHAT,
        "textMessage": text, "statusMessage": status, "sendByApi": true,
    })
}

fn chat() -> ChatId {
    CHAT.parse().unwrap()
}

fn id(id: &str) -> MessageId {
    MessageId::from(id)
}

fn doubt(settled: Settled) -> Doubt {
    match settled {
        Settled::Unknown { reason, .. } => reason,
        settled => panic!("expected a doubt, got {settled:?}"),
    }
}

/// An hour after the send, long seen not to be in the queue.
async fn settle(journal: &str, queue: Value, history: Value, known: &[&str]) -> Settled {
    let (_server, instance) = server(journal, queue, history).await;
    instance
        .settle(&instance.send_message(chat(), TEXT), ago(3600))
        .absent_since(ago(1800))
        .journaled_since(ago(7200))
        .known(known.iter().map(|known| id(known)))
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_in_the_queue_or_the_journal_was_sent() {
    let sent = Settled::Sent(id("A1"));
    for setting in ["yes", "no"] {
        let queue = json!([queued("B1", "Another text"), queued("A1", TEXT)]);
        assert_eq!(settle(setting, queue, json!([]), &[]).await, sent);
        let history = json!([
            journaled("A1", TEXT, "read", ago(3590)),
            journaled("B1", "Another text", "read", ago(3590)),
        ]);
        assert_eq!(settle(setting, json!([]), history.clone(), &[]).await, sent);
        // On its way from one to the other.
        assert_eq!(
            settle(setting, json!([queued("A1", TEXT)]), history, &[]).await,
            sent
        );
    }
}

#[tokio::test]
async fn what_is_in_neither_was_not_sent_if_it_would_be_there() {
    let incoming = json!({ "type": "incoming", "idMessage": "C1", "timestamp": unix(ago(3000)), "typeMessage": "textMessage",
        "chatId": CHAT, "textMessage": TEXT });
    let by_hand = json!({ "type": "outgoing", "idMessage": "C2", "timestamp": unix(ago(3000)), "typeMessage": "textMessage",
        "chatId": CHAT, "textMessage": TEXT, "sendByApi": false });
    let older = journaled("C3", TEXT, "sent", ago(4000));
    let history = json!([
        incoming,
        by_hand,
        journaled("C4", "Another text", "read", ago(3000)),
        older
    ]);
    assert_eq!(
        settle("yes", json!([]), history.clone(), &[]).await,
        Settled::NotSent
    );
    let off = settle("no", json!([]), history, &[]).await;
    assert_eq!(doubt(off), Doubt::SettingOff("outgoingAPIMessageWebhook"));
}

#[tokio::test]
async fn what_is_in_neither_stays_unknown_unless_the_setting_was_on_before() {
    // Entries from before show that it was on then, not that it still was.
    let history = json!([journaled("C3", "Another text", "sent", ago(4000))]);
    let (_server, instance) = server("yes", json!([]), history).await;
    let since = ago(3600);
    let request = instance.send_message(chat(), TEXT);
    let later = since + Duration::from_secs(1);
    let earlier = since - Duration::from_secs(1);
    for (journaled_since, proven) in [
        (None, false),
        (Some(later), false),
        (Some(since), true),
        (Some(earlier), true),
    ] {
        let mut settle = instance.settle(&request, since).known([]);
        if let Some(time) = journaled_since {
            settle = settle.journaled_since(time);
        }
        let settled = settle.absent_since(ago(1800)).await.unwrap();
        if proven {
            assert_eq!(settled, Settled::NotSent);
        } else {
            let reason = doubt(settled);
            assert_eq!(reason, Doubt::SettingUnproven("outgoingAPIMessageWebhook"));
            assert!(reason.to_string().contains("journaled_since"), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_an_hour_wrong_hides_nothing_that_was_sent() {
    let (since, hour) = (ago(600), Duration::from_secs(3600));
    for there in [since - hour, since + hour, since] {
        let now = there + Duration::from_secs(600);
        let history = json!([
            journaled("A1", TEXT, "read", there + Duration::from_secs(2)),
            journaled("C3", "Another text", "sent", there - hour * 3),
        ]);
        let (_server, instance) = server_at(now, "yes", json!([]), history).await;
        let settle = instance.settle(&instance.send_message(chat(), TEXT), since);
        let settle = settle.journaled_since(since).known([]);
        assert_eq!(settle.await.unwrap(), Settled::Sent(id("A1")));
    }
}

#[tokio::test]
async fn a_clock_that_was_set_proves_nothing_too_early() {
    // The send began a minute ago, by the server; by this machine's clock, which was set meanwhile, an hour ago.
    let since = ago(3600);
    let by_server = since + Duration::from_secs(60);
    let (_server, instance) = server_at(by_server, "yes", json!([]), json!([])).await;
    let settle = instance.settle(&instance.send_message(chat(), TEXT), since);
    let settle = settle.journaled_since(since).known([]);
    let Settled::Unknown { reason, until } = settle.await.unwrap() else {
        panic!("nobody can know that yet");
    };
    assert_eq!(reason, Doubt::TooEarly { absent_since: None });
    let wait = until.unwrap().duration_since(SystemTime::now()).unwrap();
    // 60 s in which the last attempt may begin, and the time limit of sendMessage.
    assert!((50..=75).contains(&wait.as_secs()), "{wait:?}");
}

/// It may have waited in the queue until now, and by a clock that is ahead it looks newer.
#[tokio::test]
async fn without_what_is_known_an_equal_message_is_not_taken_for_it() {
    let since = ago(3600);
    for (seconds, status) in [
        (0, "sent"),
        (122, "sent"),
        (1800, "pending"),
        (1800, "read"),
    ] {
        let time = since + Duration::from_secs(seconds);
        let history = json!([journaled("A1", TEXT, status, time)]);
        let (_server, instance) = server("yes", json!([]), history).await;
        let request = instance.send_message(chat(), TEXT);
        let look = instance.settle(&request, since);
        let found = look.clone().await.unwrap();
        assert_eq!(doubt(found), Doubt::Ambiguous(vec![id("A1")]), "{seconds}");
        // The ordinary case: it is known that there is no other.
        let found = look.known([]).await.unwrap();
        assert_eq!(found, Settled::Sent(id("A1")), "{seconds}");
    }
}

#[tokio::test]
async fn another_send_of_the_same_text_is_never_taken_for_it() {
    let twice = json!([
        journaled("A2", TEXT, "sent", ago(3500)),
        journaled("A1", TEXT, "read", ago(3590))
    ]);
    assert_eq!(
        settle("yes", json!([]), twice.clone(), &["A1"]).await,
        Settled::Sent(id("A2"))
    );
    assert_eq!(
        settle("yes", json!([]), twice.clone(), &["A1", "A2"]).await,
        Settled::NotSent
    );
    let both = doubt(settle("yes", json!([]), twice, &[]).await);
    assert_eq!(both, Doubt::Ambiguous(vec![id("A2"), id("A1")]));
    assert_eq!(
        settle("yes", json!([queued("A1", TEXT)]), json!([]), &["A1"]).await,
        Settled::NotSent
    );
}

#[tokio::test]
async fn a_journal_is_up_to_two_minutes_late() {
    let (_server, instance) = server("yes", json!([]), json!([])).await;
    let request = instance.send_message(chat(), TEXT);
    // The request may still be under way.
    let just_now = ago(1);
    let Settled::Unknown { reason, until } =
        instance.settle(&request, just_now).known([]).await.unwrap()
    else {
        panic!("it is too early");
    };
    assert_eq!(reason, Doubt::TooEarly { absent_since: None });
    // Its only attempt may have waited for its turn.
    assert_eq!(until, Some(just_now + Duration::from_secs(60 + 70)));
    // Not in the queue now, but perhaps it left it a minute ago.
    let Settled::Unknown {
        reason: Doubt::TooEarly {
            absent_since: Some(seen),
        },
        until,
    } = instance
        .settle(&request, ago(3600))
        .known([])
        .await
        .unwrap()
    else {
        panic!("it is too early");
    };
    assert_eq!(until, Some(seen + Duration::from_secs(125)));
    // Seen before the server can have taken it, which says nothing.
    let early = instance
        .settle(&request, ago(180))
        .known([])
        .absent_since(ago(170))
        .await
        .unwrap();
    assert!(matches!(
        doubt(early),
        Doubt::TooEarly {
            absent_since: Some(_)
        }
    ));
    let waited = instance
        .settle(&request, ago(3600))
        .known([])
        .journaled_since(ago(7200))
        .absent_since(ago(124))
        .wait()
        .await;
    assert_eq!(waited.unwrap(), Settled::NotSent);
}

#[tokio::test]
async fn an_attempt_may_start_as_late_as_the_policy_lets_it() {
    let (_server, instance) = server("yes", json!([]), json!([])).await;
    let request = || instance.send_message(chat(), TEXT);
    let since = ago(1);
    let policy = |seconds| RetryPolicy::default().deadline(Duration::from_secs(seconds));
    let at_once = request().retry(policy(0));
    let parts = at_once.clone().into_parts().unwrap();
    let stored = (parts.operation, parts.input.clone());
    let long = request().timeout(Duration::from_secs(100));
    for (settle, seconds) in [
        (instance.settle(&at_once, since), 70),
        (instance.settle(&parts, since), 70),
        // What the store left out may be as the client has it.
        (instance.settle(&stored, since), 60 + 70),
        (instance.settle(&request().retry(policy(300)), since), 370),
        (instance.settle(&long, since), 60 + 100),
    ] {
        let Settled::Unknown { until, .. } = settle.known([]).await.unwrap() else {
            panic!("it is too early");
        };
        assert_eq!(until, Some(since + Duration::from_secs(seconds)));
    }
    // What may be sent at any time is never proved absent.
    let (since, before) = (ago(3600), ago(7200));
    for endless in [
        request().retry(RetryPolicy::default().deadline(Duration::MAX)),
        request().timeout(Duration::MAX),
    ] {
        let settle = instance.settle(&endless, since).journaled_since(before);
        let settle = settle.known([]).absent_since(ago(1800));
        assert_eq!(
            doubt(settle.await.unwrap()),
            Doubt::TooEarly { absent_since: None }
        );
    }
}

#[tokio::test]
async fn what_leaves_no_trace_stays_unknown_and_what_does_not_send_is_refused() {
    let (_server, instance) = server("yes", json!([]), json!([])).await;
    let status = instance
        .settle(&instance.send_text_status("Open until eight"), ago(3600))
        .await;
    assert_eq!(doubt(status.unwrap()), Doubt::NotTraceable);
    let error = instance
        .settle(&instance.get_settings(), ago(3600))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::InvalidInput, Delivery::NotSent)
    );
}

#[tokio::test]
async fn a_send_whose_answer_is_lost_is_found_in_the_sandbox() {
    let sandbox = Sandbox::builder()
        .instance(7_103_000_001, TOKEN)
        .restart_time(Duration::ZERO)
        .journal_delay(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let instance = instance_at(&sandbox.url(), &sandbox.url(), TOKEN, RetryPolicy::never());
    let settings = instance.set_settings().outgoing_api_message_webhook(true);
    settings.await.unwrap();
    sandbox.instances()[0].set_state(State::Authorized);
    let request = instance.send_message(chat(), TEXT);
    let since = ago(1);
    let sent = request.clone().await.unwrap();
    assert_eq!(sent.delivery(), Delivery::Accepted);
    let known = sent.id().unwrap().clone();
    // As if its answer had been lost.
    let settled = instance.settle(&request, since).known([]).await.unwrap();
    assert_eq!(settled, Settled::Sent(known.clone()));
    // The next one is lost for good.
    sandbox
        .faults()
        .add(Fault::on("sendMessage").drop_connection());
    let error = request.clone().await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::MaybeSent);
    sandbox.clock().advance(Duration::from_secs(2));
    let settled = instance.settle(&request, since).known([known.clone()]);
    assert!(matches!(
        doubt(settled.await.unwrap()),
        Doubt::TooEarly { .. } | Doubt::SettingOff(_)
    ));
}

#[tokio::test]
async fn an_answer_without_an_id_is_in_doubt() {
    for body in [
        "",
        "{}",
        r#"{"idMessage":""}"#,
        r#"{"idMessage":7}"#,
        "garbage",
        "<html>",
        "[]",
        "null",
    ] {
        let server = MockServer::start_async().await;
        let mock = server.mock_async(|when, then| {
            when.path_includes("sendMessage");
            then.status(200).body(body);
        });
        mock.await;
        let url = server.base_url();
        let instance = instance_at(&url, &url, TOKEN, RetryPolicy::never());
        let sent = instance.send_message(chat(), TEXT).await.unwrap();
        assert_eq!(sent.delivery(), Delivery::MaybeSent, "{body}");
        let error = sent.id().unwrap_err();
        assert_eq!(error.delivery(), Delivery::MaybeSent);
        assert!(
            error.to_string().contains("look before you repeat it"),
            "{error}"
        );
        assert!(format!("{sent:?}").contains("MaybeSent"), "{sent:?}");
    }
}
