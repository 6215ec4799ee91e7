//! The queues of messages and of notifications.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::call::Call;
use crate::api::reply::Reply;

/// How long the queue of notifications cannot be emptied again.
const CLEARING_PAUSE: Duration = Duration::from_secs(60);

pub(super) fn get_messages_count(call: &Call<'_>) -> Reply {
    let count: usize = call.account(|account, now| {
        let waiting = account.outbox.waiting(now).iter();
        waiting.map(|queued| queued.ids.len()).sum()
    });
    Reply::json(&json!({ "count": count }))
}

pub(super) fn show_messages_queue(call: &Call<'_>) -> Reply {
    let waiting: Vec<Value> = call.account(|account, now| {
        let shown = account.outbox.waiting(now).iter().map(|queued| {
            // Several messages at once have a field of their own, even when it is one.
            let (name, ids) = if queued.kind == "ForwardMessages" {
                ("messagesIDs", json!(queued.ids))
            } else {
                ("messageID", json!(queued.ids[0]))
            };
            json!({ name: ids, "type": queued.kind, "body": queued.body })
        });
        shown.collect()
    });
    Reply::json(&waiting)
}

pub(super) fn clear_messages_queue(call: &Call<'_>) -> Reply {
    call.core.with(|world| {
        world.account(call.instance).outbox.clear();
        world.changed = true;
    });
    Reply::json(&json!({ "isCleared": true }))
}

pub(super) fn get_webhooks_count(call: &Call<'_>) -> Reply {
    Reply::json(&json!({ "count": call.account(|account, now| account.queue.len(now)) }))
}

pub(super) fn clear_webhooks_queue(call: &Call<'_>) -> Reply {
    let left = call.account(|account, now| {
        let left = account
            .queue
            .cleared
            .and_then(|cleared| (cleared + CLEARING_PAUSE).duration_since(now).ok())
            .unwrap_or_default();
        if left.is_zero() {
            account.queue.clear(now);
        }
        left
    });
    if left.is_zero() {
        return Reply::json(&json!({ "isCleared": true, "reason": "" }));
    }
    // Rounded up, so that whoever waits that long has waited long enough.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Reply::json(&json!({ "isCleared": false, "reason": "Too many requests", "leftTime": seconds }))
}
