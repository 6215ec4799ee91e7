use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::json;

use crate::api::call::Call;
use crate::api::reply::Reply;

/// How long `receiveNotification` waits when it is not told, in seconds.
const RECEIVE_TIMEOUT: u64 = 5;

pub(super) fn receive_notification<'c>(call: &'c Call<'_>) -> BoxFuture<'c, Reply> {
    Box::pin(receive(call))
}

async fn receive(call: &Call<'_>) -> Reply {
    let has_webhook = call.account(|account, _| account.webhook_url().is_some());
    if has_webhook {
        let refusal = json!({ "code": "INVALID_PARAM", "message": "custom webhook url is set", "status": "error" });
        return Reply::json(&refusal).with_status(400);
    }
    let timeout = call.asked("receiveTimeout").unwrap_or(RECEIVE_TIMEOUT);
    let deadline = call.arrived + Duration::from_secs(timeout);
    let notification = call.core.wait_for(Some(deadline), |world| {
        let now = world.now;
        world.account(call.instance).queue.head(now)
    });
    notification.await.map_or_else(
        || Reply::json_text("null"),
        |notification| Reply::json_bytes(notification.answer()),
    )
}

pub(super) fn delete_notification(call: &Call<'_>) -> Reply {
    // A number that is no receipt, such as a negative one, is a receipt that was never given out.
    let receipt_id = call.route.parameter("receiptId");
    let receipt_id = receipt_id.and_then(|receipt_id| receipt_id.parse().ok());
    let removed = call.account(|account, now| {
        receipt_id.is_some_and(|receipt_id| account.queue.remove(receipt_id, now))
    });
    let reason = if removed {
        ""
    } else {
        "Message not found by receiptId"
    };
    Reply::json_text(format!(r#"{{"result":{removed},"reason":"{reason}"}}"#))
}
