//! What happens to a request, from its first header to the answer.

use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Request};
use tracing::Instrument as _;

use super::answer::Answer;
use super::arrival::{Arrival, UnreadableBody};
use super::authorization::Authorization;
use super::body::{self, Posted};
use super::delivered::Delivered;
use super::ledger::{Case, Failures, Identity, Ledger, Opened};
use crate::receive::dead_letter::TakeDeadLetter;
use crate::receive::drift_watch::DriftWatch;
use crate::receive::trouble::TellTrouble;
use crate::{BoxError, DeadLetter, InstanceId, SharedError, Trouble};

/// When the server sends a notification again that was not answered 200.
const AGAIN: Duration = Duration::from_secs(60);

type Handled = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
pub(super) type Handler = Box<dyn Fn(Delivered) -> Handled + Send + Sync>;

pub(super) struct Endpoint {
    pub(super) authorization: Authorization,
    pub(super) attempts: u32,
    pub(super) body_limit: usize,
    pub(super) deduplicates: bool,
    pub(super) handler: Handler,
    pub(super) dead_letter: Option<TakeDeadLetter>,
    pub(super) on_drift: Option<DriftWatch>,
    pub(super) on_trouble: Option<TellTrouble>,
    pub(super) ledger: Arc<Ledger>,
    /// Seeded, so that nobody can make bodies that are taken for each other.
    pub(super) digest: RandomState,
}

/// A notification, or why it is none, and where it came from.
struct Incoming {
    posted: Posted,
    read: Result<Arrival, UnreadableBody>,
    instance: Option<InstanceId>,
}

impl Endpoint {
    pub(super) async fn answer(self: Arc<Self>, request: Request<Body>) -> Answer {
        if request.method() != Method::POST {
            return Answer::NotPosted;
        }
        // Before the body is read: nobody else's is.
        let Some(bearer) = self.authorization.check(request.headers()) else {
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
        let read = Arrival::read(&posted, self.body_limit);
        let says = read
            .as_ref()
            .map_or(Ok(None), |arrival| arrival.notification.instance());
        match bearer.speaks_for(says) {
            Ok(instance) => {
                self.take(Incoming {
                    posted,
                    read,
                    instance,
                })
                .await
            }
            Err(instance) => {
                let instance = instance.map(InstanceId::get);
                tracing::warn!(
                    instance,
                    "refused a webhook; its instance is not known here, cannot be read, or has another token"
                );
                Answer::Forbidden
            }
        }
    }

    async fn take(self: Arc<Self>, incoming: Incoming) -> Answer {
        let kind = incoming
            .read
            .as_ref()
            .map_or("", |arrival| arrival.notification.kind());
        let (bytes, instance) = (
            incoming.posted.bytes.len(),
            incoming.instance.map(InstanceId::get),
        );
        let span = tracing::debug_span!("webhook", kind, instance, bytes);
        let answer = match self.ledger.open(self.identity(&incoming)) {
            Opened::Not(answer) => answer,
            Opened::InHand(answered) => answered.wait().await,
            Opened::New(case, answered) => {
                // Whoever sent it may hang up meanwhile. The handler is not stopped by that: half of what it does could not be undone.
                tokio::spawn(self.settle(case, incoming).instrument(span.clone()));
                answered.wait().await
            }
        };
        tracing::debug!(parent: &span, status = answer.status().as_u16(), repeated = answer == Answer::Repeated, "answered a webhook");
        answer
    }

    fn identity(
        &self,
        Incoming {
            posted,
            read,
            instance,
        }: &Incoming,
    ) -> Identity {
        let bytes = || {
            self.digest
                .hash_one((instance, posted.truncated, &posted.bytes))
        };
        match read
            .as_ref()
            .map(|arrival| arrival.notification.deduplication_key())
        {
            Ok(Some(key)) if self.deduplicates => Identity::Message(*instance, key),
            Ok(None) => Identity::Nameless(bytes()),
            Ok(Some(_)) | Err(_) => Identity::Body(bytes()),
        }
    }

    /// Handles a notification, or hands it to the dead letters.
    async fn settle(
        self: Arc<Self>,
        mut case: Case,
        Incoming {
            posted,
            read,
            instance,
        }: Incoming,
    ) -> Answer {
        let mut arrival = match read {
            Ok(arrival) => arrival,
            Err(error) => {
                tracing::error!("giving up a webhook that cannot be read: {error}");
                let answer = if posted.truncated {
                    Answer::TooLong
                } else {
                    Answer::Unreadable
                };
                let letter = DeadLetter::Unreadable {
                    instance,
                    raw: posted.bytes.into(),
                    error: error.into(),
                };
                return self.bury(case, letter, answer).await;
            }
        };
        drop(posted);
        // What failed too often waits for the dead letters to take it; the handler is not asked again.
        if case.failures.attempts < self.attempts {
            let attempt = case.failures.attempts + 1;
            let last = (attempt == self.attempts).then(|| arrival.clone());
            let Err(error) = self.handle(arrival, instance, attempt).await else {
                return case.handled();
            };
            // Written down first, should whoever is told panic.
            case.failures = Failures {
                attempts: attempt,
                error: Some(Arc::clone(&error)),
            };
            // Once the end has begun it may have failed by the end alone, so nothing is given up: it comes again, to the next process.
            let last = last.filter(|_| !self.ledger.is_closed());
            let wait = if last.is_some() {
                Duration::ZERO
            } else {
                AGAIN
            };
            Trouble::Handling {
                attempt,
                error: Some(&*error),
                wait,
            }
            .report(self.on_trouble.as_ref());
            let Some(last) = last else {
                return case.failed();
            };
            arrival = last;
        }
        let Failures { attempts, error } = case.failures.clone();
        tracing::error!(attempts, "giving up a notification");
        let Arrival { notification, raw } = arrival;
        let letter = DeadLetter::Failed {
            instance,
            notification: notification.into(),
            raw,
            attempts,
            error,
        };
        self.bury(case, letter, Answer::Settled).await
    }

    async fn handle(
        self: &Arc<Self>,
        arrival: Arrival,
        instance: Option<InstanceId>,
        attempt: u32,
    ) -> Result<(), SharedError> {
        let delivered = Delivered::new(arrival.notification, instance, attempt, arrival.raw);
        let endpoint = Arc::clone(self);
        let handling = async move {
            if let Some(watch) = &endpoint.on_drift {
                watch.look(delivered.raw().as_str());
            }
            (endpoint.handler)(delivered).await
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

    /// Hands over a dead letter; `answer` is for when it was taken.
    async fn bury(&self, case: Case, letter: DeadLetter, answer: Answer) -> Answer {
        let taken = match &self.dead_letter {
            Some(take) => take(letter).await,
            None => Ok(()),
        };
        match taken {
            Ok(()) => case.buried(answer),
            Err(error) => {
                Trouble::DeadLetter {
                    error: &*error,
                    wait: AGAIN,
                }
                .report(self.on_trouble.as_ref());
                case.failed()
            }
        }
    }
}
