//! Settings: sent are those that were set, kept are those that nobody described.

mod wire;

use serde_json::{Value, json};
use wire::Wire;

#[tokio::test]
async fn only_what_was_set_is_sent() {
    let server = Wire::start([wire::json(r#"{"saveSettings": true}"#)]).await;
    let instance = server.instance();
    instance.set_settings().state_webhook(true).await.unwrap();
    instance
        .set_settings()
        .webhook_url("")
        .outgoing_webhook(false)
        .await
        .unwrap();
    let bodies: Vec<Value> = server
        .seen()
        .iter()
        .map(|seen| serde_json::from_slice(&seen.body).unwrap())
        .collect();
    assert_eq!(
        bodies,
        [
            json!({"stateWebhook": "yes"}),
            json!({"webhookUrl": "", "outgoingWebhook": "no"})
        ]
    );
}

#[tokio::test]
async fn what_is_not_described_stays_readable() {
    let sent = json!({
        "wid": "447700900123@c.us",
        "delaySendMessagesMilliseconds": "1000",
        "stateWebhook": "yes",
        "autoTyping": {"low": 5, "high": 0, "unsigned": true},
        "futureWebhook": "yes",
        "futureLimits": {"perDay": [1, 2.5, null]},
    });
    let server = Wire::start([wire::json(&sent.to_string())]).await;
    let settings = server.instance().get_settings().await.unwrap();
    assert_eq!(
        (
            settings.delay_send_messages_milliseconds,
            settings.auto_typing
        ),
        (Some(1000), Some(5))
    );
    assert_eq!(settings.state_webhook, Some(true.into()));
    assert_eq!(
        Value::Object(settings.extra.clone()),
        json!({"futureWebhook": "yes", "futureLimits": {"perDay": [1, 2.5, null]}})
    );

    // Written down and read again they are the same.
    let written = serde_json::to_value(&settings).unwrap();
    assert_eq!(
        (&written["futureLimits"], &written["futureWebhook"]),
        (&sent["futureLimits"], &sent["futureWebhook"])
    );
    assert_eq!(
        serde_json::from_value::<green_api::types::Settings>(written).unwrap(),
        settings
    );
    assert!(green_api::types::Settings::default().extra.is_empty());
}

#[tokio::test]
async fn so_it_is_with_the_account() {
    let server =
        Wire::start([wire::json(r#"{"avatar": "", "phone": "447700900123", "stateInstance": "authorized", "deviceId": "a", "pushName": "Ann"}"#)])
            .await;
    let account = server.instance().get_wa_settings().await.unwrap();
    assert_eq!(account.extra["pushName"], "Ann");
    assert_eq!(serde_json::to_value(&account).unwrap()["pushName"], "Ann");
}
