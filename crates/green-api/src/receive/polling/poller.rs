//! The loop itself: fetches the head of the queue, gives it out, and waits for what becomes of it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use green_api_client::Observed;
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::received::{Outcome, raw};
use super::{Receipt, Received, receipt_id};
use crate::client::request::deliver;
use crate::client::request::retry::full_jitter;
use crate::receive::dead_letter::TakeDeadLetter;
use crate::receive::drift_watch::DriftWatch;
use crate::receive::recent::Recent;
use crate::receive::trouble::TellTrouble;
use crate::types::{Notification, ReceivedNotification};
use crate::{
    DeadLetter, DeduplicationKey, Error, Instance, Outlook, RawJson, RetryPolicy, SharedError,
    Trouble,
};

/// How long the HTTP answer may take beyond the time that the server waits for a notification.
const MARGIN: Duration = Duration::from_secs(15);

pub(super) type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) struct Poller {
    instance: Instance,
    pub(super) receive_timeout: Duration,
    pub(super) attempts: u32,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) seen: Option<Recent<DeduplicationKey, ()>>,
    pub(super) dead_letter: Option<TakeDeadLetter>,
    pub(super) on_drift: Option<DriftWatch>,
    pub(super) on_trouble: Option<TellTrouble>,
    pub(super) stop: Option<Stop>,
    in_hand: Option<InHand>,
    failing: Option<Failing>,
    /// Dealt with, but perhaps not deleted: it is deleted when it comes again.
    undeleted: Option<i64>,
    /// How often in a row the server failed.
    failures: u32,
    /// How long to wait before the next request.
    wait: Duration,
}

/// The notification that was given out.
struct InHand {
    receipt_id: i64,
    key: Option<DeduplicationKey>,
    told: oneshot::Receiver<Outcome>,
}

/// The notification at the head that could not be handled so far.
struct Failing {
    receipt_id: i64,
    attempts: u32,
    error: Option<SharedError>,
}

/// Whether waiting does not mend it.
pub(super) fn is_final(error: &Error) -> bool {
    error.kind().outlook() == Outlook::NeedsAction
}

impl Poller {
    pub(super) fn new(instance: Instance) -> Self {
        Self {
            instance,
            receive_timeout: Duration::from_secs(20),
            attempts: 5,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            seen: None,
            dead_letter: None,
            on_drift: None,
            on_trouble: None,
            stop: None,
            in_hand: None,
            failing: None,
            undeleted: None,
            failures: 0,
            wait: Duration::ZERO,
        }
    }

    /// The next notification; `None` when it was stopped.
    pub(super) async fn next(&mut self) -> Option<Result<Received, Error>> {
        if let Some(in_hand) = self.in_hand.take() {
            self.settle(in_hand).await;
        }
        loop {
            let wait = std::mem::take(&mut self.wait);
            // Even a sleep of no length takes a millisecond.
            if !wait.is_zero() {
                unless_stopped(&mut self.stop, sleep(wait)).await?;
            }
            let request = self
                .instance
                .receive_notification()
                .receive_timeout(self.receive_timeout);
            // The wait between attempts is this loop's, which has no last attempt.
            let request = request
                .timeout(self.receive_timeout.saturating_add(MARGIN))
                .retry(RetryPolicy::never());
            let asked = Instant::now();
            match unless_stopped(&mut self.stop, deliver(&request)).await? {
                Ok((Ok(answer), observed)) => match answer.0 {
                    Some(notification) => {
                        if let Some(received) = self.offer(notification, observed).await {
                            return Some(Ok(received));
                        }
                    }
                    None => self.nothing(asked),
                },
                Ok((Err(_), observed)) if is_empty_object(&observed.body) => self.nothing(asked),
                Ok((Err(error), observed)) => {
                    if let Some(error) = self.unreadable(error, &observed).await {
                        return Some(Err(error));
                    }
                }
                Err(error) if is_final(&error) => return Some(Err(error)),
                Err(error) => {
                    let wait = self.back_off(error.retry_after());
                    self.report(&Trouble::Receiving {
                        error: &error,
                        wait,
                    });
                }
            }
        }
    }

    /// Waits for what becomes of the notification that was given out.
    async fn settle(&mut self, in_hand: InHand) {
        let InHand {
            receipt_id,
            key,
            told,
        } = in_hand;
        let outcome = told.await.unwrap_or(Outcome::Failed(None));
        if let Outcome::Failed(error) = outcome {
            let attempt = self.failed(receipt_id, error.map(Arc::from));
            // After the last attempt there is nothing to wait for.
            if attempt < self.attempts {
                self.wait = full_jitter(self.base, self.cap, attempt, fastrand::f64());
            }
            let error = self
                .failing
                .as_ref()
                .and_then(|failing| failing.error.as_deref());
            self.report(&Trouble::Handling {
                attempt,
                error,
                wait: self.wait,
            });
            return;
        }
        self.failing = None;
        if let (Some(seen), Some(key)) = (&mut self.seen, key) {
            seen.insert(key, ());
        }
        match outcome {
            Outcome::Deleted => self.failures = 0,
            _ => self.delete(receipt_id).await,
        }
    }

    /// Counts a failure of this notification, and gives how many there are.
    fn failed(&mut self, receipt_id: i64, error: Option<SharedError>) -> u32 {
        let attempts = self.attempts_of(receipt_id) + 1;
        self.failing = Some(Failing {
            receipt_id,
            attempts,
            error,
        });
        attempts
    }

    fn attempts_of(&self, receipt_id: i64) -> u32 {
        self.failing
            .as_ref()
            .filter(|failing| failing.receipt_id == receipt_id)
            .map_or(0, |failing| failing.attempts)
    }

    /// There is no notification.
    fn nothing(&mut self, asked: Instant) {
        self.failures = 0;
        // The server waits before it says so. One that does not is not asked without a pause.
        self.wait = self.base.saturating_sub(asked.elapsed());
    }

    /// Gives out the head of the queue, unless it has been dealt with or is given up.
    async fn offer(
        &mut self,
        received: ReceivedNotification,
        observed: Observed,
    ) -> Option<Received> {
        let ReceivedNotification {
            body: notification,
            receipt_id,
            ..
        } = received;
        if self.undeleted == Some(receipt_id) {
            self.delete(receipt_id).await;
            return None;
        }
        let key = self
            .seen
            .as_ref()
            .and_then(|_| notification.deduplication_key());
        if let (Some(seen), Some(key)) = (&self.seen, &key)
            && seen.contains(key)
        {
            tracing::debug!(
                receipt_id,
                kind = notification.kind(),
                "deleting a notification that was handled before"
            );
            self.delete(receipt_id).await;
            return None;
        }
        let attempts = self.attempts_of(receipt_id);
        if attempts >= self.attempts {
            self.give_up(notification, raw(&observed), receipt_id).await;
            return None;
        }
        self.failures = 0;
        if let Some(watch) = &self.on_drift {
            watch.look(raw(&observed).as_str());
        }
        let (receipt, told) = Receipt::new(self.instance.clone(), receipt_id, attempts + 1);
        self.in_hand = Some(InHand {
            receipt_id,
            key,
            told,
        });
        Some(Received {
            notification,
            receipt,
            answer: observed,
        })
    }

    async fn give_up(&mut self, notification: Notification, raw: RawJson, receipt_id: i64) {
        // What failed stays known until the dead letter is taken: until then it is offered again, and the handler is not.
        let attempts = self.attempts_of(receipt_id);
        let error = self
            .failing
            .as_ref()
            .and_then(|failing| failing.error.clone());
        tracing::error!(
            receipt_id,
            kind = notification.kind(),
            attempts,
            "giving up a notification"
        );
        let instance = Some(self.instance.id());
        self.bury(
            DeadLetter::Failed {
                instance,
                notification: notification.into(),
                raw,
                attempts,
                error,
            },
            receipt_id,
        )
        .await;
    }

    /// An answer that cannot be decoded. Gives the error if nothing can be done about it.
    async fn unreadable(&mut self, error: Error, observed: &Observed) -> Option<Error> {
        let Some(receipt_id) = receipt_id::find(&observed.body) else {
            let wait = self.back_off(error.retry_after());
            self.report(&Trouble::Unreadable {
                error: &error,
                receipt_id: None,
                wait,
            });
            return Some(error);
        };
        if self.undeleted == Some(receipt_id) {
            self.delete(receipt_id).await;
            return None;
        }
        // It may have been damaged on its way only, so it is read again before it is given up.
        if self.attempts_of(receipt_id) < self.attempts
            && self.failed(receipt_id, None) < self.attempts
        {
            let attempts = self.attempts_of(receipt_id);
            self.wait = full_jitter(self.base, self.cap, attempts, fastrand::f64());
            self.report(&Trouble::Unreadable {
                error: &error,
                receipt_id: Some(receipt_id),
                wait: self.wait,
            });
            return None;
        }
        tracing::error!(
            receipt_id,
            bytes = observed.body.len(),
            "giving up a notification that cannot be read"
        );
        let instance = Some(self.instance.id());
        self.bury(
            DeadLetter::Unreadable {
                instance,
                raw: observed.body.to_vec(),
                error: error.into(),
            },
            receipt_id,
        )
        .await;
        None
    }

    /// Hands over a dead letter and, when it was taken, deletes it.
    async fn bury(&mut self, letter: DeadLetter, receipt_id: i64) {
        let taken = match &self.dead_letter {
            Some(take) => take(letter).await,
            None => Ok(()),
        };
        match taken {
            Ok(()) => {
                self.failing = None;
                self.delete(receipt_id).await;
            }
            Err(error) => {
                let wait = self.back_off(None);
                self.report(&Trouble::DeadLetter {
                    error: &*error,
                    wait,
                });
            }
        }
    }

    async fn delete(&mut self, receipt_id: i64) {
        match self.instance.delete_notification(receipt_id).await {
            Ok(_) => {
                self.failures = 0;
                self.undeleted = None;
            }
            Err(error) => {
                self.undeleted = Some(receipt_id);
                let wait = self.back_off(error.retry_after());
                self.report(&Trouble::Deleting {
                    error: &error,
                    wait,
                });
            }
        }
    }

    /// Waits longer with each failure in a row, and at least as long as the server asks for.
    fn back_off(&mut self, asked_for: Option<Duration>) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let wait = full_jitter(self.base, self.cap, self.failures, fastrand::f64());
        self.wait = wait.max(asked_for.unwrap_or_default());
        self.wait
    }

    fn report(&self, trouble: &Trouble<'_>) {
        trouble.report(self.on_trouble.as_ref());
    }
}

/// The server has been reported to say "nothing" in many ways.
fn is_empty_object(body: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(body).is_ok_and(|fields| fields.is_empty())
}

/// What the future gives, or `None` if it is time to stop.
async fn unless_stopped<F: Future>(stop: &mut Option<Stop>, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        if let Some(stop) = stop
            && stop.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        future.as_mut().poll(context).map(Some)
    })
    .await
}
