//! The notifications in flight, and what became of earlier ones: the same one is never handled twice at once, and what is settled is settled.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::answer::Answer;
use crate::receive::failures::Failures;
use crate::receive::recent::Recent;
use crate::{DeduplicationKey, InstanceId};

/// How many notifications that failed, and how many that were dead-lettered, are remembered. The server sends the same one of an instance until it is
/// settled, so this is enough for as many instances.
const FAILING: usize = 1_024;

/// What makes two notifications the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    /// Its key, and the instance, which may be known from nothing but the token.
    Message(Option<InstanceId>, DeduplicationKey),
    /// A digest of what has no key, and may be news when it comes again.
    Nameless(Option<InstanceId>, u64),
    /// A digest of the bytes.
    Unreadable(u64),
}

/// What is known of the notifications that came.
pub(super) struct Inflight(Mutex<State>);

struct State {
    closed: bool,
    /// Those in flight, with the answer when there is one.
    in_flight: HashMap<Identity, Pending>,
    failing: Recent<Identity, Failures>,
    /// Those that were dead-lettered. The server may not know it yet.
    dead_lettered: Recent<Identity, ()>,
    handled: Recent<Identity, ()>,
}

/// The answer to a notification in flight, once there is one.
#[derive(Clone, Debug)]
pub(super) struct Pending(watch::Receiver<Option<Answer>>);

impl Pending {
    pub(super) async fn wait(mut self) -> Answer {
        // It goes without an answer when the runtime ends.
        self.0
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|answer| *answer)
            .unwrap_or(Answer::Failed)
    }
}

/// What is to be done with a notification that came.
pub(super) enum Opened {
    /// Nothing: it is settled, or no more are accepted.
    Answered(Answer),
    /// It is in flight already, so its answer is waited for.
    InFlight(Pending),
    /// It is to be handled.
    New(Slot, Pending),
}

/// The place of a notification in flight.
pub(super) struct Slot {
    inflight: Arc<Inflight>,
    /// `None` once the outcome is recorded.
    identity: Option<Identity>,
    answer: watch::Sender<Option<Answer>>,
    pub(super) failures: Failures,
}

impl Inflight {
    /// Remembers the last `handled` notifications that were handled.
    pub(super) fn new(handled: usize) -> Self {
        let (failing, dead_lettered) = (Recent::new(FAILING), Recent::new(FAILING));
        Self(Mutex::new(State {
            closed: false,
            in_flight: HashMap::new(),
            failing,
            dead_lettered,
            handled: Recent::new(handled),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that is done under the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(self: &Arc<Self>, identity: Identity) -> Opened {
        let mut state = self.state();
        if state.handled.contains(&identity) || state.dead_lettered.contains(&identity) {
            return Opened::Answered(Answer::Repeated);
        }
        let closed = state.closed;
        match state.in_flight.entry(identity.clone()) {
            Entry::Occupied(entry) => Opened::InFlight(entry.get().clone()),
            Entry::Vacant(_) if closed => Opened::Answered(Answer::ShuttingDown),
            Entry::Vacant(entry) => {
                let (answer, answered) = watch::channel(None);
                let pending = entry.insert(Pending(answered)).clone();
                let failures = state.failing.remove(&identity).unwrap_or_default();
                Opened::New(
                    Slot {
                        inflight: Arc::clone(self),
                        identity: Some(identity),
                        answer,
                        failures,
                    },
                    pending,
                )
            }
        }
    }

    /// Accepts no more notifications, and returns those in flight.
    pub(super) fn close(&self) -> Vec<Pending> {
        let mut state = self.state();
        state.closed = true;
        state.in_flight.values().cloned().collect()
    }

    /// Whether it accepts no more notifications.
    pub(super) fn is_closed(&self) -> bool {
        self.state().closed
    }
}

/// What became of a notification.
enum Outcome {
    Handled,
    DeadLettered,
    Failed,
}

impl Slot {
    /// It was handled.
    pub(super) fn handled(self) -> Answer {
        self.close(Answer::Settled, Outcome::Handled)
    }

    /// It was dead-lettered.
    pub(super) fn dead_lettered(self, answer: Answer) -> Answer {
        self.close(answer, Outcome::DeadLettered)
    }

    /// It failed, which is remembered for the next time.
    pub(super) fn failed(self) -> Answer {
        self.refused(Answer::Failed)
    }

    /// It failed, and is answered with the reason.
    pub(super) fn refused(self, answer: Answer) -> Answer {
        self.close(answer, Outcome::Failed)
    }

    /// The outcome is recorded before the answer leaves, since the next request may come right after it.
    fn close(mut self, answer: Answer, outcome: Outcome) -> Answer {
        self.record(outcome);
        self.answer.send_replace(Some(answer));
        answer
    }

    fn record(&mut self, outcome: Outcome) {
        let Some(identity) = self.identity.take() else {
            return;
        };
        let mut state = self.inflight.state();
        state.in_flight.remove(&identity);
        match outcome {
            Outcome::Failed => state
                .failing
                .insert(identity, std::mem::take(&mut self.failures)),
            Outcome::Handled if matches!(identity, Identity::Message(..)) => {
                state.handled.insert(identity, ())
            }
            Outcome::DeadLettered if !matches!(identity, Identity::Nameless(..)) => {
                state.dead_lettered.insert(identity, ())
            }
            Outcome::Handled | Outcome::DeadLettered => {}
        }
    }
}

impl Drop for Slot {
    // Without an answer when the runtime ends.
    fn drop(&mut self) {
        self.record(Outcome::Failed);
    }
}
