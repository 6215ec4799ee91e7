//! What workers of the inbox and the outbox have in common: leases on chats, at once across chats and in order within one.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};

use crate::Error;
use crate::instances::Claims;
use crate::store::Store;
use crate::store::lanes::{Claim, Lease, Others, Side};

/// How long to wait after the database could not be reached, at first and at most.
const OUTAGE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The shortest lease and the shortest interval between two looks.
const SHORTEST: Duration = Duration::from_millis(10);

/// What is done with what waits.
pub(crate) trait Desk: Send + Sync + 'static {
    const SIDE: Side;

    /// Returns the instances that do one thing after the other, and in how long each may do the next. Of these one chat is in hand at a time.
    fn spaced(&self) -> Vec<(i64, Duration)> {
        Vec::new()
    }

    /// Deals with what is first in the chat.
    fn step(
        &self,
        store: &Store,
        lease: &Lease,
    ) -> impl Future<Output = Result<Step, Error>> + Send;
}

/// What is next in the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// More is due, and the lease is kept.
    More,
    /// The lease was given back.
    Left,
}

/// How work is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// How many chats are worked on at once.
    pub(crate) limit: usize,
    /// How long a worker that died keeps others from its chats.
    pub(crate) lease: Duration,
    /// How often to look for what other processes put in.
    pub(crate) poll: Duration,
    /// Whether to end when nothing waits any more.
    pub(crate) until_empty: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            limit: 16,
            lease: Duration::from_secs(30),
            poll: Duration::from_millis(500),
            until_empty: false,
        }
    }
}

/// Works until `end` comes, and then finishes what is in hand. An outage of the database is waited out.
pub(crate) async fn work<D: Desk>(
    store: &Store,
    desk: Arc<D>,
    claims: Claims,
    manner: Manner,
    end: impl Future<Output = ()> + Send,
) -> Result<(), Error> {
    let (stop, stopping) = watch::channel(false);
    let ends = async {
        end.await;
        stop.send_replace(true);
        pending::<Infallible>().await
    };
    // It may use the store, whose connection the worker would wait for while it does not go on.
    tokio::select! {
        worked = work_until(store, desk, claims, manner, stopping) => worked,
        never = ends => match never {},
    }
}

async fn work_until<D: Desk>(
    store: &Store,
    desk: Arc<D>,
    claims: Claims,
    manner: Manner,
    mut stopping: watch::Receiver<bool>,
) -> Result<(), Error> {
    let owner: Arc<str> = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)).into();
    let (mut lanes, mut in_hand) = (JoinSet::new(), HashMap::new());
    let manner = Manner {
        lease: manner.lease.max(SHORTEST),
        poll: manner.poll.max(SHORTEST),
        ..manner
    };
    let renewal = manner.lease / 3;
    let (mut renew_at, mut outage) = (Instant::now() + renewal, OUTAGE.0);
    let (mut claim, changed) = claims.make(store);
    let mut changed = Box::pin(changed);
    let mut ahead = store.ahead();
    let mut shares = Shares::of(manner.limit);
    loop {
        let mut woken = pin!(store.woken(D::SIDE).notified());
        woken.as_mut().enable();
        if ahead != store.ahead() {
            // A test has moved the clock, not a worker died.
            ahead = store.ahead();
            renew::<D>(store, &owner, manner, &in_hand).await;
        }
        let room = manner.limit.max(1).saturating_sub(lanes.len());
        let mut pause = manner.poll;
        let ending = *stopping.borrow();
        if claim.is_none() && lanes.is_empty() && manner.until_empty {
            return Ok(());
        }
        if let Some(claim) = claim.as_ref().filter(|_| !ending && room > 0) {
            let part = shares.part(store, &*desk, (&claims, claim), &in_hand).await;
            let limit = room.min(part.limit);
            let but: String = part.but.iter().map(|id| format!("{id},")).collect();
            let but = (limit, &*format!(",{but}"));
            pause = pause.min(part.until);
            match store.claim(D::SIDE, claim, &owner, manner.lease, but).await {
                Ok(leases) => {
                    if outage != OUTAGE.0 {
                        tracing::info!("the store works again");
                    }
                    outage = OUTAGE.0;
                    if leases.len() == limit && limit < room {
                        pause = Duration::ZERO;
                    }
                    let idle = leases.is_empty() && lanes.is_empty();
                    for lease in leases {
                        let held = lease.clone();
                        let lane = Lane {
                            store: store.clone(),
                            desk: Arc::clone(&desk),
                            claims: claims.clone(),
                            lease,
                            stopping: stopping.clone(),
                        };
                        in_hand.insert(lanes.spawn(lane.run()).id(), held);
                    }
                    if idle && let Some(due) = waits_until(store, D::SIDE, claim, manner).await? {
                        pause = pause.min(due);
                    } else if idle && manner.until_empty {
                        return Ok(());
                    }
                }
                Err(error) => {
                    pause = waited_out(error, &mut outage)?;
                }
            }
        }
        if ending && lanes.is_empty() {
            // Leases that are left over end by themselves.
            return Ok(());
        }
        tokio::select! {
            _ = stopping.changed(), if !ending => {}
            Some(ended) = lanes.join_next_with_id(), if !lanes.is_empty() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(error) => {
                        tracing::error!(%error, "the work on a chat was cut short");
                        error.id()
                    }
                };
                in_hand.remove(&id);
            }
            () = woken, if room > 0 => {}
            () = &mut changed => {
                let (made, again) = claims.make(store);
                claim = made;
                changed.set(again);
            }
            () = sleep(pause) => {}
            () = sleep_until(renew_at) => {
                renew_at = Instant::now() + renewal;
                renew::<D>(store, &owner, manner, &in_hand).await;
            }
        }
    }
}

/// Keeps one instance from having all chats in hand while others have work.
struct Shares {
    /// How many chats are in hand at once.
    limit: usize,
    others: Others,
    asked: Option<Instant>,
}

/// What may be claimed.
struct Part {
    limit: usize,
    /// Instances of which nothing may be.
    but: Vec<i64>,
    /// In how long more of them may be.
    until: Duration,
}

impl Shares {
    /// How long it is taken to be known whether others have work.
    const KNOWN: Duration = Duration::from_secs(1);

    fn of(limit: usize) -> Self {
        Self {
            limit,
            others: Others::None,
            asked: None,
        }
    }

    async fn part<D: Desk>(
        &mut self,
        store: &Store,
        desk: &D,
        claims: (&Claims, &Claim),
        in_hand: &HashMap<Id, Lease>,
    ) -> Part {
        let mut counts = HashMap::<i64, usize>::new();
        for lease in in_hand.values() {
            let count = counts.entry(lease.instance).or_default();
            *count = count.saturating_add(1);
        }
        let mut part = self.shared(store, D::SIDE, claims, &counts).await;
        for (instance, wait) in desk.spaced() {
            if counts.contains_key(&instance) {
                part.but.push(instance);
            } else if wait > Duration::ZERO {
                part.but.push(instance);
                part.until = part.until.min(wait);
            } else {
                // Two chats could be of this one.
                part.limit = 1;
            }
        }
        part
    }

    async fn shared(
        &mut self,
        store: &Store,
        side: Side,
        (claims, claim): (&Claims, &Claim),
        counts: &HashMap<i64, usize>,
    ) -> Part {
        let share = (self.limit / 2).max(1);
        let mut part = Part {
            limit: usize::MAX,
            but: Vec::new(),
            until: Duration::MAX,
        };
        let (full, rest): (Vec<_>, Vec<_>) = counts.iter().partition(|(_, count)| **count >= share);
        if let [(full, count)] = full[..]
            && counts.len() == 1
        {
            if self.asked.is_none_or(|asked| asked.elapsed() > Self::KNOWN) {
                let others = store.others(side, claim, *full).await;
                self.others = others.unwrap_or(Others::Busy);
                self.asked = Some(Instant::now());
            }
            // A place is left for whoever comes, since those in hand may hang.
            let place = usize::from(self.others == Others::Idle || claims.are_several());
            part.limit = self.limit.saturating_sub(place).saturating_sub(*count);
            if self.others != Others::Busy && part.limit > 0 {
                return part;
            }
        }
        let most = rest.into_iter().map(|(_, count)| *count).max();
        part.limit = share.saturating_sub(most.unwrap_or_default());
        part.but = full.into_iter().map(|(instance, _)| *instance).collect();
        part
    }
}

/// Prolongs the leases that are in hand. Others come of a claim whose commit was not answered, or of work that was cut short: they are given back.
async fn renew<D: Desk>(
    store: &Store,
    owner: &Arc<str>,
    manner: Manner,
    in_hand: &HashMap<Id, Lease>,
) {
    let renewed = async {
        let in_hand: HashSet<&Lease> = in_hand.values().collect();
        for lease in store.renew(D::SIDE, owner, manner.lease).await? {
            if !in_hand.contains(&lease) {
                store.give_back(&lease).await?;
            }
        }
        Ok::<(), Error>(())
    };
    if let Err(error) = renewed.await {
        tracing::warn!(%error, "leases could not be prolonged");
    }
}

/// Returns how long until something is due; `None` if nothing waits.
async fn waits_until(
    store: &Store,
    side: Side,
    claim: &Claim,
    manner: Manner,
) -> Result<Option<Duration>, Error> {
    let due = match store.next_due(side, claim).await {
        Ok(due) => due,
        Err(error) if error.is_transient() => return Ok(Some(manner.poll)),
        Err(error) => return Err(error),
    };
    Ok(due.map(|due| {
        match u64::try_from(due) {
            Ok(left) if left > 0 => Duration::from_millis(left),
            // It is due and nobody may take it, such as what an instance holds that is held.
            _ => manner.poll,
        }
    }))
}

/// Returns how long to wait for the database, or what will not pass.
fn waited_out(error: Error, outage: &mut Duration) -> Result<Duration, Error> {
    if !error.is_transient() {
        return Err(error);
    }
    let wait = *outage;
    *outage = wait.saturating_mul(2).min(OUTAGE.1);
    if wait == OUTAGE.0 {
        tracing::warn!(%error, "waiting for the store");
    } else {
        tracing::debug!(%error, wait_ms = wait.as_millis(), "waiting for the store");
    }
    Ok(wait)
}

struct Lane<D> {
    store: Store,
    desk: Arc<D>,
    claims: Claims,
    lease: Lease,
    stopping: watch::Receiver<bool>,
}

impl<D: Desk> Lane<D> {
    async fn run(self) {
        let mut outage = OUTAGE.0;
        loop {
            match self.desk.step(&self.store, &self.lease).await {
                Ok(Step::More) => outage = OUTAGE.0,
                Ok(Step::Left) => return,
                Err(Error::LeaseLost) => {
                    tracing::warn!(
                        instance = self.lease.instance,
                        "another worker has taken over a chat; nothing was committed here"
                    );
                    return;
                }
                Err(error) => match waited_out(error, &mut outage) {
                    Ok(wait) => sleep(wait).await,
                    Err(error) => {
                        tracing::error!(instance = self.lease.instance, %error, "a chat cannot be worked on");
                        sleep(OUTAGE.1).await;
                    }
                },
            }
            let is_over = || *self.stopping.borrow() || !self.claims.has(self.lease.instance);
            while is_over() {
                let Err(error) = self.store.give_back(&self.lease).await else {
                    return;
                };
                if *self.stopping.borrow() {
                    tracing::debug!(%error, "a lease was not given back, and ends by itself");
                    return;
                }
                // As long as this worker lives, nobody else gets it.
                sleep(OUTAGE.1).await;
            }
        }
    }
}
