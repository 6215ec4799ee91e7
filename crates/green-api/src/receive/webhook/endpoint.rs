//! What happens to a request, from its first header to the answer.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Request};
use tracing::Instrument as _;

use super::answer::Answer;
use super::authorization::{Authorization, Caller};
use super::body::{self, Posted};
use super::inflight::{Identity, Inflight, Opened, Slot};
use crate::receive::callback::Callback;
use crate::{
    BoxError, DeadLetter, InstanceId, ProblemKind, ReceiveOptions, ReceiveProblem, Received,
    SharedError,
};

/// When the server sends a notification again that was not answered 200.
const AGAIN: Duration = Duration::from_secs(60);

pub(super) struct Endpoint {
    pub(super) authorization: Authorization,
    pub(super) options: ReceiveOptions,
    pub(super) body_limit: usize,
    pub(super) handler: Callback<Received>,
    pub(super) inflight: Arc<Inflight>,
    /// Seeded, so that nobody can make bodies that are taken for each other.
    pub(super) digest: RandomState,
}

/// A notification, or the dead letter of what cannot be read and the answer to it.
type Content = Result<Received, (DeadLetter, Answer)>;

impl Endpoint {
    pub(super) async fn answer(self: Arc<Self>, request: Request<Body>) -> Answer {
        if request.method() != Method::POST {
            return Answer::NotPosted;
        }
        // Before the body is read: nobody else's is.
        let Some(caller) = self.authorization.check(request.headers()) else {
            let authorization = if request.headers().contains_key(AUTHORIZATION) {
                "wrong"
            } else {
                "missing"
            };
            tracing::warn!(
                authorization,
                "refused a webhook; its header must have the token that was given here"
            );
            return Answer::Unauthorized;
        };
        let posted = match body::read(request.into_body(), self.body_limit).await {
            Ok(posted) => posted,
            Err(error) => {
                // It comes again.
                tracing::warn!(%error, "a webhook broke off before its end");
                return Answer::BrokenOff;
            }
        };
        let bytes = posted.bytes.len();
        let (identity, content) = match self.identify(posted, &caller) {
            Ok(identified) => identified,
            Err(instance) => {
                let instance = instance.map(InstanceId::get);
                tracing::warn!(
                    instance,
                    "refused a webhook; its instance is not known here, cannot be read, or has another token"
                );
                return Answer::Forbidden;
            }
        };
        let (kind, instance) = match &content {
            Ok(received) => (received.notification.kind(), received.instance),
            Err((letter, _)) => ("", letter.instance()),
        };
        let instance = instance.map(InstanceId::get);
        let span = tracing::debug_span!("webhook", kind, instance, bytes);
        let answer = match self.inflight.open(identity) {
            Opened::Answered(answer) => answer,
            Opened::InFlight(pending) => pending.wait().await,
            Opened::New(slot, pending) => {
                // Whoever sent it may hang up meanwhile. The handler is not stopped by that: half of what it does could not be undone.
                tokio::spawn(self.settle(slot, content).instrument(span.clone()));
                pending.wait().await
            }
        };
        tracing::debug!(parent: &span, status = answer.status().as_u16(), repeated = answer == Answer::Repeated, "answered a webhook");
        answer
    }

    /// Reads what was posted, and tells it from all others; `Err` if the caller must not speak for the instance in it.
    fn identify(
        &self,
        posted: Posted,
        caller: &Caller,
    ) -> Result<(Identity, Content), Option<InstanceId>> {
        let read = posted.notification(self.body_limit);
        let says = read
            .as_ref()
            .map_or(Ok(None), |received| received.notification.instance());
        let instance = caller.speaks_for(says)?;
        let digest = || {
            self.digest
                .hash_one((instance, posted.truncated, &posted.bytes))
        };
        match read {
            Ok(received) => {
                let identity = match received.notification.deduplication_key() {
                    Some(key) if self.options.deduplicate.is_some() => {
                        Identity::Message(instance, key)
                    }
                    Some(_) => Identity::Body(digest()),
                    None => Identity::Nameless(digest()),
                };
                Ok((
                    identity,
                    Ok(Received {
                        instance,
                        ..received
                    }),
                ))
            }
            Err(error) => {
                let identity = Identity::Body(digest());
                let answer = if posted.truncated {
                    Answer::TooLong
                } else {
                    Answer::Unreadable
                };
                let letter = DeadLetter::Unreadable {
                    instance,
                    raw: posted.bytes,
                    error: error.into(),
                };
                Ok((identity, Err((letter, answer))))
            }
        }
    }

    /// Handles a notification, or dead-letters it.
    async fn settle(self: Arc<Self>, mut slot: Slot, content: Content) -> Answer {
        let mut received = match content {
            Ok(received) => received,
            Err((letter, answer)) => return self.dead_letter(slot, letter, answer).await,
        };
        // What failed too often waits to be dead-lettered; the handler is not called again.
        if let Some(attempt) = self.options.next_attempt(&slot.failures) {
            received.attempt = attempt;
            let kept = received.clone();
            let Err(error) = self.handle(received).await else {
                return slot.handled();
            };
            // Recorded first, should the callback panic.
            slot.failures.add(Some(Arc::clone(&error)));
            // Once the end has begun it may have failed by the end alone, so it is not dead-lettered: it comes again, to the next process.
            let again =
                self.inflight.is_closed() || self.options.next_attempt(&slot.failures).is_some();
            let wait = if again { AGAIN } else { Duration::ZERO };
            let kind = ProblemKind::Handling {
                attempt,
                error: Some(&*error),
            };
            self.report(kept.instance, kind, wait);
            if again {
                return slot.failed();
            }
            received = kept;
        }
        let letter = slot.failures.dead_letter(received);
        self.dead_letter(slot, letter, Answer::Settled).await
    }

    async fn handle(self: &Arc<Self>, received: Received) -> Result<(), SharedError> {
        let endpoint = Arc::clone(self);
        let handling = async move {
            endpoint.options.look_for_drift(&received);
            (endpoint.handler)(received).await
        };
        // A task of its own, so that a panic ends nothing else.
        let handled = tokio::spawn(handling.in_current_span());
        match handled.await {
            Ok(handled) => handled.map_err(Arc::from),
            // What it panicked with could repeat the message.
            Err(error) if error.is_panic() => {
                Err(Arc::from(BoxError::from("the handler panicked")))
            }
            Err(error) => Err(Arc::new(error)),
        }
    }

    /// Hands over a dead letter; `answer` is for when that succeeds.
    async fn dead_letter(&self, slot: Slot, letter: DeadLetter, answer: Answer) -> Answer {
        let instance = letter.instance();
        match self.options.hand_over(letter).await {
            Ok(()) => slot.dead_lettered(answer),
            Err(error) => {
                self.report(instance, ProblemKind::DeadLetter { error: &*error }, AGAIN);
                slot.failed()
            }
        }
    }

    fn report(&self, instance: Option<InstanceId>, kind: ProblemKind<'_>, wait: Duration) {
        self.options.report(&ReceiveProblem {
            instance,
            kind,
            wait,
        });
    }
}
