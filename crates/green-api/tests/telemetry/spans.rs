//! The spans, as an exporter of OpenTelemetry gets them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use green_api::{Client, Credentials, Instance, Received, RetryPolicy, Verb, Webhook};
use green_api_sandbox::{Fault, Sandbox};
use opentelemetry::trace::{SpanId, SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::json;
use tracing::Instrument as _;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::common::{message, post};
use crate::wire::TOKEN;

const CHAT: &str = "447700900145@c.us";
const TEXT: &str = "Nobody else reads this";

/// Everything that is exported on this thread.
struct Exported {
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
    _guard: DefaultGuard,
}

impl Exported {
    fn start() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("test"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        let only_here = tracing_subscriber::filter::filter_fn(|metadata| {
            metadata.target().starts_with("green_api") || metadata.target().starts_with("telemetry")
        });
        let layer = tracing_subscriber::Layer::with_filter(layer, only_here);
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        Self {
            provider,
            exporter,
            _guard: guard,
        }
    }

    /// The spans that have ended, in the order of their beginning.
    fn spans(&self) -> Vec<SpanData> {
        self.provider.force_flush().unwrap();
        let mut spans = self.exporter.get_finished_spans().unwrap();
        spans.sort_by_key(|span| span.start_time);
        for span in &spans {
            let shown = format!("{span:?}");
            for secret in [TOKEN, "447700900", TEXT, "/waInstance", "3EB0"] {
                assert!(!shown.contains(secret), "{secret} is in {shown}");
            }
        }
        spans
    }

    /// The spans as a tree in text: name, kind and attributes.
    fn tree(&self) -> String {
        let spans = self.spans();
        let known = |id: SpanId| spans.iter().any(|span| span.span_context.span_id() == id);
        let mut text = String::new();
        for root in spans.iter().filter(|span| !known(span.parent_span_id)) {
            draw(root, &spans, 0, &mut text);
        }
        text
    }
}

fn draw(span: &SpanData, spans: &[SpanData], depth: usize, text: &mut String) {
    let attributes: BTreeMap<_, _> = span
        .attributes
        .iter()
        .map(|pair| (pair.key.as_str(), pair.value.as_str().into_owned()))
        // They differ from run to run.
        .filter(|(name, _)| !matches!(*name, "server.port" | "green_api.wait_ms"))
        .collect();
    let kind = match span.span_kind {
        SpanKind::Internal => "",
        SpanKind::Client => " (client)",
        SpanKind::Consumer => " (consumer)",
        _ => " (?)",
    };
    let failed = matches!(span.status, Status::Error { .. });
    let failed = if failed { " FAILED" } else { "" };
    *text += &format!("{}{}{kind}{failed}\n", "    ".repeat(depth), span.name);
    for (name, value) in attributes {
        *text += &format!("{}  {name}={value}\n", "    ".repeat(depth));
    }
    let id = span.span_context.span_id();
    for child in spans.iter().filter(|span| span.parent_span_id == id) {
        draw(child, spans, depth + 1, text);
    }
}

async fn linked() -> (Sandbox, Instance) {
    let sandbox = Sandbox::builder()
        .instance(7_103_000_001, TOKEN)
        .linked_to("447700900123")
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let credentials = Credentials::new(&sandbox.url(), "7103000001", TOKEN).unwrap();
    let quick = RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO);
    let client = Client::builder()
        .retry(quick)
        .pace(green_api::Pace::off())
        .build()
        .unwrap();
    (sandbox, client.instance(credentials))
}

#[tokio::test]
async fn attempts_hang_under_their_call() {
    let (sandbox, instance) = linked().await;
    sandbox
        .faults()
        .add(Fault::on("getStateInstance").times(1).status(503));
    let exported = Exported::start();
    instance.get_state_instance().await.unwrap();
    assert_eq!(
        exported.tree(),
        "\
getStateInstance
  green_api.attempts=2
  green_api.delivery=accepted
  green_api.instance=7103000001
  green_api.operation=getStateInstance
    GET getStateInstance (client) FAILED
      error.type=gateway
      green_api.instance=7103000001
      green_api.operation=getStateInstance
      http.request.method=GET
      http.response.status_code=503
      server.address=127.0.0.1
    GET getStateInstance (client)
      green_api.instance=7103000001
      green_api.operation=getStateInstance
      http.request.method=GET
      http.request.resend_count=1
      http.response.status_code=200
      server.address=127.0.0.1
"
    );
}

#[tokio::test]
async fn failures_say_why_and_what_became_of_the_request() {
    let (sandbox, instance) = linked().await;
    sandbox
        .faults()
        .add(Fault::on("sendMessage").times(1).drop_connection());
    let exported = Exported::start();
    let chat: green_api::ChatId = CHAT.parse().unwrap();
    instance.send_message(chat.clone(), TEXT).await.unwrap_err();
    instance
        .send_message(chat, "x".repeat(30_000))
        .await
        .unwrap_err();
    let verb = Verb::Post;
    instance
        .call_unlisted("brewCoffee", verb, json!({"chatId": CHAT}))
        .await
        .unwrap_err();
    assert_eq!(
        exported.tree(),
        "\
sendMessage FAILED
  error.type=connection_lost
  green_api.attempts=1
  green_api.delivery=maybe_sent
  green_api.instance=7103000001
  green_api.operation=sendMessage
    POST sendMessage (client) FAILED
      error.type=connection_lost
      green_api.instance=7103000001
      green_api.operation=sendMessage
      http.request.method=POST
      server.address=127.0.0.1
sendMessage FAILED
  error.type=invalid_input
  green_api.attempts=0
  green_api.delivery=not_sent
  green_api.instance=7103000001
  green_api.operation=sendMessage
brewCoffee FAILED
  error.type=not_found
  green_api.attempts=1
  green_api.delivery=refused
  green_api.instance=7103000001
  green_api.operation=brewCoffee
    POST brewCoffee (client) FAILED
      error.type=not_found
      green_api.instance=7103000001
      green_api.operation=brewCoffee
      http.request.method=POST
      http.response.status_code=404
      server.address=127.0.0.1
"
    );
}

/// Calls that end while they wait, by a deadline or because nobody waits for them any more, tell how long they waited.
#[tokio::test]
async fn waits_are_told_however_they_end() {
    let (sandbox, instance) = linked().await;
    let hour = Duration::from_secs(3600);
    let pace = green_api::Pace::off().between_messages(hour..=hour);
    let chat: green_api::ChatId = CHAT.parse().unwrap();
    let paced = instance.clone().with_pace(pace);
    paced.send_message(chat.clone(), TEXT).await.unwrap();
    let exported = Exported::start();
    let soon = RetryPolicy::default().deadline(Duration::from_millis(20));
    let throttled = paced.send_message(chat.clone(), TEXT).retry(soon).await;
    throttled.unwrap_err();
    sandbox.faults().add(Fault::on("sendMessage").status(429));
    let patient = RetryPolicy::default().backoff(hour, hour).deadline(hour);
    let refused = instance.send_message(chat, TEXT).retry(patient);
    let shortly = Duration::from_millis(300);
    tokio::time::timeout(shortly, refused.into_future())
        .await
        .unwrap_err();
    let spans = exported.spans();
    let calls = spans
        .iter()
        .filter(|span| span.span_kind == SpanKind::Internal);
    let told: Vec<_> = calls
        .map(|span| {
            let attribute = |name: &str| {
                let mut pairs = span.attributes.iter();
                let pair = pairs.find(|pair| pair.key.as_str() == name);
                pair.map(|pair| pair.value.as_str().into_owned())
            };
            let waited = attribute("green_api.wait_ms").unwrap().parse::<u64>();
            assert!(waited.unwrap() >= 20);
            ["error.type", "green_api.delivery"].map(|name| attribute(name).unwrap())
        })
        .collect();
    assert_eq!(told, [["throttled", "not_sent"], ["cancelled", "refused"]]);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_cancelled() {
    let (_sandbox, instance) = linked().await;
    let exported = Exported::start();
    let asking = instance.receive_notification().into_future();
    let given_up = tokio::time::timeout(Duration::from_millis(50), asking).await;
    assert!(given_up.is_err());
    let tree = exported.tree();
    let call = "receiveNotification FAILED\n  error.type=cancelled\n";
    assert!(tree.starts_with(call), "{tree}");
    assert!(tree.contains("green_api.delivery=maybe_sent"), "{tree}");
}

#[tokio::test]
async fn a_download_is_a_call_of_its_own() {
    let (sandbox, instance) = linked().await;
    let phone = sandbox.phone("447700900145");
    let id = phone.send_file("447700900123@c.us", "photo.jpg", *b"a photo");
    let folder = tempfile::tempdir().unwrap();
    let chat: green_api::ChatId = CHAT.parse().unwrap();
    // It takes a moment to arrive.
    while instance
        .download_file(chat.clone(), id.as_str())
        .await
        .is_err()
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let exported = Exported::start();
    instance
        .download_file(chat, id)
        .save_to(folder.path().join("photo.jpg"))
        .await
        .unwrap();
    let tree = exported.tree();
    let names: Vec<&str> = tree
        .lines()
        .filter(|line| !line.contains('='))
        .map(str::trim)
        .collect();
    assert_eq!(
        names,
        [
            "downloadFile",
            "POST downloadFile (client)",
            "download",
            "GET download (client)"
        ]
    );
}

/// Calls the API, with a span of its own.
async fn answer(instance: Instance, received: Received) -> Result<(), green_api::Error> {
    let answering = async {
        let chat: green_api::ChatId = CHAT.parse().unwrap();
        instance.send_message(chat, TEXT).await
    };
    assert_eq!(received.attempt(), 1);
    answering
        .instrument(tracing::info_span!("telemetry.answering"))
        .await
        .map(drop)
}

const HANDLED: &str = "\
process incomingMessageReceived (consumer)
  green_api.instance=7103000001
  green_api.notification.attempt=1
  green_api.notification.kind=incomingMessageReceived
  green_api.notification.outcome=handled
    telemetry.answering
        sendMessage
          green_api.attempts=1
          green_api.delivery=accepted
          green_api.instance=7103000001
          green_api.operation=sendMessage
            POST sendMessage (client)
";

/// The tree without what differs from run to run, from the notification on.
fn of_notification(exported: &Exported) -> String {
    let tree = exported.tree();
    let (_, tree) = tree.split_at(tree.find("process ").expect("there is one"));
    let mut text: String = tree
        .lines()
        .filter(|line| !line.contains("lag_seconds"))
        .map(|line| format!("{line}\n"))
        .collect();
    let end = text.find("(client)\n").expect("there is one") + "(client)\n".len();
    text.truncate(end);
    text
}

#[tokio::test]
async fn what_a_handler_does_hangs_under_its_notification() {
    let (sandbox, instance) = linked().await;
    sandbox.instance().notify(&message("3EB01", TEXT));
    let exported = Exported::start();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stop = std::sync::Mutex::new(Some(stop));
    instance
        .notifications()
        .until(async { drop(stopped.await) })
        .for_each(|received| {
            drop(stop.lock().unwrap().take());
            answer(instance.clone(), received)
        })
        .await
        .unwrap();
    assert_eq!(of_notification(&exported), HANDLED);
}

#[tokio::test]
async fn a_stream_gives_the_span_with_the_receipt() {
    let (sandbox, instance) = linked().await;
    sandbox.instance().notify(&message("3EB01", TEXT));
    let exported = Exported::start();
    let mut notifications = instance.notifications();
    let (received, receipt) = notifications.next().await.unwrap().unwrap();
    let span = receipt.span().clone();
    answer(instance.clone(), received)
        .instrument(span)
        .await
        .unwrap();
    receipt.ack().await.unwrap();
    assert_eq!(of_notification(&exported), HANDLED);
    // So does the deletion.
    assert!(exported.tree().contains("\n    deleteNotification\n"));
}

#[tokio::test]
async fn a_webhook_gives_its_handler_the_same_span() {
    let (_sandbox, instance) = linked().await;
    let exported = Exported::start();
    let calling = instance.clone();
    let webhook = Webhook::builder(green_api::webhook::Authorization::none())
        .handler(move |received| answer(calling.clone(), received));
    assert_eq!(
        post(&webhook, message("3EB01", TEXT).to_string()).await,
        200
    );
    assert_eq!(of_notification(&exported), HANDLED);
}

#[tokio::test]
async fn kinds_that_are_made_up_are_not_repeated() {
    let exported = Exported::start();
    let webhook = Webhook::builder(green_api::webhook::Authorization::none())
        .handler(|_| async { Err::<(), _>("no") });
    let body = json!({"typeWebhook": "447700900145 is a number", "timestamp": 4_000_000_000_u64});
    assert_eq!(post(&webhook, body.to_string()).await, 500);
    assert_eq!(
        exported.tree(),
        "\
process unknown (consumer) FAILED
  green_api.notification.attempt=1
  green_api.notification.kind=unknown
  green_api.notification.outcome=failed
"
    );
}
