//! The loop itself: fetches the head of the queue, gives it out, and waits for what becomes of it.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher as _, RandomState};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use green_api_client::ResponseRecord;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::answer::{is_empty_object, notification_in};
use super::receipt::{Outcome, Receipt};
use super::receipt_id;
use crate::client::request::deliver;
use crate::client::retry::full_jitter;
use crate::receive::failures::Failures;
use crate::receive::recent::Recent;
use crate::receive::silence::{Silence, is_linked};
use crate::telemetry::{self, Handling};
use crate::types::ReceivedNotification;
use crate::{
    BoxError, DeadLetter, DeduplicationKey, Error, Instance, Outlook, ProblemKind, ReceiveOptions,
    ReceiveProblem, Received, Recovery, RetryPolicy,
};

/// How long the HTTP answer may take beyond the time that the server waits for a notification.
const MARGIN: Duration = Duration::from_secs(15);
/// The longest wait that a server is granted: one that asks for a year has a mistake in it.
const LONGEST_ASKED_FOR: Duration = Duration::from_secs(5 * 60);
/// How many notifications that were dealt with are remembered, to see that they come again.
const DEALT_WITH: usize = 1_024;
/// How often another receiver is told of.
const OTHER_RECEIVER: Duration = Duration::from_secs(60);

pub(super) type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) struct Poller {
    instance: Instance,
    pub(super) receive_timeout: Duration,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) stop: Option<Stop>,
    pub(super) silence: Silence,
    options: ReceiveOptions,
    /// Those that were handled, where repeated ones are dropped.
    handled: Option<Recent<DeduplicationKey, ()>>,
    in_hand: Option<InHand>,
    /// The notification at the head that could not be handled so far.
    failing: Option<(Head, Failures)>,
    /// Dealt with, but perhaps not deleted: it is deleted when it comes again.
    undeleted: Option<Head>,
    /// Dealt with. The server should not show them again.
    dealt_with: Recent<Head, ()>,
    /// Their receipts: how often something was dealt with under one, and from when on it may come again without a pause.
    used: Recent<i64, (u32, Instant)>,
    /// Dealt with, and not in the queue any more when it was to be deleted, for a reason that the next answer shows.
    vanished: Option<Head>,
    /// When another receiver was told of.
    told_of_other: Option<Instant>,
    seed: RandomState,
    /// How often in a row the server failed, and since when.
    outages: u32,
    outage: Option<Instant>,
    /// How long to wait before the next request.
    wait: Duration,
}

/// What is at the head of the queue. The server may use a receipt again, so the content belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Head {
    receipt_id: i64,
    /// A digest of the deduplication key, or of the content of what has none.
    content: u64,
    /// A digest of the kind and the message, which stay the same however differently the content looks each time; `None` for what cannot be
    /// read.
    subject: Option<u64>,
}

/// The notification that was given out.
struct InHand {
    head: Head,
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
            silence: Silence::default(),
            options: ReceiveOptions::new(),
            handled: None,
            in_hand: None,
            failing: None,
            undeleted: None,
            dealt_with: Recent::new(DEALT_WITH),
            used: Recent::new(DEALT_WITH),
            vanished: None,
            told_of_other: None,
            seed: RandomState::new(),
            outages: 0,
            outage: None,
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
            let mut request = request
                .timeout(self.receive_timeout.saturating_add(MARGIN))
                .retry(RetryPolicy::never());
            let asked = Instant::now();
            let told = unless_stopped(&mut self.stop, deliver(&mut request)).await?;
            match told.map(|answered| (answered.answer, answered.response)) {
                Ok((Ok(answer), observed)) => match answer.0 {
                    Some(notification) => {
                        if let Some(received) = self.offer(notification, observed).await {
                            return Some(Ok(received));
                        }
                    }
                    None => self.nothing(asked).await?,
                },
                Ok((Err(_), observed)) if is_empty_object(&observed.body) => {
                    self.nothing(asked).await?
                }
                Ok((Err(error), observed)) => {
                    if let Some(error) = self.unreadable(error, &observed).await {
                        return Some(Err(error));
                    }
                }
                Err(error) if is_final(&error) => return Some(Err(error)),
                Err(error) => self.outage(
                    ProblemKind::Receiving { error: &error },
                    error.retry_after(),
                ),
            }
        }
    }

    /// Waits for what becomes of the notification that was given out.
    async fn settle(&mut self, in_hand: InHand) {
        let InHand { head, key, told } = in_hand;
        let outcome = told.await.unwrap_or(Outcome::Failed(None));
        if let Outcome::Failed(error) = outcome {
            let failures = self.failed(head, error);
            self.report(self.options.problem(&failures), self.wait);
            return;
        }
        if let (Some(handled), Some(key)) = (&mut self.handled, key) {
            handled.insert(key, ());
        }
        if let Some((_, failures)) = self.failing.take() {
            self.over(failures.lasting(), Recovery::Notification);
        }
        self.dealt(head);
        match outcome {
            Outcome::Deleted { vanished } => self.deleted(head, vanished),
            Outcome::Handled { tried } => self.delete(head, tried).await,
            Outcome::Failed(_) => {}
        }
    }

    /// Counts a failure of this notification, and gives all of them.
    fn failed(&mut self, head: Head, error: Option<BoxError>) -> Failures {
        let mut failures = self.failures(head);
        failures.add(error);
        self.failing = Some((head, failures.clone()));
        // There is nothing to wait for before it is handed over.
        if !self.options.is_dead(&failures) {
            self.wait_longer(self.jitter(failures.attempts));
        }
        failures
    }

    /// The failures of what is at the head. Nobody has deleted it, so it is the same as long as it is about the same.
    fn failures(&self, head: Head) -> Failures {
        let subject = |head: &Head| (head.receipt_id, head.subject);
        match &self.failing {
            Some((failing, failures)) if subject(failing) == subject(&head) => failures.clone(),
            _ => Failures::default(),
        }
    }

    /// The queue is empty; `None` when it was stopped.
    async fn nothing(&mut self, asked: Instant) -> Option<()> {
        self.look_for_others(None);
        self.recovered();
        self.look_for_silence().await?;
        // The server waits before it says so. One that does not is not asked without a pause.
        self.wait = self.base.saturating_sub(asked.elapsed());
        Some(())
    }

    /// Tells that nothing comes where something should.
    async fn look_for_silence(&mut self) -> Option<()> {
        let Some(lasting) = self.silence.too_long() else {
            return Some(());
        };
        match unless_stopped(&mut self.stop, is_linked(&self.instance)).await? {
            Ok(true) => {
                self.silence.tell();
                self.report(ProblemKind::Silence { lasting }, Duration::ZERO);
            }
            Ok(false) => drop(self.silence.end()),
            // Polling tells what is wrong, and it is asked again after the next answer.
            Err(_) => {}
        }
        Some(())
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
        let key = notification.deduplication_key();
        let about = (notification.kind(), notification.id_message());
        let subject = Some(self.seed.hash_one(about));
        if let Some(after) = self.silence.end() {
            self.over(after, Recovery::Silence);
        }
        let received = Received::new(notification, notification_in(&observed));
        let head = Head {
            receipt_id,
            content: key.as_ref().map_or_else(
                || received.digest(&self.seed),
                |key| self.seed.hash_one(key),
            ),
            subject,
        };
        if self.was_dealt_with(head).await {
            return None;
        }
        if let (Some(handled), Some(key)) = (&self.handled, &key)
            && handled.contains(key)
        {
            let kind = telemetry::kind_of(Some(&received.notification));
            telemetry::count(kind, telemetry::Outcome::Repeated);
            tracing::debug!(
                instance = self.instance.id().get(),
                receipt_id,
                "deleting a notification that was handled before"
            );
            self.dealt(head);
            self.delete(head, false).await;
            return None;
        }
        let failures = self.failures(head);
        let received = Received {
            instance: Some(self.instance.id()),
            attempt: failures.attempts.saturating_add(1),
            ..received
        };
        if self.options.is_dead(&failures) {
            // What failed stays known until the dead letter is handed over: until then it is offered again, and the handler is not called.
            self.dead_letter(failures.dead_letter(received), head).await;
            return None;
        }
        self.recovered();
        self.options.look_for_drift(&received);
        let handling = Handling::begin(&received.notification, received.instance, received.attempt);
        let (receipt, told) = Receipt::new(self.instance.clone(), receipt_id, handling);
        self.in_hand = Some(InHand { head, key, told });
        Some((received, receipt))
    }

    /// An answer that cannot be decoded. Gives the error if nothing can be done about it.
    async fn unreadable(&mut self, error: Error, observed: &ResponseRecord) -> Option<Error> {
        let Some(receipt_id) = receipt_id::find(&observed.body) else {
            let problem = ProblemKind::Unreadable {
                error: &error,
                receipt_id: None,
            };
            self.outage(problem, error.retry_after());
            return Some(error);
        };
        let head = Head {
            receipt_id,
            content: self.seed.hash_one(&observed.body),
            subject: None,
        };
        if self.was_dealt_with(head).await {
            return None;
        }
        telemetry::count(telemetry::kind_of(None), telemetry::Outcome::Unreadable);
        // It may have been damaged on its way only, and differently each time, so it is read again before it is dead-lettered.
        let mut failures = self.failures(head);
        if !self.options.is_dead(&failures) {
            failures = self.failed(head, None);
        }
        if self.options.is_dead(&failures) {
            let letter = DeadLetter::Unreadable {
                instance: Some(self.instance.id()),
                raw: observed.body.to_vec(),
                error: error.into(),
            };
            self.dead_letter(letter, head).await;
            return None;
        }
        let problem = match self.options.problem(&failures) {
            ProblemKind::Blocked {
                attempt, lasting, ..
            } => ProblemKind::Blocked {
                attempt,
                lasting,
                error: Some(&error),
            },
            _ => ProblemKind::Unreadable {
                error: &error,
                receipt_id: Some(receipt_id),
            },
        };
        self.report(problem, self.wait);
        None
    }

    /// Hands over a dead letter, then deletes it.
    async fn dead_letter(&mut self, letter: DeadLetter, head: Head) {
        match self.options.hand_over(letter).await {
            Ok(()) => {
                self.failing = None;
                self.dealt(head);
                self.delete(head, false).await;
            }
            Err(error) => self.outage(ProblemKind::DeadLetter { error: &*error }, None),
        }
    }

    /// Deletes a notification that has been dealt with before and came again.
    async fn was_dealt_with(&mut self, head: Head) -> bool {
        self.look_for_others(Some(head));
        if self.undeleted == Some(head) {
            self.delete(head, true).await;
        } else if self.dealt_with.contains(&head) {
            // It was deleted, and that was answered. Another answer may change something, a call of the handler does not.
            match self.ask_to_delete(head).await {
                Ok(_) => {
                    let receipt_id = head.receipt_id;
                    self.outage(ProblemKind::NoProgress { receipt_id }, None);
                }
                Err(error) => {
                    self.outage(ProblemKind::Deleting { error: &error }, error.retry_after())
                }
            }
        } else {
            self.slow_down(head.receipt_id);
            return false;
        }
        true
    }

    fn dealt(&mut self, head: Head) {
        self.dealt_with.insert(head, ());
        if !self.used.contains(&head.receipt_id) {
            self.used.insert(head.receipt_id, (1, Instant::now()));
        }
    }

    /// Pauses after a receipt that comes again with another content, longer each time. A server that begins again with its numbers is not slowed
    /// down, since the last use was long ago.
    fn slow_down(&mut self, receipt_id: i64) {
        let Some((times, until)) = self.used.remove(&receipt_id) else {
            return;
        };
        let now = Instant::now();
        let wait = self
            .jitter(times)
            .saturating_sub(now.saturating_duration_since(until));
        let until = now.checked_add(wait).unwrap_or(now);
        self.used
            .insert(receipt_id, (times.saturating_add(1), until));
        if !wait.is_zero() {
            self.wait_longer(wait);
            self.report(ProblemKind::NoProgress { receipt_id }, wait);
        }
    }

    /// Deletes a notification; `tried` if that may have been done already.
    async fn delete(&mut self, head: Head, tried: bool) {
        match self.ask_to_delete(head).await {
            Ok(removed) => self.deleted(head, !removed && !tried),
            Err(error) => {
                self.undeleted = Some(head);
                self.outage(ProblemKind::Deleting { error: &error }, error.retry_after());
            }
        }
    }

    /// One attempt, whose answer was for no other.
    async fn ask_to_delete(&mut self, head: Head) -> Result<bool, Error> {
        let request = self.instance.delete_notification(head.receipt_id);
        let answer = request.retry(RetryPolicy::never()).await?;
        Ok(answer.result)
    }

    fn deleted(&mut self, head: Head, vanished: bool) {
        self.undeleted = None;
        self.vanished = vanished.then_some(head);
        self.recovered();
    }

    /// Looks whether somebody else has deleted what was in hand here, given what is at the head of the queue now.
    fn look_for_others(&mut self, now: Option<Head>) {
        let receipt_id = now.map(|now| now.receipt_id);
        // What is still there was not deleted by anybody, whatever the answer was.
        let mut gone = self
            .vanished
            .take()
            .filter(|vanished| Some(vanished.receipt_id) != receipt_id);
        if let Some((failing, _)) = self.failing
            && Some(failing.receipt_id) != receipt_id
        {
            self.failing = None;
            gone = Some(failing);
        }
        let told = self
            .told_of_other
            .is_some_and(|told| told.elapsed() < OTHER_RECEIVER);
        if let Some(Head { receipt_id, .. }) = gone
            && !told
        {
            self.told_of_other = Some(Instant::now());
            self.report(ProblemKind::OtherReceiver { receipt_id }, Duration::ZERO);
        }
    }

    /// Reports what the server failed at, and waits longer with each failure in a row, and as long as it asks for within reason.
    fn outage(&mut self, problem: ProblemKind<'_>, asked_for: Option<Duration>) {
        self.outages = self.outages.saturating_add(1);
        self.outage.get_or_insert_with(Instant::now);
        self.wait_longer(self.jitter(self.outages));
        self.wait_longer(asked_for.unwrap_or_default().min(LONGEST_ASKED_FOR));
        self.report(problem, self.wait);
    }

    /// How long to wait after something that happened as often as this.
    fn jitter(&self, times: u32) -> Duration {
        full_jitter(self.base, self.cap, times, fastrand::f64())
    }

    /// Makes the wait before the next request at least as long as this.
    fn wait_longer(&mut self, wait: Duration) {
        self.wait = self.wait.max(wait);
    }

    /// The server does what it should.
    fn recovered(&mut self) {
        self.outages = 0;
        if let Some(since) = self.outage.take() {
            self.over(since.elapsed(), Recovery::Server);
        }
    }

    fn over(&self, after: Duration, from: Recovery) {
        self.report(ProblemKind::Recovered { after, from }, Duration::ZERO);
    }

    fn report(&self, kind: ProblemKind<'_>, wait: Duration) {
        self.options.report(&ReceiveProblem {
            instance: Some(self.instance.id()),
            kind,
            wait,
        });
    }
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
