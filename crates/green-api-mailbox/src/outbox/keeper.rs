//! What a worker looks after beside its messages: states and settings of instances, and what is old.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use green_api::Instance;
use green_api::types::YesNo;
use tokio::time::{Instant, sleep, timeout};

use super::OutboxState;
use super::hold::{self, Hold};
use super::others::Others;
use super::post::Post;
use crate::store::conn::args;
use crate::store::lanes::Side;
use crate::store::{Store, milliseconds};
use crate::{Error, Instances};

/// How often the settings are looked at, unless states are looked at less often.
const SETTINGS: Duration = Duration::from_secs(5 * 60);
/// How long a change of the settings may take to have an effect.
const IN_EFFECT: Duration = Duration::from_secs(5 * 60);
/// How long a worker waits for the first answers before it begins.
const FIRST: Duration = Duration::from_secs(10);
/// How many rows are pruned at once.
const PRUNED: i64 = 500;
/// Ids are needed to tell equal messages apart for a day, and statuses can be so late.
const DAY: Duration = Duration::from_secs(25 * 60 * 60);

/// The policy that keeps the journal complete; the journal decides what became of a doubtful message. It records what is sent only while
/// `outgoingAPIMessageWebhook` is on in the settings of the instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Journal {
    /// Takes the setting as it is. It counts five minutes after a worker saw it on, as it may have been switched on just before; and anew where it was
    /// seen off, or not looked at for ten minutes. Workers look every five minutes, so a restart that takes less changes nothing.
    #[default]
    AsIs,
    /// Promises that it is on, and has been for five minutes at least, when a worker first looks, so that it counts at once. What the worker sees
    /// afterwards, and what another one saw within the last ten minutes, counts as with [`AsIs`](Self::AsIs).
    LongOn,
    /// Switches it on where it is off. Every message that is sent is notified then, as `outgoingAPIMessageReceived`.
    SwitchOn,
}

/// Returns how long ago the settings may have been looked at, in milliseconds, for what was seen to hold until now: one look may fail, or a program
/// be restarted.
pub(super) fn looked_within(every: Duration) -> i64 {
    milliseconds(SETTINGS.max(every).saturating_mul(2))
}

pub(super) struct Keeper {
    pub(super) journal: Journal,
    pub(super) every: Duration,
    /// Those whose settings were read, and when the last look saw that the journal has what is sent; `None` if it did not see that.
    pub(super) journaled: Mutex<HashMap<i64, Option<Instant>>>,
    pub(super) others: Others,
}

impl Keeper {
    /// Looks at everything once, so that a worker does not begin to send for an account that is suspended.
    pub(super) async fn begin(&self, store: &Store, post: &Post, set: &Instances) {
        let instances = set.all();
        let looks = instances
            .iter()
            .map(|one| self.look_first(store, post, one));
        futures_util::future::join_all(looks).await;
        post.instances.extend(instances);
        if let Err(error) = self.others.look(store, post).await {
            tracing::warn!(%error, "it was not seen for whom nobody sends");
        }
    }

    /// Has the worker keep to a set that changes. One that is new is looked at before anything is sent for it.
    pub(super) async fn follow(&self, store: &Store, post: &Post, set: &Instances) -> Infallible {
        let (mut looks, mut looking) = (FuturesUnordered::new(), HashSet::new());
        loop {
            let mut changed = pin!(set.changed());
            // One that has another token now may be held for the one before.
            let is_known = |instance: &Instance| {
                let known = post.instances.of(instance.id().get());
                known.is_some_and(|known| known.credentials() == instance.credentials())
            };
            let mut new = set.all();
            new.retain(|instance| !is_known(instance));
            for gone in post.instances.keep_to(set) {
                post.forget(gone);
                self.journaled().remove(&gone);
            }
            for instance in new {
                let id = instance.id().get();
                if looking.insert(id) {
                    looks.push(async move {
                        self.look_first(store, post, &instance).await;
                        id
                    });
                }
            }
            loop {
                tokio::select! {
                    () = &mut changed => break,
                    Some(id) = looks.next() => {
                        looking.remove(&id);
                        post.instances.extend(set.of(id));
                    }
                }
            }
        }
    }

    /// Looks at everything of an instance, but not for long.
    async fn look_first(&self, store: &Store, post: &Post, instance: &Instance) {
        match timeout(FIRST, self.look_at(store, post, instance, None)).await {
            Ok(looked) => warn(looked),
            Err(_) => tracing::warn!(
                instance = instance.id().get(),
                "an instance does not answer yet"
            ),
        }
    }

    /// Looks after everything for ever.
    pub(super) async fn run(&self, store: &Store, post: &Post) -> Infallible {
        let tidying = async {
            loop {
                sleep(self.every).await;
                if let Err(error) = self.others.look(store, post).await {
                    tracing::warn!(%error, "the outbox could not be looked after");
                }
                if let Err(error) = prune(store, post).await {
                    tracing::warn!(%error, "what is old could not be removed");
                }
            }
        };
        tokio::select! {
            never = self.look(store, post) => never,
            never = tidying => never,
        }
    }

    /// Looks at each instance now and then. One that is slow to answer holds up no other.
    async fn look(&self, store: &Store, post: &Post) -> Infallible {
        let (mut looks, mut looking) = (FuturesUnordered::new(), HashSet::new());
        loop {
            let mut pause = pin!(sleep(self.every));
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    Some((id, looked)) = looks.next() => {
                        looking.remove(&id);
                        warn(looked);
                    }
                }
            }
            let held = match hold::all(store).await {
                Ok(held) => held,
                Err(error) => {
                    warn(Err(error));
                    continue;
                }
            };
            for instance in post.instances.all() {
                let id = instance.id().get();
                if looking.insert(id) {
                    let was_held = Some(held.contains(&id));
                    looks.push(async move {
                        (id, self.look_at(store, post, &instance, was_held).await)
                    });
                }
            }
        }
    }

    /// Looks at an instance. `was_held` is `None` at first, when nothing is known of it.
    async fn look_at(
        &self,
        store: &Store,
        post: &Post,
        instance: &Instance,
        was_held: Option<bool>,
    ) -> Result<(), Error> {
        let seen = self.journaled().get(&instance.id().get()).copied();
        // The next look would be late.
        let is_fresh = |seen: Instant| seen.elapsed().saturating_add(self.every) <= SETTINGS;
        if was_held.is_none() || !seen.flatten().is_some_and(is_fresh) {
            self.look_at_settings(store, post, instance).await?;
        }
        look_at_state(store, post, instance, was_held).await
    }

    /// Notes since when the journal has what is sent.
    async fn look_at_settings(
        &self,
        store: &Store,
        post: &Post,
        instance: &Instance,
    ) -> Result<(), Error> {
        let id = instance.id().get();
        let Ok(settings) = instance.get_settings().await else {
            // What is not known now was known before; it is looked at again soon.
            self.journaled().entry(id).and_modify(|seen| *seen = None);
            return Ok(());
        };
        if settings.outgoing_api_message_webhook != Some(YesNo::Yes) {
            let sql = store.sql().get(
                "INSERT INTO {p}instance (instance, looked_at) VALUES ($1, $2)
                ON CONFLICT (instance) DO UPDATE SET journaled_since = NULL, looked_at = EXCLUDED.looked_at",
            );
            let mut tx = store.begin().await?;
            tx.conn().run(&sql, &args![id, store.unmoved()]).await?;
            tx.commit().await?;
            self.journaled().insert(id, None);
            let set = instance.set_settings().outgoing_api_message_webhook(true);
            if self.journal != Journal::SwitchOn || set.await.is_err() {
                return Ok(());
            }
        }
        let (now, in_effect) = (store.now(), milliseconds(IN_EFFECT));
        let anew = now.saturating_add(in_effect);
        let is_first = !self.journaled().contains_key(&id);
        let since = match self.journal {
            Journal::LongOn if is_first => now.saturating_sub(in_effect),
            _ => anew,
        };
        let sql = store.sql().get(
            "INSERT INTO {p}instance (instance, journaled_since, looked_at) VALUES ($1, $2, $3)
            ON CONFLICT (instance) DO UPDATE SET looked_at = EXCLUDED.looked_at, journaled_since = CASE
                WHEN ABS({p}instance.looked_at - $3) < $4 THEN COALESCE({p}instance.journaled_since, $5) ELSE EXCLUDED.journaled_since END",
        );
        let values = args![id, since, store.unmoved(), post.looked_within, anew];
        let mut tx = store.begin().await?;
        tx.conn().run(&sql, &values).await?;
        tx.commit().await?;
        self.journaled().insert(id, Some(Instant::now()));
        Ok(())
    }

    fn journaled(&self) -> MutexGuard<'_, HashMap<i64, Option<Instant>>> {
        self.journaled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn warn(looked: Result<(), Error>) {
    if let Err(error) = looked {
        tracing::warn!(%error, "an instance was not looked at");
    }
}

/// Holds the instance if its state is bad, and lets it send again if it is good. `was_held` says whether it was held before, if that is known.
async fn look_at_state(
    store: &Store,
    post: &Post,
    instance: &Instance,
    was_held: Option<bool>,
) -> Result<(), Error> {
    let id = instance.id().get();
    let state = match instance.get_state_instance().await {
        Ok(Some(answer)) => Ok(Hold::of_state(&answer.state_instance)),
        // It is being created.
        Ok(None) => Ok(Some(Hold::Starting)),
        Err(error) => Err(Hold::of_error(&error)),
    };
    // However many instances there are, those that are well cost nothing.
    let is_well = matches!(state, Ok(None)) && was_held == Some(false);
    if is_well && !post.was_told(id) {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    let conn = &mut tx.conn();
    match state {
        Ok(None) => {
            hold::release(store, conn, id, true).await?;
        }
        Ok(Some(reason)) => {
            hold::hold(store, conn, (id, reason, None)).await?;
        }
        // A quota or rate of this method is not the one of sends, and what cannot be reached shows when it is sent to.
        Err(Some(reason))
            if !matches!(reason, Hold::Quota | Hold::RateLimited | Hold::Unreachable) =>
        {
            hold::hold(store, conn, (id, reason, None)).await?;
        }
        Err(_) => {}
    }
    // Another worker may have held it, or a notification.
    let held = hold::held(store, conn, id).await?;
    tx.commit().await?;
    match held {
        Some((reason, until)) => post.tell_held(id, reason, until),
        None => {
            if post.was_told(id) {
                post.tell_resumed(id);
                store.wake(Side::Outbox);
            }
        }
    }
    Ok(())
}

/// Ends what is too late to be sent, and removes what is old, a part of it at a time.
async fn prune(store: &Store, post: &Post) -> Result<(), Error> {
    while store.prune_lanes().await? {}
    expire(store, post).await?;
    let kept = store.settings();
    // PostgreSQL asks the conditions outside again of a row that has changed since it was found, such as by `retry`.
    let steps: [(&'static str, Duration); 3] = [
        (
            "UPDATE {p}outbox SET input = NULL, file_bytes = NULL WHERE id IN (
                SELECT id FROM {p}outbox WHERE state > 2 AND input IS NOT NULL AND state <> 9 AND changed < {now} - $2 LIMIT $3)
                AND state > 2 AND state <> 9 AND changed < {now} - $2",
            kept.bodies,
        ),
        (
            "DELETE FROM {p}outbox WHERE id IN (
                SELECT id FROM {p}outbox WHERE state > 2 AND state <> 9 AND changed < {now} - $2 LIMIT $3)
                AND state > 2 AND state <> 9 AND changed < {now} - $2",
            kept.keys.max(DAY),
        ),
        (
            "DELETE FROM {p}status WHERE (instance, message_id) IN (
                SELECT instance, message_id FROM {p}status WHERE changed < {now} - $2 LIMIT $3) AND changed < {now} - $2",
            DAY,
        ),
    ];
    for (template, age) in steps {
        let sql = store.sql().get(template);
        loop {
            let mut tx = store.begin().await?;
            let values = args![store.now(), milliseconds(age), PRUNED];
            let changed = tx.conn().run(&sql, &values).await?;
            tx.commit().await?;
            if changed < PRUNED.unsigned_abs() {
                break;
            }
        }
    }
    Ok(())
}

/// Ends what is too late to be sent.
async fn expire(store: &Store, post: &Post) -> Result<(), Error> {
    let sql = store.sql().get(
        "UPDATE {p}outbox SET state = 11, problem = 'it was not sent in time', changed = {now} WHERE id IN (
            SELECT id FROM {p}outbox WHERE state = 0 AND not_after IS NOT NULL AND not_after < {now} LIMIT $2) AND state = 0 RETURNING key, instance, chat",
    );
    loop {
        let mut tx = store.begin().await?;
        let rows = tx.conn().rows(&sql, &args![store.now(), PRUNED]).await?;
        tx.commit().await?;
        let is_last = i64::try_from(rows.len()) != Ok(PRUNED);
        let mut chats = BTreeSet::new();
        for row in rows {
            post.tell_state(store, row.text(0)?, OutboxState::Expired);
            chats.insert((row.int(1)?, row.text(2)?));
        }
        for (instance, chat) in chats {
            store.hasten(Side::Outbox, (instance, &chat)).await?;
        }
        if is_last {
            return Ok(());
        }
    }
}
