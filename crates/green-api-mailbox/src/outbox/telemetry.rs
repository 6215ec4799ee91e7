//! What is counted of the outbox.

#[cfg(feature = "metrics")]
pub(super) use self::with_metrics::{describe, done, put, stats};
#[cfg(not(feature = "metrics"))]
pub(super) use self::without_metrics::{describe, done, put, stats};

#[cfg(feature = "metrics")]
mod with_metrics {
    use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

    use crate::{OutboxState, OutboxStats};

    const PUT: &str = "green_api_outbox_put_total";
    const CHANGES: &str = "green_api_outbox_changes_total";
    const ENTRIES: &str = "green_api_outbox_entries";
    const HELD: &str = "green_api_outbox_held_instances";
    const OLDEST: &str = "green_api_outbox_oldest_seconds";

    /// Says what each metric is about, to the recorder that is installed now.
    pub(in crate::outbox) fn describe() {
        describe_counter!(PUT, Unit::Count, "Messages that were put into the outbox");
        describe_counter!(
            CHANGES,
            Unit::Count,
            "What became of messages in the outbox, by the state that each then had"
        );
        describe_gauge!(
            ENTRIES,
            Unit::Count,
            "Messages that are not done or wait for a person, as they were last counted"
        );
        describe_gauge!(
            HELD,
            Unit::Count,
            "Instances that send nothing for now, as they were last counted"
        );
        describe_gauge!(
            OLDEST,
            Unit::Seconds,
            "The age of the oldest message that is queued, as it was last looked for"
        );
    }

    pub(in crate::outbox) fn put() {
        counter!(PUT).increment(1);
    }

    pub(in crate::outbox) fn done(state: OutboxState) {
        counter!(CHANGES, "state" => state.as_str()).increment(1);
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    pub(in crate::outbox) fn stats(stats: &OutboxStats) {
        for (state, count) in [
            (OutboxState::Queued, stats.queued),
            (OutboxState::Sending, stats.sending),
            (OutboxState::Doubtful, stats.doubtful),
            (OutboxState::Parked, stats.parked),
        ] {
            gauge!(ENTRIES, "state" => state.as_str()).set(count as f64);
        }
        gauge!(HELD).set(stats.held as f64);
        let age = stats.oldest.and_then(|oldest| oldest.elapsed().ok());
        gauge!(OLDEST).set(age.unwrap_or_default());
    }
}

#[cfg(not(feature = "metrics"))]
mod without_metrics {
    pub(in crate::outbox) fn describe() {}
    pub(in crate::outbox) fn put() {}
    pub(in crate::outbox) fn done(_: crate::OutboxState) {}
    pub(in crate::outbox) fn stats(_: &crate::OutboxStats) {}
}
