//! Workers.

use std::fmt;
use std::future::{Future, IntoFuture, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Outbox;
use super::hold::OutboxEvent;
use super::keeper::{Journal, Keeper, looked_within};
use super::others::Others;
use super::post::{OnEvent, Post};
use crate::error::within_tokio;
use crate::instances::Claims;
use crate::work::{Manner, work};
use crate::{Error, Instances};

/// A worker that sends what is in the outbox; [`Outbox::work`] makes one, and awaiting it works.
#[must_use = "nothing is sent until it is awaited"]
pub struct OutboxWork {
    outbox: Outbox,
    instances: Instances,
    may_be_empty: bool,
    manner: Manner,
    journal: Journal,
    attempts: u32,
    settle_every: Duration,
    quota_every: Duration,
    look_every: Duration,
    numbers: Option<Duration>,
    on_event: Option<OnEvent>,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl OutboxWork {
    pub(super) fn new(outbox: Outbox, instances: Instances, may_be_empty: bool) -> Self {
        Self {
            outbox,
            instances,
            may_be_empty,
            manner: Manner::default(),
            journal: Journal::default(),
            attempts: 10,
            settle_every: Duration::from_secs(30),
            quota_every: Duration::from_secs(60 * 60),
            look_every: Duration::from_secs(30),
            numbers: None,
            on_event: None,
            end: Box::pin(pending()),
        }
    }

    /// Sets how many chats are sent to concurrently (default: 16). While several instances have work, each gets at most half of that, and at least one
    /// chat, so that none holds up all others. Of an instance whose pace has a [time between messages](green_api::Pace::between_messages) it is one.
    pub fn limit(mut self, chats: usize) -> Self {
        self.manner.limit = chats;
        self
    }

    /// Sets how long the chats of a worker that died wait for another one (default: 30 s, at least 10 ms).
    pub fn lease(mut self, time: Duration) -> Self {
        self.manner.lease = time;
        self
    }

    /// Sets how often it looks for what other processes put in (default: every 500 ms, at most every 10 ms).
    pub fn poll(mut self, interval: Duration) -> Self {
        self.manner.poll = interval;
        self
    }

    /// Sets how often a message is sent, each time after proof that the time before it was not taken, before it is parked (default: 10). What did not
    /// get as far as the server, or was refused for its rate, does not count.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets how often it looks for a doubtful message (default: 30 s), which takes three requests each time.
    pub fn settle_every(mut self, interval: Duration) -> Self {
        self.settle_every = interval;
        self
    }

    /// Sets how often it tries again after a quota of the tariff was used up (default: 1 h). [`Outbox::resume`] makes it try at once. The quota of chats
    /// that an instance may write to holds up the chats that are beyond it, and other quotas the instance.
    pub fn quota_every(mut self, interval: Duration) -> Self {
        self.quota_every = interval;
        self
    }

    /// Sets how often it looks at the states of the instances (default: 30 s), and removes what is old.
    pub fn look_every(mut self, interval: Duration) -> Self {
        self.look_every = interval.max(Duration::from_millis(10));
        self
    }

    /// Sets how it is made sure that doubtful messages can be found (default: [`Journal::AsIs`]).
    pub fn journal(mut self, journal: Journal) -> Self {
        self.journal = journal;
        self
    }

    /// Asks whether a number has WhatsApp before the first message to it, and remembers for this long that it has (default: not asked).
    /// What is for a number without WhatsApp is not sent, and is [`NoAccount`](crate::OutboxState::NoAccount). What cannot be asked about is sent, such
    /// as after the quota of this method is used up.
    pub fn check_numbers(mut self, remember: Duration) -> Self {
        self.numbers = Some(remember);
        self
    }

    /// Calls this with what happens. It must return soon. A panic of it is logged and changes nothing else.
    pub fn on_event(mut self, callback: impl Fn(&OutboxEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(callback));
        self
    }

    /// Works until this comes (default: for ever), and then finishes what is being sent.
    pub fn until(mut self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        self.end = Box::pin(end);
        self
    }

    /// Works until nothing waits any more for these instances. What is for later, in doubt, or for an instance that is held, is waited for. What waits
    /// for other instances is told as [`OutboxEvent::Unattended`].
    pub fn until_empty(mut self) -> Self {
        self.manner.until_empty = true;
        self
    }

    async fn run(self) -> Result<(), Error> {
        within_tokio()?;
        let store = self.outbox.store();
        if self.instances.is_empty() && !self.may_be_empty {
            return Err(Error::Refused(
                "a worker of the outbox needs an instance".to_owned(),
            ));
        }
        let post = Arc::new(Post {
            instances: Instances::new(),
            attempts: self.attempts,
            settle_every: self.settle_every,
            quota_every: self.quota_every,
            looked_within: looked_within(self.look_every),
            numbers: self.numbers,
            on_event: self.on_event,
            told: Mutex::default(),
            failures: Mutex::default(),
            taken: Mutex::default(),
            is_ending: AtomicBool::new(false),
        });
        let (end, ending) = (self.end, Arc::clone(&post));
        let end = async move {
            end.await;
            ending.is_ending.store(true, Ordering::Relaxed);
        };
        let keeper = Keeper {
            journal: self.journal,
            every: self.look_every,
            journaled: Mutex::default(),
            others: Others::new(self.manner.until_empty),
        };
        keeper.begin(store, &post, &self.instances).await;
        let claims = Claims::Of(post.instances.clone());
        tokio::select! {
            never = keeper.run(store, &post) => match never {},
            never = keeper.follow(store, &post, &self.instances) => match never {},
            worked = work(store, Arc::clone(&post), claims, self.manner, end) => worked,
        }
    }
}

impl IntoFuture for OutboxWork {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for OutboxWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxWork")
            .field("instances", &self.instances.len())
            .field("manner", &self.manner)
            .finish_non_exhaustive()
    }
}
