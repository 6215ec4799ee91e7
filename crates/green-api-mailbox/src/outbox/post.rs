//! What a worker does with the first message of a chat.

mod outcome;
mod pick;
mod settling;
mod writing;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use green_api::{Instance, InstanceId, RequestParts, RetryPolicy};
use tokio::time::{Instant, timeout};

use self::outcome::{Outcome, Told};
use super::hold::{self, Hold, OutboxEvent};
use super::{OutboxState, telemetry};
use crate::store::Store;
use crate::store::lanes::{Lease, Side};
use crate::work::{Desk, Step};
use crate::{Error, Instances};

/// How long a send may wait for its turn by the pace of the instance.
const TURN: Duration = Duration::from_secs(10);
/// How long after the state was written a send may still begin: a machine that slept longer must not send what others have given up.
const BEGINS_WITHIN: Duration = Duration::from_secs(20);

/// Why a chat waits that is one too many.
const CHATS: &str =
    "the tariff allows the instance to write to no more chats; change it, and resume the instance";

pub(super) type OnEvent = Arc<dyn Fn(&OutboxEvent) + Send + Sync>;

/// What a worker has and how it works.
pub(super) struct Post {
    /// Those that were looked at.
    pub(super) instances: Instances,
    pub(super) attempts: u32,
    pub(super) settle_every: Duration,
    pub(super) quota_every: Duration,
    /// How long ago the settings of an instance may have been looked at for its journal to tell what was sent, in milliseconds.
    pub(super) looked_within: i64,
    /// How long it is remembered that a number has WhatsApp; `None` if numbers are not checked.
    pub(super) numbers: Option<Duration>,
    pub(super) on_event: Option<OnEvent>,
    /// What was told last.
    pub(super) told: Mutex<HashMap<i64, Hold>>,
    /// How often in a row each could not be reached, and until when it rests for the last time.
    pub(super) failures: Mutex<HashMap<i64, (u32, Instant)>>,
    /// What was written as being sent and was not begun, by id: the answer to the commit may be lost.
    pub(super) taken: Mutex<HashMap<i64, Taken>>,
    /// Nothing else is begun.
    pub(super) is_ending: AtomicBool,
}

/// What is first in a chat.
enum Picked {
    Left,
    More,
    /// It ended without being sent.
    Done(Step, Target, Told),
    Check(Job),
    Send(Job),
    Settle(Job, settling::Evidence),
}

/// The row of a message.
struct Target {
    id: i64,
    key: String,
    /// When sending it began, which a later write has to find there.
    since: i64,
}

/// When and under which lease a message was written as being sent.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    since: i64,
    epoch: i64,
    begun: Instant,
}

/// A message in work.
struct Job {
    target: Target,
    begun: Instant,
    not_after: Option<i64>,
    parts: RequestParts,
}

impl Desk for Post {
    const SIDE: Side = Side::Outbox;

    fn spaced(&self) -> Vec<(i64, Duration)> {
        self.instances.spaced()
    }

    async fn step(&self, store: &Store, lease: &Lease) -> Result<Step, Error> {
        let Some(instance) = self.instances.of(lease.instance) else {
            store.give_back(lease).await?;
            return Ok(Step::Left);
        };
        let mut picked = self.pick(store, lease, false).await?;
        loop {
            picked = match picked {
                Picked::Left => return Ok(Step::Left),
                Picked::More => return Ok(Step::More),
                Picked::Done(step, target, told) => {
                    self.tell(store, lease, &target, told);
                    return Ok(step);
                }
                Picked::Check(job) => self.check(store, lease, &instance, job).await?,
                Picked::Send(job) => self.send(store, lease, &instance, job).await?,
                Picked::Settle(job, evidence) => {
                    let outcome = self.settle(store, &instance, &job, evidence).await;
                    self.write(store, lease, &job.target, outcome).await?
                }
            };
        }
    }
}

impl Post {
    /// Sends a message that is on disk as being sent.
    async fn send(
        &self,
        store: &Store,
        lease: &Lease,
        instance: &Instance,
        job: Job,
    ) -> Result<Picked, Error> {
        self.taken().remove(&job.target.id);
        let left = job
            .not_after
            .map(|at| u64::try_from(at.saturating_sub(store.now())).unwrap_or_default());
        let turn = left.map_or(TURN, |left| TURN.min(Duration::from_millis(left)));
        let mut parts = job.parts.clone();
        parts.retry = Some(RetryPolicy::never().deadline(turn));
        let late = job.begun.elapsed() > BEGINS_WITHIN
            || store.now().saturating_sub(job.target.since)
                > crate::store::milliseconds(BEGINS_WITHIN);
        let outcome = if late {
            Outcome::again(Duration::ZERO)
        } else {
            match instance.call_parts(parts).await {
                Ok(answer) => Outcome::of_ids(answer.ids()),
                Err(error) => self.of_error(instance, &error).await,
            }
        };
        self.write(store, lease, &job.target, outcome).await
    }

    /// Says what an error means for the message and for its instance.
    async fn of_error(&self, instance: &Instance, error: &green_api::Error) -> Outcome {
        use green_api::{Delivery, ErrorKind};
        if error.delivery().may_have_effect() {
            return Outcome::Doubtful {
                problem: error.to_string(),
            };
        }
        if error.kind() == ErrorKind::Throttled {
            return Outcome::again(Duration::from_secs(1));
        }
        if hold::is_of_chats(error) {
            // No event tells it, and whoever works unwatched sees what this target logs.
            tracing::warn!(target: "green_api_mailbox::work", instance = instance.id().get(), "a chat waits: {CHATS}");
            return Outcome::Again {
                delay: self.quota_every,
                counts: false,
                problem: Some(CHATS),
            };
        }
        let mut reason = Hold::of_error(error);
        if error.kind() == ErrorKind::Forbidden {
            // It is the operation that is forbidden where another one is allowed.
            let state = timeout(TURN, instance.get_state_instance().into_future());
            if let Ok(Ok(Some(answer))) = state.await {
                reason = Hold::of_state(&answer.state_instance);
            }
        }
        match reason {
            Some(reason) => self.held(instance.id().get(), reason, error),
            None if error.is_transient() && error.delivery() == Delivery::NotSent => {
                self.held(instance.id().get(), Hold::Unreachable, error)
            }
            None => Outcome::Done {
                state: OutboxState::Refused,
                problem: error.to_string(),
            },
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<i64, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, instance: i64, reason: Hold, error: &green_api::Error) -> Outcome {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (count, until) = failures.entry(instance).or_insert((0, now));
        let lasts = match reason {
            // What else was on its way at that time has failed for the same outage.
            Hold::Unreachable if *until > now => Some(until.duration_since(now)),
            _ => reason.lasts(error, *count, self.quota_every),
        };
        if let (Hold::Unreachable, Some(lasts)) = (reason, lasts)
            && *until <= now
        {
            (*count, *until) = (count.saturating_add(1), now + lasts);
        }
        Outcome::Held { reason, lasts }
    }

    pub(super) fn on_event(&self, event: &OutboxEvent) {
        if let Some(on_event) = &self.on_event
            && catch_unwind(AssertUnwindSafe(|| on_event(event))).is_err()
        {
            tracing::error!("the on_event callback panicked");
        }
    }

    /// Tells what was committed.
    fn tell(&self, store: &Store, lease: &Lease, target: &Target, told: Told) {
        match told {
            Told::Nothing => {}
            Told::Held(reason, until) => self.tell_held(lease.instance, reason, until),
            Told::State(state) => self.tell_state(store, target.key.clone(), state),
        }
    }

    /// Tells what became of a message.
    pub(super) fn tell_state(&self, store: &Store, key: String, state: OutboxState) {
        store.changed();
        telemetry::done(state);
        self.on_event(&OutboxEvent::Changed { key, state });
    }

    /// Tells once that an instance is held.
    pub(super) fn tell_held(&self, instance: i64, reason: Hold, until: Option<SystemTime>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(instance, reason) == Some(reason) {
            return;
        }
        drop(told);
        tracing::warn!(instance, reason = reason.as_str(), "held: {reason}");
        if let Ok(id) = InstanceId::try_from(instance) {
            self.on_event(&OutboxEvent::Held {
                instance: id,
                reason,
                until,
            });
        }
    }

    /// Returns whether another message of this instance may be begun.
    fn goes_on(&self, instance: i64) -> bool {
        !self.is_ending.load(Ordering::Relaxed) && self.instances.of(instance).is_some()
    }

    /// Returns whether it was told that an instance is held, and not yet that it sends again.
    pub(super) fn was_told(&self, instance: i64) -> bool {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.contains_key(&instance)
    }

    /// Forgets an instance that was removed.
    pub(super) fn forget(&self, instance: i64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.remove(&instance);
        self.forget_failures(instance);
    }

    /// Forgets how often in a row an instance could not be reached.
    fn forget_failures(&self, instance: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&instance);
    }

    /// Tells that an instance sends again, if it was told that it does not.
    pub(super) fn tell_resumed(&self, instance: i64) {
        self.forget_failures(instance);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.remove(&instance).is_none() {
            return;
        }
        drop(told);
        tracing::info!(instance, "resumed");
        if let Ok(id) = InstanceId::try_from(instance) {
            self.on_event(&OutboxEvent::Resumed { instance: id });
        }
    }
}
