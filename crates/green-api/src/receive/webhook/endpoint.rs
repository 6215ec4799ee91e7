//! What happens to a request, from its first header to the answer.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Request};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::answer::Answer;
use super::authorization::{Authorization, Caller};
use super::body::{self, Posted};
use super::inflight::{Identity, Inflight, Opened, Slot};
use crate::receive::callback::{Callback, call};
use crate::telemetry::{self, Handling, Outcome};
use crate::{
    BoxError, DeadLetter, InstanceId, ProblemKind, ReceiveOptions, ReceiveProblem, Received,
    Recovery,
};

/// When the server sends a notification again that was not answered 200.
const AGAIN: Duration = Duration::from_secs(60);

pub(super) struct Endpoint {
    pub(super) authorization: Authorization,
    pub(super) options: ReceiveOptions,
    pub(super) body_limit: usize,
    pub(super) body_timeout: Duration,
    pub(super) handler: Callback<Received>,
    pub(super) inflight: Arc<Inflight>,
    pub(super) seed: RandomState,
    #[cfg(feature = "client")]
    pub(super) silences: super::silence::Silences,
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
        // What breaks off or is too slow comes again.
        let reading = body::read(
            request.into_body(),
            self.body_limit,
            self.seed.build_hasher(),
        );
        let posted = match tokio::time::timeout(self.body_timeout, reading).await {
            Ok(Ok(posted)) => posted,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a webhook broke off before its end");
                return Answer::BrokenOff;
            }
            Err(_) => {
                tracing::warn!("the body of a webhook did not come in time");
                return Answer::TooSlow;
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
        let (notification, instance) = match &content {
            Ok(received) => (Some(&received.notification), received.instance),
            Err((letter, _)) => (None, letter.instance()),
        };
        #[cfg(feature = "client")]
        self.silences.end(instance, &self.options);
        let kind = telemetry::kind_of(notification);
        let instance = instance.map(InstanceId::get);
        let answer = match self.inflight.open(identity) {
            Opened::Answered(answer) => {
                if answer == Answer::Repeated {
                    telemetry::count(kind, Outcome::Repeated);
                }
                answer
            }
            Opened::InFlight(pending) => pending.wait().await,
            Opened::New(slot, pending) => {
                // Whoever sent it may hang up meanwhile. The handler is not stopped by that: half of what it does could not be undone.
                // The span of whoever serves it stays what this hangs under.
                tokio::spawn(self.settle(slot, content).in_current_span());
                pending.wait().await
            }
        };
        tracing::debug!(
            instance,
            kind,
            bytes,
            status = answer.status().as_u16(),
            repeated = answer == Answer::Repeated,
            "answered a webhook"
        );
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
        match read {
            Ok(received) => {
                let identity = match received.notification.deduplication_key() {
                    Some(key) => Identity::Message(instance, key),
                    None => Identity::Nameless(instance, received.digest(&self.seed)),
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
                let content = (instance, posted.rest, &posted.bytes);
                let identity = Identity::Unreadable(self.seed.hash_one(content));
                let answer = if posted.rest.is_some() {
                    Answer::TooLong
                } else {
                    Answer::Unreadable
                };
                let letter = DeadLetter::Unreadable {
                    instance,
                    raw: posted.bytes.into(),
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
            Err((letter, answer)) => return self.unreadable(slot, letter, answer).await,
        };
        // What was given up on waits to be dead-lettered; the handler is not called again.
        if !self.options.is_dead(&slot.failures) {
            received.attempt = slot.failures.attempts.saturating_add(1);
            let (json, instance) = (received.json.clone(), received.instance);
            let mut handling = Handling::begin(&received.notification, instance, received.attempt);
            let handled = self.handle(received).instrument(handling.span().clone());
            let Err(error) = handled.await else {
                handling.handled();
                if slot.failures.attempts > 0 {
                    let (after, from) = (slot.failures.lasting(), Recovery::Notification);
                    self.report(
                        instance,
                        ProblemKind::Recovered { after, from },
                        Duration::ZERO,
                    );
                }
                return slot.handled();
            };
            drop(handling);
            slot.failures.add(Some(error));
            // Once the end has begun it may have failed by the end alone, so it is not dead-lettered: it comes again, to the next process.
            let again = self.inflight.is_closed() || !self.options.is_dead(&slot.failures);
            let wait = if again { AGAIN } else { Duration::ZERO };
            self.report(instance, self.options.problem(&slot.failures), wait);
            if again {
                return slot.failed();
            }
            // It was read before, so it can be read again: only what is given up on costs that.
            received = match Received::read(json) {
                Ok(again) => Received { instance, ..again },
                Err(_) => return slot.failed(),
            };
        }
        let letter = slot.failures.dead_letter(received);
        self.dead_letter(slot, letter, Answer::Settled).await
    }

    async fn handle(&self, received: Received) -> Result<(), BoxError> {
        call("handler", || {
            self.options.look_for_drift(&received);
            (self.handler)(received)
        })
        .await
    }

    /// What cannot be read came whole, so it does not get better: it is dead-lettered at once. Where nobody takes it, it comes again.
    async fn unreadable(&self, mut slot: Slot, letter: DeadLetter, answer: Answer) -> Answer {
        telemetry::count(telemetry::kind_of(None), Outcome::Unreadable);
        if self.options.takes_dead_letters() {
            return self.dead_letter(slot, letter, answer).await;
        }
        slot.failures.add(None);
        let instance = letter.instance();
        let error = match letter {
            DeadLetter::Unreadable { error, .. } => Some(error),
            DeadLetter::Failed { .. } => None,
        };
        let blocked = ProblemKind::Blocked {
            attempt: slot.failures.attempts,
            lasting: slot.failures.lasting(),
            error: error.as_deref(),
        };
        self.report(instance, blocked, AGAIN);
        slot.refused(answer)
    }

    /// Hands over a dead letter; `answer` is for when that succeeds.
    async fn dead_letter(&self, mut slot: Slot, letter: DeadLetter, answer: Answer) -> Answer {
        let instance = letter.instance();
        match self.options.hand_over(letter).await {
            Ok(()) => {
                if let Some(since) = slot.failures.kept {
                    let (after, from) = (since.elapsed(), Recovery::Notification);
                    self.report(
                        instance,
                        ProblemKind::Recovered { after, from },
                        Duration::ZERO,
                    );
                }
                slot.dead_lettered(answer)
            }
            Err(error) => {
                slot.failures.kept.get_or_insert_with(Instant::now);
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
