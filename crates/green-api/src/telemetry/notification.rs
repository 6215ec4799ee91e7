//! One notification, and what becomes of it.

use std::time::SystemTime;

use tracing::Span;
use tracing::field::Empty;

use super::{UNKNOWN, metrics};
use crate::InstanceId;
use crate::types::Notification;

/// An attempt to handle a notification. It has failed unless something else was told before it is dropped.
#[derive(Debug)]
pub(crate) struct Handling {
    span: Span,
    kind: &'static str,
    outcome: Outcome,
}

/// What becomes of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Handled,
    Failed,
    /// It was handled before, and came again.
    Repeated,
    DeadLettered,
    Dropped,
    /// It cannot be read.
    Unreadable,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Failed => "failed",
            Self::Repeated => "repeated",
            Self::DeadLettered => "dead_lettered",
            Self::Dropped => "dropped",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Handling {
    /// Begins an attempt, counted from 1.
    pub(crate) fn begin(
        notification: &Notification,
        instance: Option<InstanceId>,
        attempt: u32,
    ) -> Self {
        let kind = kind_of(Some(notification));
        let lag = notification.timestamp().map(|time| {
            let age = SystemTime::now().duration_since(time.to_system_time());
            // Another clock may be ahead.
            age.unwrap_or_default()
        });
        if let Some(lag) = lag
            && attempt == 1
        {
            metrics::lag(instance, lag);
        }
        let span = tracing::info_span!(
            "green_api.notification",
            otel.name = format_args!("process {kind}"),
            otel.kind = "consumer",
            otel.status_code = Empty,
            green_api.instance = instance.map(InstanceId::get),
            green_api.notification.kind = kind,
            green_api.notification.attempt = attempt,
            green_api.notification.lag_seconds = lag.map(|lag| lag.as_secs()),
            green_api.notification.outcome = Empty,
        );
        Self {
            span,
            kind,
            outcome: Outcome::Failed,
        }
    }

    /// Returns what the handler's own spans hang under.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn handled(&mut self) {
        self.outcome = Outcome::Handled;
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        let outcome = self.outcome.as_str();
        self.span.record("green_api.notification.outcome", outcome);
        if self.outcome == Outcome::Failed {
            self.span.record("otel.status_code", "ERROR");
        }
        metrics::notification(self.kind, outcome);
    }
}

/// Counts what became of a notification without an attempt to handle it.
pub(crate) fn count(kind: &'static str, outcome: Outcome) {
    metrics::notification(kind, outcome.as_str());
}

/// The kind, if this version knows it: whoever posts a notification can make up others.
pub(crate) fn kind_of(notification: Option<&Notification>) -> &'static str {
    let kind = notification.map_or("", Notification::kind);
    let mut known = Notification::KNOWN.iter();
    known
        .find(|known| **known == kind)
        .copied()
        .unwrap_or(UNKNOWN)
}
