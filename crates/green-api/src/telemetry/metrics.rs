//! The metrics, by the facade crate of that name.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
#[cfg(feature = "client")]
use std::time::SystemTime;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};

use crate::InstanceId;

pub(super) const CALLS: &str = "green_api_calls_total";
const CALL_DURATION: &str = "green_api_call_duration_seconds";
const RETRIES: &str = "green_api_retries_total";
const WAIT: &str = "green_api_wait_seconds";
const NOTIFICATIONS: &str = "green_api_notifications_total";
const LAG: &str = "green_api_notification_lag_seconds";
const LAST_POLL: &str = "green_api_last_poll_timestamp_seconds";
const QUEUE_DEPTH: &str = "green_api_queue_depth";

/// How many instances have a label of their own.
const MAX_INSTANCES: usize = 10_000;

/// Says what each metric is about, to the recorder that is installed now.
pub(crate) fn describe() {
    describe_counter!(CALLS, Unit::Count, "Calls that have ended");
    describe_histogram!(
        CALL_DURATION,
        Unit::Seconds,
        "The time from a call to its end, with all attempts and waits"
    );
    describe_counter!(
        RETRIES,
        Unit::Count,
        "Attempts after the first one of a call"
    );
    describe_histogram!(WAIT, Unit::Seconds, "Waits of a call before an attempt");
    describe_counter!(
        NOTIFICATIONS,
        Unit::Count,
        "What became of notifications, attempt by attempt"
    );
    describe_histogram!(
        LAG,
        Unit::Seconds,
        "The age of a notification when it is handled first"
    );
    describe_gauge!(
        LAST_POLL,
        Unit::Seconds,
        "When the server last answered a poll, in seconds since 1970"
    );
    describe_gauge!(
        QUEUE_DEPTH,
        Unit::Count,
        "The length of a queue at the server, as it was last asked for"
    );
}

#[cfg(feature = "client")]
pub(super) fn call(
    operation: &'static str,
    outcome: &'static str,
    delivery: &'static str,
    duration: Duration,
) {
    counter!(CALLS, "operation" => operation, "outcome" => outcome, "delivery" => delivery)
        .increment(1);
    histogram!(CALL_DURATION, "operation" => operation).record(duration);
}

#[cfg(feature = "client")]
pub(super) fn retry(operation: &'static str) {
    counter!(RETRIES, "operation" => operation).increment(1);
}

#[cfg(feature = "client")]
pub(super) fn wait(operation: &'static str, reason: &'static str, duration: Duration) {
    histogram!(WAIT, "operation" => operation, "reason" => reason).record(duration);
}

/// Takes what a good answer tells of the instance.
#[cfg(feature = "client")]
pub(super) fn answer(operation: &'static str, instance: Option<InstanceId>, body: &[u8]) {
    #[derive(serde::Deserialize)]
    struct Count {
        count: u32,
    }
    let queue = match operation {
        "receiveNotification" => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            metrics::gauge!(LAST_POLL, "instance" => label(instance)).set(now.unwrap_or_default());
            return;
        }
        "getMessagesCount" => "outgoing",
        "getWebhooksCount" => "incoming",
        _ => return,
    };
    if let Ok(Count { count }) = serde_json::from_slice(body) {
        metrics::gauge!(QUEUE_DEPTH, "instance" => label(instance), "queue" => queue).set(count);
    }
}

pub(super) fn notification(kind: &'static str, outcome: &'static str) {
    counter!(NOTIFICATIONS, "kind" => kind, "outcome" => outcome).increment(1);
}

pub(super) fn lag(instance: Option<InstanceId>, lag: Duration) {
    histogram!(LAG, "instance" => label(instance)).record(lag);
}

fn label(instance: Option<InstanceId>) -> String {
    static INSTANCES: Instances = Instances(Mutex::new(BTreeSet::new()));
    match instance {
        Some(instance) if INSTANCES.have(instance) => instance.to_string(),
        _ => super::UNKNOWN.to_owned(),
    }
}

/// Those that have a label: the first that come. A recorder keeps all labels, and whoever may post notifications without a token can make up numbers.
struct Instances(Mutex<BTreeSet<InstanceId>>);

impl Instances {
    fn have(&self, instance: InstanceId) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(&instance) || (known.len() < MAX_INSTANCES && known.insert(instance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_instances_are_not_kept_without_bounds() {
        let instances = Instances(Mutex::default());
        let numbers = 1..=MAX_INSTANCES + 1_000;
        let known = numbers.filter(|number| instances.have(number.to_string().parse().unwrap()));
        assert_eq!(known.count(), MAX_INSTANCES);
        assert!(instances.have("1".parse().unwrap()));
    }
}
