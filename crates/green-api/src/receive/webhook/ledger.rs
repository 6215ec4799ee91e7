//! What became of which notification: the same one is never handled twice at once, and what is settled is settled.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::answer::Answer;
use crate::receive::recent::Recent;
use crate::{DeduplicationKey, InstanceId, SharedError};

/// How many notifications that failed, and how many dead letters, are remembered. The server sends the same one of an instance until it is taken, so
/// this is enough for as many instances.
const FAILING: usize = 1_024;

/// What makes two notifications the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    /// Message, kind and status, where repeated ones are looked for; and the instance, which may be known from nothing but the token.
    Message(Option<InstanceId>, DeduplicationKey),
    /// The bytes.
    Body(u64),
    /// The bytes of what has no message id, and may be news when it comes again.
    Nameless(u64),
}

/// A notification that could not be handled so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    pub(super) attempts: u32,
    pub(super) error: Option<SharedError>,
}

/// What is known of the notifications that came.
pub(super) struct Ledger(Mutex<Books>);

struct Books {
    closed: bool,
    /// Those in hand, with the answer when there is one.
    in_hand: HashMap<Identity, Answered>,
    failing: Recent<Identity, Failures>,
    /// Those that the dead letters took. The server may not know it yet.
    buried: Recent<Identity, ()>,
    handled: Recent<Identity, ()>,
}

/// Waits for the answer of a notification in hand.
#[derive(Clone, Debug)]
pub(super) struct Answered(watch::Receiver<Option<Answer>>);

impl Answered {
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
    /// Nothing: it is settled, or nothing is taken any more.
    Not(Answer),
    /// It is in hand already, so its answer is waited for.
    InHand(Answered),
    /// It is to be handled.
    New(Case, Answered),
}

/// A notification in hand.
pub(super) struct Case {
    ledger: Arc<Ledger>,
    /// `None` once it is closed.
    identity: Option<Identity>,
    answer: watch::Sender<Option<Answer>>,
    pub(super) failures: Failures,
}

impl Ledger {
    /// Remembers so many of those that were handled.
    pub(super) fn new(handled: usize) -> Self {
        let (failing, buried) = (Recent::new(FAILING), Recent::new(FAILING));
        Self(Mutex::new(Books {
            closed: false,
            in_hand: HashMap::new(),
            failing,
            buried,
            handled: Recent::new(handled),
        }))
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // Nothing that is done under the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(self: &Arc<Self>, identity: Identity) -> Opened {
        let mut books = self.books();
        if books.handled.contains(&identity) || books.buried.contains(&identity) {
            return Opened::Not(Answer::Repeated);
        }
        let closed = books.closed;
        match books.in_hand.entry(identity.clone()) {
            Entry::Occupied(entry) => Opened::InHand(entry.get().clone()),
            Entry::Vacant(_) if closed => Opened::Not(Answer::ShuttingDown),
            Entry::Vacant(entry) => {
                let (answer, answered) = watch::channel(None);
                let answered = entry.insert(Answered(answered)).clone();
                let failures = books.failing.remove(&identity).unwrap_or_default();
                Opened::New(
                    Case {
                        ledger: Arc::clone(self),
                        identity: Some(identity),
                        answer,
                        failures,
                    },
                    answered,
                )
            }
        }
    }

    /// Takes no more notifications, and gives those in hand.
    pub(super) fn close(&self) -> Vec<Answered> {
        let mut books = self.books();
        books.closed = true;
        books.in_hand.values().cloned().collect()
    }

    /// Whether it takes no more notifications.
    pub(super) fn is_closed(&self) -> bool {
        self.books().closed
    }
}

/// What is remembered of a case that is closed.
enum Memory {
    Handled,
    Buried,
    Failed,
}

impl Case {
    /// It was handled.
    pub(super) fn handled(self) -> Answer {
        self.close(Answer::Settled, Memory::Handled)
    }

    /// The dead letters have it.
    pub(super) fn buried(self, answer: Answer) -> Answer {
        self.close(answer, Memory::Buried)
    }

    /// It failed, which is remembered for the next time.
    pub(super) fn failed(self) -> Answer {
        self.close(Answer::Failed, Memory::Failed)
    }

    /// The books are in order before the answer leaves, since the next request may come right after it.
    fn close(mut self, answer: Answer, memory: Memory) -> Answer {
        self.enter(memory);
        self.answer.send_replace(Some(answer));
        answer
    }

    fn enter(&mut self, memory: Memory) {
        let Some(identity) = self.identity.take() else {
            return;
        };
        let mut books = self.ledger.books();
        books.in_hand.remove(&identity);
        match memory {
            Memory::Failed => books
                .failing
                .insert(identity, std::mem::take(&mut self.failures)),
            Memory::Handled if matches!(identity, Identity::Message(..)) => {
                books.handled.insert(identity, ())
            }
            Memory::Buried if !matches!(identity, Identity::Nameless(_)) => {
                books.buried.insert(identity, ())
            }
            Memory::Handled | Memory::Buried => {}
        }
    }
}

impl Drop for Case {
    // Without an answer when the runtime ends.
    fn drop(&mut self) {
        self.enter(Memory::Failed);
    }
}
