//! The metrics, as a recorder gets them.

use std::collections::{BTreeMap, BTreeSet};

use green_api::webhook::Authorization;
use green_api::{ReceiveOptions, Verb, Webhook};
use green_api_sandbox::Fault;
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use serde_json::{Value, json};

use crate::common::{message, post, sandbox};
use crate::wire::TOKEN;

/// The table of the guide: type, labels and meaning by name.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>, String)> {
    let guide = include_str!("../../src/guides/telemetry.md");
    let (_, metrics) = guide.split_once("# Metrics").unwrap();
    let rows = metrics.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let plain = |cell: &str| cell.trim_matches('`').to_owned();
        let labels = cells[2].split(", ").map(plain).collect();
        let meaning = cells[3].to_owned();
        (plain(cells[0]), (cells[1].to_owned(), labels, meaning))
    })
    .collect()
}

/// Does everything that is recorded, and returns what was.
async fn record() -> (metrics::LocalRecorderGuard<'static>, Snapshotter) {
    let recorder: &'static DebuggingRecorder = Box::leak(Box::default());
    let guard = metrics::set_default_local_recorder(recorder);
    let (sandbox, instance) = sandbox().await;
    let faults = sandbox.faults();
    faults.add(Fault::on("getStateInstance").times(1).status(503));
    instance.get_state_instance().await.unwrap();
    instance.get_messages_count().await.unwrap();
    instance.get_webhooks_count().await.unwrap();
    let unlisted = instance.call_unlisted(TOKEN, Verb::Get, Value::Null);
    unlisted.await.unwrap_err();
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Hello"));
    let mut handled = 0;
    let options = ReceiveOptions::new().deduplicate(10);
    let polling = instance.notifications().options(options);
    let polling = polling.for_each(|_| {
        handled += 1;
        async { Ok::<(), String>(()) }
    });
    tokio::select! {
        ended = polling => panic!("{ended:?}"),
        () = sandbox.wait_for_calls("receiveNotification", 4) => {}
    }
    assert_eq!(handled, 2);
    let webhook = Webhook::builder(Authorization::none())
        .options(ReceiveOptions::new().drop_dead_letters().attempts(1))
        .handler(|_| async { Err::<(), _>("no") });
    let body = json!({"typeWebhook": TOKEN, "idMessage": "3EB03"}).to_string();
    assert_eq!(post(&webhook, body).await, 200);
    assert_eq!(post(&webhook, "{").await, 400);
    (guard, recorder.snapshotter())
}

#[tokio::test]
async fn the_table_is_what_is_recorded() {
    let (_guard, snapshotter) = record().await;
    let mut recorded = BTreeMap::new();
    for (key, unit, meaning, _) in snapshotter.snapshot().into_vec() {
        let (kind, key) = key.into_parts();
        let kind = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        };
        assert!(unit.is_some(), "{key}");
        let labels = key.labels().map(|label| label.key().to_owned()).collect();
        let meaning = meaning.expect("it is described").to_string();
        recorded.insert(key.name().to_owned(), (kind.to_owned(), labels, meaning));
    }
    assert_eq!(recorded, documented());
}

#[tokio::test]
async fn what_is_counted_adds_up() {
    let (_guard, snapshotter) = record().await;
    let mut lines = Vec::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let value = match value {
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(value) if key.key().name().ends_with("depth") => value.to_string(),
            DebugValue::Gauge(_) => "now".to_owned(),
            DebugValue::Histogram(values) => {
                assert!(values.iter().all(|value| value.0 >= 0.0));
                format!("{} values", values.len())
            }
        };
        let labels: Vec<String> = key
            .key()
            .labels()
            .map(|label| label.value().to_owned())
            .collect();
        let name = key.key().name().trim_start_matches("green_api_").to_owned();
        lines.push(format!("{name} {} {value}", labels.join(" ")));
    }
    lines.sort_unstable();
    let shown = lines.join("\n");
    for secret in [TOKEN, "447700900", "Hello", "3EB0"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    // The poll that was going on at the end is sometimes there, sometimes not.
    lines.retain(|line| !line.contains("receiveNotification"));
    assert_eq!(
        lines,
        [
            "call_duration_seconds deleteNotification 3 values",
            "call_duration_seconds getMessagesCount 1 values",
            "call_duration_seconds getStateInstance 1 values",
            "call_duration_seconds getWebhooksCount 1 values",
            "call_duration_seconds unknown 1 values",
            "calls_total deleteNotification ok accepted 3",
            "calls_total getMessagesCount ok accepted 1",
            "calls_total getStateInstance ok accepted 1",
            "calls_total getWebhooksCount ok accepted 1",
            "calls_total unknown not_found refused 1",
            "last_poll_timestamp_seconds 7103000001 now",
            "notification_lag_seconds 7103000001 2 values",
            "notifications_total incomingMessageReceived handled 2",
            "notifications_total incomingMessageReceived repeated 1",
            "notifications_total unknown dropped 2",
            "notifications_total unknown failed 1",
            "notifications_total unknown unreadable 1",
            "queue_depth 7103000001 incoming 0",
            "queue_depth 7103000001 outgoing 0",
            "retries_total getStateInstance 1",
            "wait_seconds getStateInstance retry 1 values",
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_alike_at_both_doors() {
    let posted = unreadable(async |options| {
        let webhook = Webhook::builder(Authorization::none()).options(options);
        let webhook = webhook.handler(|_| async { Ok::<(), String>(()) });
        assert_eq!(post(&webhook, "{").await, 400);
    });
    let polled = unreadable(async |options| {
        let (sandbox, instance) = sandbox().await;
        let broken = Fault::on("receiveNotification").times(1);
        let broken = broken.body(r#"{"receiptId":1,"body":{"#);
        sandbox.faults().add(broken);
        let polling = instance.notifications().options(options);
        tokio::select! {
            ended = polling.for_each(|_| async { Ok::<(), String>(()) }) => panic!("{ended:?}"),
            () = sandbox.wait_for_calls("receiveNotification", 2) => {}
        }
    });
    let counted = ["dropped 1", "unreadable 1"];
    assert_eq!(posted.await, counted);
    assert_eq!(polled.await, counted);
}

/// Receives something that cannot be read, and returns how it was counted.
async fn unreadable(receive: impl AsyncFnOnce(ReceiveOptions)) -> Vec<String> {
    let recorder: &'static DebuggingRecorder = Box::leak(Box::default());
    let _guard = metrics::set_default_local_recorder(recorder);
    receive(ReceiveOptions::new().drop_dead_letters().attempts(1)).await;
    let recorded = recorder.snapshotter().snapshot().into_vec().into_iter();
    let mut counted: Vec<String> = recorded
        .filter(|(key, ..)| key.key().name() == "green_api_notifications_total")
        .map(|(key, _, _, value)| {
            let outcome = key.key().labels().find(|label| label.key() == "outcome");
            let DebugValue::Counter(count) = value else {
                panic!("{value:?}");
            };
            format!("{} {count}", outcome.unwrap().value())
        })
        .collect();
    counted.sort_unstable();
    counted
}
