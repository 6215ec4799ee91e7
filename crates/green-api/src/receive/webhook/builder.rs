//! Configures an endpoint.

use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use super::Webhook;
use super::authorization::Authorization;
use super::endpoint::Endpoint;
use super::inflight::Inflight;
use crate::receive::callback::callback;
use crate::{BoxError, ReceiveOptions, Received, telemetry};

/// The longest body unless set; no answer to a poll may be longer, either.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// The longest time for a body unless set.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds a [`Webhook`]; [`Webhook::builder`] creates it, [`handler`](Self::handler) finishes it.
#[derive(Debug)]
#[must_use = "there is no endpoint before it has a handler"]
pub struct WebhookBuilder {
    authorization: Authorization,
    options: ReceiveOptions,
    body_limit: usize,
    body_timeout: Duration,
}

impl WebhookBuilder {
    pub(super) fn new(authorization: Authorization) -> Self {
        Self {
            authorization,
            options: ReceiveOptions::new(),
            body_limit: BODY_LIMIT,
            body_timeout: BODY_TIMEOUT,
        }
    }

    /// Sets the options that webhooks share with long polling: how long to retry, deduplication, callbacks.
    pub fn options(self, options: ReceiveOptions) -> Self {
        Self { options, ..self }
    }

    /// Sets the maximum body size in bytes (default: 16 MiB). A longer body is truncated and dead-lettered. Every authorized connection, or every
    /// connection if authorization is off, can make the endpoint allocate this much.
    pub fn body_limit(self, bytes: usize) -> Self {
        Self {
            body_limit: bytes,
            ..self
        }
    }

    /// Sets how long a body may take to arrive (default: 30 seconds). After that the answer is 408, and the server posts the notification again.
    ///
    /// The time for the head of a request is up to the HTTP server; see [`Webhook`](Webhook#in-production).
    pub fn body_timeout(self, time: Duration) -> Self {
        Self {
            body_timeout: time,
            ..self
        }
    }

    /// Builds the endpoint, with the handler of its notifications. The answer is 200 when the handler returns `Ok`, and 500 after an `Err` or a
    /// panic: then the server sends the notification again.
    ///
    /// The server waits 180 seconds. A handler that takes longer is not stopped, nor called a second time for the same notification meanwhile: a
    /// repetition waits for it as well.
    pub fn handler<H, F, E>(self, handler: H) -> Webhook
    where
        H: Fn(Received) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let Self {
            authorization,
            options,
            body_limit,
            body_timeout,
        } = self;
        telemetry::describe();
        let handled = options.deduplicate.unwrap_or_default();
        Webhook(Arc::new(Endpoint {
            authorization,
            options,
            body_limit,
            body_timeout,
            handler: callback(handler),
            inflight: Arc::new(Inflight::new(handled)),
            seed: RandomState::new(),
            #[cfg(feature = "client")]
            silences: super::silence::Silences::default(),
        }))
    }
}
