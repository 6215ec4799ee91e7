//! What is counted of the outbox.

#[cfg(feature = "metrics")]
pub(super) use self::with_metrics::{done, put};
#[cfg(not(feature = "metrics"))]
pub(super) use self::without_metrics::{done, put};

#[cfg(feature = "metrics")]
mod with_metrics {
    use metrics::counter;

    use crate::OutboxState;

    pub(in crate::outbox) fn put() {
        counter!("green_api_outbox_put_total").increment(1);
    }

    pub(in crate::outbox) fn done(state: OutboxState) {
        counter!("green_api_outbox_changes_total", "state" => state.as_str()).increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod without_metrics {
    pub(in crate::outbox) fn put() {}
    pub(in crate::outbox) fn done(_: crate::OutboxState) {}
}
