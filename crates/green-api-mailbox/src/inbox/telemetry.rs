//! What those who watch the inbox are told: a span around each handled notification, and metrics beside it. Neither has a chat or what people wrote.

use std::time::{Duration, Instant, SystemTime};

use green_api::types::Notification;
use green_api::{InstanceId, Received};
use tracing::Span;
use tracing::field::Empty;

pub(super) use super::metrics::describe;
use super::{DOCUMENT_DUE, metrics};

/// In place of a kind that this version does not know, so that whoever posts notifications cannot make new ones up.
const UNKNOWN: &str = "unknown";

/// What becomes of a notification at the door.
#[derive(Clone, Copy, Debug)]
pub(super) enum Door {
    New,
    Repeated,
    Unreadable,
}

/// Counts what came to the door.
pub(super) fn came(kind: &str, what: Door) {
    let outcome = match what {
        Door::New => "new",
        Door::Repeated => "repeated",
        Door::Unreadable => "unreadable",
    };
    metrics::received(known(kind), outcome);
}

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Handled,
    Failed,
    Parked,
    /// It begins again, since a document was changed meanwhile.
    Repeated,
}

/// An attempt to handle a notification. It has failed unless something else was told before it is dropped.
pub(super) struct Handling {
    span: Span,
    kind: &'static str,
    outcome: Outcome,
    begun: Instant,
}

impl Handling {
    /// Begins an attempt at what was put in at `put_in`.
    pub(super) fn begin(received: &Received, put_in: SystemTime) -> Self {
        let kind = known(received.notification.kind());
        let now = SystemTime::now();
        // Another clock may be ahead.
        let since = |time| now.duration_since(time).unwrap_or_default();
        if received.attempt() == 1 {
            metrics::waited(since(put_in));
        }
        let sent = received.notification.timestamp();
        let lag: Option<Duration> = sent.map(|time| since(time.to_system_time()));
        let span = tracing::info_span!(
            "green_api.notification",
            otel.name = format_args!("process {kind}"),
            otel.kind = "consumer",
            otel.status_code = Empty,
            green_api.instance = received.instance().map(InstanceId::get),
            green_api.notification.kind = kind,
            green_api.notification.attempt = received.attempt(),
            green_api.notification.lag_seconds = lag.map(|lag| lag.as_secs()),
            green_api.notification.outcome = Empty,
        );
        Self {
            span,
            kind,
            outcome: Outcome::Failed,
            begun: Instant::now(),
        }
    }

    /// Returns what the handler's own spans hang under.
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn ended(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        let outcome = match self.outcome {
            Outcome::Handled => "handled",
            Outcome::Failed => "failed",
            Outcome::Parked => "parked",
            Outcome::Repeated => "repeated",
        };
        self.span.record("green_api.notification.outcome", outcome);
        if matches!(self.outcome, Outcome::Failed | Outcome::Parked) {
            self.span.record("otel.status_code", "ERROR");
        }
        metrics::handled(self.kind, outcome, self.begun.elapsed());
    }
}

/// Returns the kind if this version knows it.
pub(super) fn known(kind: &str) -> &'static str {
    let mut known = Notification::KNOWN.iter().chain([&DOCUMENT_DUE]);
    known
        .find(|known| **known == kind)
        .copied()
        .unwrap_or(UNKNOWN)
}
