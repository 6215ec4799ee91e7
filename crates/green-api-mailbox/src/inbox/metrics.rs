//! The metrics of the inbox, by the facade crate of that name.

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

const RECEIVED: &str = "green_api_inbox_received_total";
const HANDLED: &str = "green_api_inbox_handled_total";
const DURATION: &str = "green_api_inbox_handling_duration_seconds";
const WAIT: &str = "green_api_inbox_wait_seconds";
const ENTRIES: &str = "green_api_inbox_entries";
const OLDEST: &str = "green_api_inbox_oldest_seconds";

/// Says what each metric is about, to the recorder that is installed now.
pub(super) fn describe() {
    describe_counter!(
        RECEIVED,
        Unit::Count,
        "Notifications that came to the inbox: new, repeated or unreadable"
    );
    describe_counter!(
        HANDLED,
        Unit::Count,
        "What became of the notifications in the inbox, attempt by attempt"
    );
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "The time from the beginning of an attempt to its commit"
    );
    describe_histogram!(
        WAIT,
        Unit::Seconds,
        "The time of a notification in the inbox until it is handled first"
    );
    describe_gauge!(
        ENTRIES,
        Unit::Count,
        "Notifications that wait or are parked, as they were last counted"
    );
    describe_gauge!(
        OLDEST,
        Unit::Seconds,
        "The age of the oldest notification that waits, as it was last looked for"
    );
}

pub(super) fn received(kind: &'static str, outcome: &'static str) {
    counter!(RECEIVED, "kind" => kind, "outcome" => outcome).increment(1);
}

pub(super) fn handled(kind: &'static str, outcome: &'static str, duration: Duration) {
    counter!(HANDLED, "kind" => kind, "outcome" => outcome).increment(1);
    histogram!(DURATION, "kind" => kind).record(duration);
}

pub(super) fn waited(time: Duration) {
    histogram!(WAIT).record(time);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(super) fn stats(waiting: u64, parked: u64, oldest: Option<Duration>) {
    gauge!(ENTRIES, "state" => "waiting").set(waiting as f64);
    gauge!(ENTRIES, "state" => "parked").set(parked as f64);
    gauge!(OLDEST).set(oldest.unwrap_or_default());
}
