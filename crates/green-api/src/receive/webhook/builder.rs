//! How a webhook endpoint is to be.

use std::fmt;
use std::future::Future;
use std::hash::RandomState;
use std::sync::Arc;

use super::Webhook;
use super::authorization::Authorization;
use super::delivered::Delivered;
use super::endpoint::Endpoint;
use super::ledger::Ledger;
use crate::receive::dead_letter::{TakeDeadLetter, boxed};
use crate::receive::drift_watch::DriftWatch;
use crate::receive::trouble::TellTrouble;
use crate::{BoxError, DeadLetter, Drift, Trouble};

/// The longest body unless set; no answer to a poll may be longer, either.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// How a [`Webhook`] is to be; [`Webhook::builder`] makes it, [`handler`](Self::handler) ends it.
#[must_use = "there is no endpoint before it has a handler"]
pub struct WebhookBuilder {
    authorization: Authorization,
    attempts: u32,
    body_limit: usize,
    deduplicate: Option<usize>,
    dead_letter: Option<TakeDeadLetter>,
    on_drift: Option<DriftWatch>,
    on_trouble: Option<TellTrouble>,
}

impl WebhookBuilder {
    pub(super) fn new(authorization: Authorization) -> Self {
        Self {
            authorization,
            attempts: 5,
            body_limit: BODY_LIMIT,
            deduplicate: None,
            dead_letter: None,
            on_drift: None,
            on_trouble: None,
        }
    }

    /// How often a notification is tried before it goes to the dead letters, the first time included; 5 unless set. The server sends it again after
    /// a minute, and nothing else of that instance meanwhile.
    ///
    /// Counted since the program started, for the 1,024 that failed last.
    pub fn attempts(self, attempts: u32) -> Self {
        Self {
            attempts: attempts.max(1),
            ..self
        }
    }

    /// The longest body that is taken, in bytes; 16 MiB unless set. Of a longer one, so much goes to the dead letters.
    ///
    /// So much memory can be asked for by each connection with a valid token; without [authorization](Authorization::none), by each.
    pub fn body_limit(self, bytes: usize) -> Self {
        Self {
            body_limit: bytes,
            ..self
        }
    }

    /// Handles once what the server repeats: a notification whose instance, message id, kind and status are those of one of the last `capacity` that
    /// were handled is answered 200 without a word. Off unless set; what is remembered lives as long as the program.
    pub fn deduplicate(self, capacity: usize) -> Self {
        Self {
            deduplicate: Some(capacity),
            ..self
        }
    }

    /// Where notifications go that failed too often, cannot be read or are too long. Until it gives `Ok` the answer is 500, so the server sends the
    /// notification again, and this is called again.
    ///
    /// Without it they are settled all the same, so that the queue goes on, and all that is left is a line in the log without what was in them.
    /// Set it if every message counts.
    pub fn dead_letter<H, F, E>(self, handler: H) -> Self
    where
        H: Fn(DeadLetter) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self {
            dead_letter: Some(boxed(handler)),
            ..self
        }
    }

    /// Told of every failure of the handler and of the dead letters. It is logged as well, without the handler's error.
    pub fn on_trouble(self, tell: impl Fn(&Trouble<'_>) + Send + Sync + 'static) -> Self {
        Self {
            on_trouble: Some(Box::new(tell)),
            ..self
        }
    }

    /// Told of what this version does not know in a notification, before it is handled, for a report: fields, values and kinds that the server has added.
    /// Only what differs from the last one that was told is told.
    pub fn on_drift(self, tell: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        Self {
            on_drift: Some(DriftWatch::new(tell)),
            ..self
        }
    }

    /// What handles every notification. It is answered 200 when this gives `Ok`, and 500 after an `Err` or a panic: then the server sends it again.
    ///
    /// The server waits 180 seconds. A handler that takes longer is not stopped, nor called a second time for the same notification meanwhile: the
    /// repetition waits for it, too.
    pub fn handler<H, F, E>(self, handler: H) -> Webhook
    where
        H: Fn(Delivered) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let Self {
            authorization,
            attempts,
            body_limit,
            deduplicate,
            dead_letter,
            on_drift,
            on_trouble,
        } = self;
        Webhook(Arc::new(Endpoint {
            authorization,
            attempts,
            body_limit,
            deduplicates: deduplicate.is_some(),
            handler: Box::new(move |delivered| {
                let handled = handler(delivered);
                Box::pin(async move { handled.await.map_err(Into::into) })
            }),
            dead_letter,
            on_drift,
            on_trouble,
            ledger: Arc::new(Ledger::new(deduplicate.unwrap_or_default())),
            digest: RandomState::new(),
        }))
    }
}

impl fmt::Debug for WebhookBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookBuilder")
            .field("authorization", &self.authorization)
            .field("attempts", &self.attempts)
            .field("body_limit", &self.body_limit)
            .field("deduplicate", &self.deduplicate)
            .finish_non_exhaustive()
    }
}
