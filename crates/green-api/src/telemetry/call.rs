//! One call of an operation, and the attempts under it.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use green_api_client::ResponseRecord;
use green_api_types::operation::Operation;
use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;
use url::Url;

use super::{metrics, milliseconds};
use crate::{Delivery, Error, ErrorKind, InstanceId};

/// What a file that is fetched is called in place of an operation.
const DOWNLOAD: &str = "download";
/// Why it failed, if the caller stopped waiting.
const CANCELLED: &str = "cancelled";

/// A call under way. What became of it is told when it is dropped.
pub(crate) struct Call<'a> {
    span: Span,
    name: &'a str,
    verb: &'static str,
    /// The name in metrics, of which there are only so many.
    label: &'static str,
    instance: Option<InstanceId>,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    attempts: u32,
    waited: Duration,
    /// What became of the attempt before, if it failed.
    last: Option<Delivery>,
    /// Why it failed, if it did, and what became of the request; `None` while it is under way.
    end: Option<(Option<ErrorKind>, Delivery)>,
}

/// Why a call waits before an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// The operation or the chat had its turn a moment ago.
    Pace,
    /// The attempt before failed.
    Retry,
}

impl Wait {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pace => "pace",
            Self::Retry => "retry",
        }
    }
}

impl Call<'static> {
    pub(crate) fn of(operation: &'static Operation, instance: Option<InstanceId>) -> Self {
        Self::new(operation.id, operation.verb, operation.id, instance)
    }

    /// A file that is fetched from a storage host.
    pub(crate) fn download(instance: InstanceId) -> Self {
        Self::new(DOWNLOAD, "GET", DOWNLOAD, Some(instance))
    }
}

impl<'a> Call<'a> {
    /// An operation that this version does not list.
    pub(crate) fn unlisted(
        name: &'a str,
        verb: &'static str,
        instance: Option<InstanceId>,
    ) -> Self {
        Self::new(name, verb, super::UNKNOWN, instance)
    }

    fn new(
        name: &'a str,
        verb: &'static str,
        label: &'static str,
        instance: Option<InstanceId>,
    ) -> Self {
        let span = tracing::info_span!(
            "green_api.call",
            otel.name = name,
            otel.status_code = Empty,
            error.type = Empty,
            green_api.operation = name,
            green_api.instance = instance.map(InstanceId::get),
            green_api.delivery = Empty,
            green_api.attempts = Empty,
            green_api.wait_ms = Empty,
        );
        Self {
            span,
            name,
            verb,
            label,
            instance,
            started: Instant::now(),
            state: Mutex::default(),
        }
    }

    /// Begins an attempt at this host. Its span follows the conventions for HTTP clients, apart from `url.full`: the token is in it.
    pub(crate) fn begin_attempt(&self, host: &Url) -> Attempting<'_> {
        let resends = {
            let mut state = self.state();
            let resends = state.attempts;
            state.attempts = resends.saturating_add(1);
            (state.last, state.end) = (None, None);
            resends
        };
        // A download has no attempts after the first but those where a redirect leads.
        if resends > 0 && self.label != DOWNLOAD {
            metrics::retry(self.label);
        }
        let span = tracing::info_span!(
            parent: &self.span,
            "green_api.attempt",
            otel.name = format_args!("{} {}", self.verb, self.name),
            otel.kind = "client",
            otel.status_code = Empty,
            error.type = Empty,
            http.request.method = self.verb,
            http.request.resend_count = (resends > 0).then_some(resends),
            http.response.status_code = Empty,
            server.address = host.host_str().map(|host| host.trim_matches(['[', ']'])),
            server.port = host.port_or_known_default(),
            green_api.operation = self.name,
            green_api.instance = self.instance.map(InstanceId::get),
        );
        Attempting {
            call: self,
            span,
            error: Some(CANCELLED),
        }
    }

    /// Returns the operation, the instance, and the number of the attempt under way.
    pub(crate) fn under_way(&self) -> (&str, Option<InstanceId>, u32) {
        (self.name, self.instance, self.state().attempts)
    }

    /// Notes how it ends.
    pub(crate) fn ends(&self, outcome: &Result<(Option<Error>, ResponseRecord), Error>) {
        match outcome {
            Ok((Some(error), _)) | Err(error) => self.fails(error),
            Ok((None, response)) => {
                metrics::answer(self.label, self.instance, &response.body);
                self.succeeds();
            }
        }
    }

    pub(crate) fn succeeds(&self) {
        self.state().end = Some((None, Delivery::Accepted));
    }

    pub(crate) fn fails(&self, error: &Error) {
        self.state().end = Some((Some(error.kind()), error.delivery()));
    }

    /// Returns how long it takes by now.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Begins a wait before an attempt.
    pub(crate) fn waiting(&self, why: Wait) -> Waiting<'_> {
        Waiting {
            call: self,
            why,
            began: Instant::now(),
        }
    }

    fn waited(&self, why: Wait, wait: Duration) {
        metrics::wait(self.label, why.as_str(), wait);
        let attempts = {
            let mut state = self.state();
            state.waited = state.waited.saturating_add(wait);
            state.attempts
        };
        tracing::debug!(
            parent: &self.span,
            operation = self.name,
            instance = self.instance.map(InstanceId::get),
            attempts,
            wait_ms = milliseconds(wait),
            reason = why.as_str(),
            "waited"
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A change cannot leave it half-made.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let state = std::mem::take(&mut *self.state());
        let (error, delivery) = match state.end {
            Some((kind, delivery)) => (kind.map(ErrorKind::as_str), delivery),
            // The caller does not wait any more.
            None if state.attempts == 0 => (Some(CANCELLED), Delivery::NotSent),
            None => (Some(CANCELLED), state.last.unwrap_or(Delivery::MaybeSent)),
        };
        failed(&self.span, error);
        self.span.record("green_api.delivery", delivery.as_str());
        self.span.record("green_api.attempts", state.attempts);
        if !state.waited.is_zero() {
            self.span
                .record("green_api.wait_ms", milliseconds(state.waited));
        }
        let duration = self.started.elapsed();
        metrics::call(
            self.label,
            error.unwrap_or("ok"),
            delivery.as_str(),
            duration,
        );
    }
}

/// A wait, which is told when it is over, whether the attempt comes or not.
pub(crate) struct Waiting<'a> {
    call: &'a Call<'a>,
    why: Wait,
    began: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.call.waited(self.why, self.began.elapsed());
    }
}

/// An attempt under way. Why it failed is told when it is dropped.
pub(crate) struct Attempting<'a> {
    call: &'a Call<'a>,
    span: Span,
    error: Option<&'static str>,
}

impl Attempting<'_> {
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes what came of it, and the status of a good answer.
    pub(crate) fn ends<T>(
        mut self,
        outcome: Result<(Option<Error>, T), Error>,
        status: Option<u16>,
    ) -> Result<(Option<Error>, T), Error> {
        let (failure, status) = match &outcome {
            Ok((error, _)) => (error.as_ref(), status),
            Err(error) => (Some(error), error.status()),
        };
        self.span.record("http.response.status_code", status);
        self.error = failure.map(|error| error.kind().as_str());
        self.call.state().last = failure.map(Error::delivery);
        outcome
    }
}

impl Drop for Attempting<'_> {
    fn drop(&mut self) {
        failed(&self.span, self.error);
    }
}

fn failed(span: &Span, error: Option<&'static str>) {
    if let Some(error) = error {
        span.record("error.type", error);
        span.record("otel.status_code", "ERROR");
    }
}
