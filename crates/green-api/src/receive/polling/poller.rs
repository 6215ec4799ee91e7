//! The loop itself: fetches the head of the queue, gives it out, and waits for what becomes of it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use green_api_client::ResponseRecord;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::receipt::{Outcome, Receipt};
use super::receipt_id;
use crate::client::request::deliver;
use crate::client::request::retry::full_jitter;
use crate::receive::failures::Failures;
use crate::receive::recent::Recent;
use crate::types::ReceivedNotification;
use crate::{
    DeadLetter, DeduplicationKey, Error, Instance, Outlook, ProblemKind, RawJson, ReceiveOptions,
    ReceiveProblem, Received, RetryPolicy, SharedError,
};

/// How long the HTTP answer may take beyond the time that the server waits for a notification.
const MARGIN: Duration = Duration::from_secs(15);

pub(super) type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) struct Poller {
    instance: Instance,
    pub(super) receive_timeout: Duration,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) stop: Option<Stop>,
    options: ReceiveOptions,
    /// Those that were handled, where repeated ones are dropped.
    handled: Option<Recent<DeduplicationKey, ()>>,
    in_hand: Option<InHand>,
    /// The notification at the head that could not be handled so far, by its receipt.
    failing: Option<(i64, Failures)>,
    /// Dealt with, but perhaps not deleted: it is deleted when it comes again.
    undeleted: Option<i64>,
    /// How often in a row the server failed.
    outages: u32,
    /// How long to wait before the next request.
    wait: Duration,
}

/// The notification that was given out.
struct InHand {
    receipt_id: i64,
    key: Option<DeduplicationKey>,
    told: oneshot::Receiver<Outcome>,
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
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            stop: None,
            options: ReceiveOptions::new(),
            handled: None,
            in_hand: None,
            failing: None,
            undeleted: None,
            outages: 0,
            wait: Duration::ZERO,
        }
    }

    pub(super) fn set_options(&mut self, options: ReceiveOptions) {
        self.handled = options.deduplicate.map(Recent::new);
        self.options = options;
    }

    /// The next notification; `None` when it was stopped.
    pub(super) async fn next(&mut self) -> Option<Result<(Received, Receipt), Error>> {
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
                    self.report(ProblemKind::Receiving { error: &error }, wait);
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
            let failures = self.failed(receipt_id, error.map(Arc::from));
            // After the last attempt there is nothing to wait for.
            if self.options.next_attempt(&failures).is_some() {
                self.wait = full_jitter(self.base, self.cap, failures.attempts, fastrand::f64());
            }
            let problem = ProblemKind::Handling {
                attempt: failures.attempts,
                error: failures.error.as_deref(),
            };
            self.report(problem, self.wait);
            return;
        }
        self.failing = None;
        if let (Some(handled), Some(key)) = (&mut self.handled, key) {
            handled.insert(key, ());
        }
        match outcome {
            Outcome::Deleted => self.outages = 0,
            _ => self.delete(receipt_id).await,
        }
    }

    /// Counts a failure of this notification, and gives all of them.
    fn failed(&mut self, receipt_id: i64, error: Option<SharedError>) -> Failures {
        let mut failures = self.failures(receipt_id);
        failures.add(error);
        self.failing = Some((receipt_id, failures.clone()));
        failures
    }

    fn failures(&self, receipt_id: i64) -> Failures {
        match &self.failing {
            Some((failing, failures)) if *failing == receipt_id => failures.clone(),
            _ => Failures::default(),
        }
    }

    /// There is no notification.
    fn nothing(&mut self, asked: Instant) {
        self.outages = 0;
        // The server waits before it says so. One that does not is not asked without a pause.
        self.wait = self.base.saturating_sub(asked.elapsed());
    }

    /// Gives out the head of the queue, unless it has been dealt with or is dead-lettered.
    async fn offer(
        &mut self,
        received: ReceivedNotification,
        observed: ResponseRecord,
    ) -> Option<(Received, Receipt)> {
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
            .handled
            .as_ref()
            .and_then(|_| notification.deduplication_key());
        if let (Some(handled), Some(key)) = (&self.handled, &key)
            && handled.contains(key)
        {
            tracing::debug!(
                receipt_id,
                kind = notification.kind(),
                "deleting a notification that was handled before"
            );
            self.delete(receipt_id).await;
            return None;
        }
        let failures = self.failures(receipt_id);
        let mut received = Received {
            notification,
            raw: raw(&observed),
            instance: Some(self.instance.id()),
            attempt: failures.attempts,
        };
        let Some(attempt) = self.options.next_attempt(&failures) else {
            // What failed stays known until the dead letter is handed over: until then it is offered again, and the handler is not called.
            self.dead_letter(failures.dead_letter(received), receipt_id)
                .await;
            return None;
        };
        received.attempt = attempt;
        self.outages = 0;
        self.options.look_for_drift(&received);
        let (receipt, told) = Receipt::new(self.instance.clone(), receipt_id);
        self.in_hand = Some(InHand {
            receipt_id,
            key,
            told,
        });
        Some((received, receipt))
    }

    /// An answer that cannot be decoded. Gives the error if nothing can be done about it.
    async fn unreadable(&mut self, error: Error, observed: &ResponseRecord) -> Option<Error> {
        let Some(receipt_id) = receipt_id::find(&observed.body) else {
            let wait = self.back_off(error.retry_after());
            let problem = ProblemKind::Unreadable {
                error: &error,
                receipt_id: None,
            };
            self.report(problem, wait);
            return Some(error);
        };
        if self.undeleted == Some(receipt_id) {
            self.delete(receipt_id).await;
            return None;
        }
        // It may have been damaged on its way only, so it is read again before it is dead-lettered.
        let mut failures = self.failures(receipt_id);
        if self.options.next_attempt(&failures).is_some() {
            failures = self.failed(receipt_id, None);
        }
        if self.options.next_attempt(&failures).is_some() {
            self.wait = full_jitter(self.base, self.cap, failures.attempts, fastrand::f64());
            let problem = ProblemKind::Unreadable {
                error: &error,
                receipt_id: Some(receipt_id),
            };
            self.report(problem, self.wait);
            return None;
        }
        let letter = DeadLetter::Unreadable {
            instance: Some(self.instance.id()),
            raw: observed.body.to_vec(),
            error: error.into(),
        };
        self.dead_letter(letter, receipt_id).await;
        None
    }

    /// Hands over a dead letter, then deletes it.
    async fn dead_letter(&mut self, letter: DeadLetter, receipt_id: i64) {
        match self.options.hand_over(letter).await {
            Ok(()) => {
                self.failing = None;
                self.delete(receipt_id).await;
            }
            Err(error) => {
                let wait = self.back_off(None);
                self.report(ProblemKind::DeadLetter { error: &*error }, wait);
            }
        }
    }

    async fn delete(&mut self, receipt_id: i64) {
        match self.instance.delete_notification(receipt_id).await {
            Ok(_) => {
                self.outages = 0;
                self.undeleted = None;
            }
            Err(error) => {
                self.undeleted = Some(receipt_id);
                let wait = self.back_off(error.retry_after());
                self.report(ProblemKind::Deleting { error: &error }, wait);
            }
        }
    }

    /// Waits longer with each failure in a row, and at least as long as the server asks for.
    fn back_off(&mut self, asked_for: Option<Duration>) -> Duration {
        self.outages = self.outages.saturating_add(1);
        let wait = full_jitter(self.base, self.cap, self.outages, fastrand::f64());
        self.wait = wait.max(asked_for.unwrap_or_default());
        self.wait
    }

    fn report(&self, kind: ProblemKind<'_>, wait: Duration) {
        self.options.report(&ReceiveProblem {
            instance: Some(self.instance.id()),
            kind,
            wait,
        });
    }
}

/// The notification as it stands in the answer.
fn raw(answer: &ResponseRecord) -> RawJson {
    #[derive(Deserialize)]
    struct Envelope {
        body: RawJson,
    }
    // It was decoded before, so it is there.
    serde_json::from_slice(&answer.body)
        .map_or_else(|_| RawJson::default(), |Envelope { body }| body)
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
