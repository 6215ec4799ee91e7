//! Leases on chats: who may work on what waits in one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlStr;

use super::conn::{Conn, Row, args};
use super::{Store, milliseconds};
use crate::Error;

/// How long the row of a chat in which nothing waits is kept, in milliseconds.
const IDLE: i64 = 24 * 60 * 60 * 1000;
/// The longest that a chat is left alone, in milliseconds, about 100 years. What is due later is looked at then, and left again.
const LONGEST: i64 = 100 * 365 * IDLE;
/// How many of them are removed at once.
const PRUNED: i64 = 500;

/// On which side a chat has something waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Inbox = 0,
    Outbox = 1,
}

/// Instances, one of whose chats may be leased.
pub(crate) struct Claim {
    take: SqlStr,
    others: SqlStr,
    next: SqlStr,
}

/// A chat of an instance that a worker may work on until it is renewed no more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lease {
    pub(crate) side: Side,
    pub(crate) instance: i64,
    pub(crate) chat: String,
    pub(crate) owner: Arc<str>,
    pub(crate) epoch: i64,
}

/// What there is of other instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    None,
    /// They had something before.
    Idle,
    /// Something is due, or in hand.
    Busy,
}

/// What waits in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// In how many milliseconds the first of it is due. No time of a clock, which may be set back before it is written.
    pub(crate) after: i64,
    pub(crate) priority: i64,
}

impl Waiting {
    /// It is due now.
    pub(crate) const AT_ONCE: Self = Self {
        after: 0,
        priority: 0,
    };
}

impl Store {
    /// Prepares claims of the chats of instances that this condition holds for.
    pub(crate) fn claim_of(&self, instances: &str) -> Claim {
        let due = format!(
            "waiting = 1 AND due <= {{now}} {instances}
                AND NOT EXISTS (SELECT 1 FROM {{p}}instance AS kept WHERE free.side = 1 AND kept.instance = free.instance
                    AND kept.held IS NOT NULL AND (kept.held_until IS NULL OR kept.held_until > {{now}}))"
        );
        let take = self.sql().made(&format!(
            "UPDATE {{p}}lane SET owner = $2, until = {{now}} + $3, epoch = epoch + 1,
                abandoned = CASE WHEN owner IS NULL THEN abandoned ELSE abandoned + 1 END
            WHERE (side, instance, chat) IN (
                SELECT side, instance, chat FROM {{p}}lane AS free
                WHERE side = $4 AND until <= {{now}} AND $6 NOT LIKE '%,' || CAST(instance AS TEXT) || ',%' AND {due}
                ORDER BY priority DESC, due LIMIT $5 {{skip}})
            RETURNING instance, chat, epoch"
        ));
        // The chats of the instance itself, which may be many, are not looked at.
        let exists = |what: &str| {
            let [before, after] = ["<", ">"].map(|than| {
                format!("EXISTS (SELECT 1 FROM {{p}}lane AS free WHERE side = $2 AND instance {than} $3 {what})")
            });
            format!("{before} OR {after}")
        };
        let (with_work, any) = (exists(&format!("AND {due}")), exists(instances));
        let others = self.sql().made(&format!(
            "SELECT CAST(CASE WHEN {with_work} THEN 2 WHEN {any} THEN 1 ELSE 0 END AS BIGINT)"
        ));
        let next = self.sql().made(&format!(
            "SELECT MIN(CASE WHEN until > due THEN until ELSE due END) - {{now}} FROM {{p}}lane WHERE side = $2 AND waiting = 1 {instances}"
        ));
        Claim { take, others, next }
    }

    /// Leases chats in which something is due, those with the highest priority and the longest wait first, and none of these instances, of whose numbers
    /// each is between commas.
    pub(crate) async fn claim(
        &self,
        side: Side,
        claim: &Claim,
        owner: &Arc<str>,
        lease: Duration,
        (limit, but): (usize, &str),
    ) -> Result<Vec<Lease>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut tx = self.begin().await?;
        let values = args![
            self.now(),
            &**owner,
            milliseconds(lease),
            side as i64,
            limit,
            but
        ];
        let rows = tx.conn().rows(&claim.take, &values).await?;
        tx.commit().await?;
        leases(side, owner, &rows)
    }

    /// Prolongs all leases of a worker, and returns those that were prolonged.
    pub(crate) async fn renew(
        &self,
        side: Side,
        owner: &Arc<str>,
        lease: Duration,
    ) -> Result<Vec<Lease>, Error> {
        // One that a program's own transaction has locked is prolonged the next time: it must not hold up the others.
        let sql = self.sql().get(
            "UPDATE {p}lane SET until = {now} + $3 WHERE (side, instance, chat) IN (SELECT side, instance, chat FROM {p}lane WHERE owner = $2 {skip})
            RETURNING instance, chat, epoch",
        );
        let mut tx = self.begin().await?;
        let values = args![self.now(), &**owner, milliseconds(lease)];
        let rows = tx.conn().rows(&sql, &values).await?;
        tx.commit().await?;
        leases(side, owner, &rows)
    }

    /// Returns what there is of other instances.
    pub(crate) async fn others(
        &self,
        side: Side,
        claim: &Claim,
        instance: i64,
    ) -> Result<Others, Error> {
        let mut reader = self.reader().await?;
        let values = args![self.now(), side as i64, instance];
        let row = reader.conn().row(&claim.others, &values).await?;
        Ok(match row.map_or(Ok(0), |row| row.int(0))? {
            0 => Others::None,
            1 => Others::Idle,
            _ => Others::Busy,
        })
    }

    /// Gives a lease back, for others to go on with the chat.
    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        let sql = self.sql().get(
            "UPDATE {p}lane SET owner = NULL, until = 0 WHERE side = $1 AND instance = $2 AND chat = $3 AND owner = $4 AND epoch = $5",
        );
        let values = args![
            lease.side as i64,
            lease.instance,
            &lease.chat,
            &*lease.owner,
            lease.epoch
        ];
        let mut tx = self.begin().await?;
        tx.conn().run(&sql, &values).await?;
        tx.commit().await
    }

    /// Has a chat looked at in which something is gone that was waited for. In a transaction of its own, since whoever works on a chat has its row first.
    pub(crate) async fn hasten(
        &self,
        side: Side,
        (instance, chat): (i64, &str),
    ) -> Result<(), Error> {
        let sql = self.sql().get(
            "UPDATE {p}lane SET due = {now} WHERE (side, instance, chat) IN (
                SELECT side, instance, chat FROM {p}lane WHERE side = $2 AND instance = $3 AND chat = $4 AND waiting = 1 AND due > {now} {skip})",
        );
        let mut tx = self.begin().await?;
        let values = args![self.now(), side as i64, instance, chat];
        tx.conn().run(&sql, &values).await?;
        tx.commit().await?;
        self.wake(side);
        Ok(())
    }

    /// Returns in how many milliseconds something will be due that nobody works on, if anything waits.
    pub(crate) async fn next_due(&self, side: Side, claim: &Claim) -> Result<Option<i64>, Error> {
        let mut reader = self.reader().await?;
        let row = reader
            .conn()
            .row(&claim.next, &args![self.now(), side as i64])
            .await?;
        row.map_or(Ok(None), |row| row.maybe_int(0))
    }

    /// Takes a chat's row, so that nobody else puts in it or works on it until the end of the transaction, and notes that something waits. Entries of
    /// a chat are so committed in the order of their ids.
    pub(crate) async fn enter_lane(
        &self,
        conn: &mut Conn<'_>,
        side: Side,
        (instance, chat): (i64, &str),
        waiting: Waiting,
    ) -> Result<(), Error> {
        // A lease of a row that was removed is none of this one, since there are fewer leases than milliseconds.
        let sql = self.sql().get(
            "INSERT INTO {p}lane (side, instance, chat, waiting, priority, due, epoch) VALUES ($2, $3, $4, 1, $5, {now} + $6, {now})
            ON CONFLICT (side, instance, chat) DO UPDATE SET
                priority = CASE WHEN {p}lane.waiting = 1 AND {p}lane.priority > $5 THEN {p}lane.priority ELSE $5 END,
                due = CASE WHEN {p}lane.failures > 0 OR ({p}lane.waiting = 1 AND {p}lane.due < EXCLUDED.due) THEN {p}lane.due ELSE EXCLUDED.due END,
                waiting = 1",
        );
        let values = args![
            self.now(),
            side as i64,
            instance,
            chat,
            waiting.priority,
            waiting.after.min(LONGEST)
        ];
        conn.run(&sql, &values).await.map(drop)
    }

    /// Makes sure that the lease still holds, and keeps others from the chat until the end of the transaction.
    pub(crate) async fn fence(&self, conn: &mut Conn<'_>, lease: &Lease) -> Result<(), Error> {
        self.fence_and_count(conn, lease, 0).await
    }

    /// [Fences](Self::fence) the chat, and counts what was dealt with in it.
    pub(crate) async fn fence_and_count(
        &self,
        conn: &mut Conn<'_>,
        lease: &Lease,
        done: i64,
    ) -> Result<(), Error> {
        let sql = self.sql().get(
            "UPDATE {p}lane SET done = done + $6 WHERE side = $1 AND instance = $2 AND chat = $3 AND owner = $4 AND epoch = $5",
        );
        let values = args![
            lease.side as i64,
            lease.instance,
            &lease.chat,
            &*lease.owner,
            lease.epoch,
            done
        ];
        match conn.run(&sql, &values).await? {
            0 => Err(Error::LeaseLost),
            _ => Ok(()),
        }
    }

    /// Writes what waits in the chat, within a transaction that has [fenced](Self::fence) it. `failures` is how often in a row its first entry failed.
    /// The lease stays if it is kept.
    pub(crate) async fn leave_lane(
        &self,
        conn: &mut Conn<'_>,
        lease: &Lease,
        waiting: Option<Waiting>,
        failures: i64,
        keep: bool,
    ) -> Result<(), Error> {
        let sql = self.sql().get(
            "UPDATE {p}lane SET waiting = $5, priority = $6, due = {now} + $7, failures = $8, abandoned = 0,
                owner = CASE WHEN $9 = 1 THEN owner ELSE NULL END, until = CASE WHEN $9 = 1 THEN until ELSE 0 END
            WHERE side = $2 AND instance = $3 AND chat = $4",
        );
        let Waiting { after, priority } = waiting.unwrap_or(Waiting::AT_ONCE);
        let values = args![
            self.now(),
            lease.side as i64,
            lease.instance,
            &lease.chat,
            i64::from(waiting.is_some()),
            priority,
            after.min(LONGEST),
            failures,
            i64::from(keep && waiting.is_some())
        ];
        conn.run(&sql, &values).await.map(drop)
    }

    /// Removes some of the chats in which nothing has waited for a day, and returns `true` if there may be more of them. How much was dealt with in
    /// them stays counted.
    pub(crate) async fn prune_lanes(&self) -> Result<bool, Error> {
        let idle = self.sql().get(
            "DELETE FROM {p}lane WHERE (side, instance, chat) IN (
                SELECT side, instance, chat FROM {p}lane WHERE waiting = 0 AND owner IS NULL AND due < {now} - $2 AND chat <> '' ORDER BY due LIMIT $3 {skip})
            RETURNING side, instance, done",
        );
        let count = self.sql().get(
            "INSERT INTO {p}lane (side, instance, chat, due, done) VALUES ($2, $3, '', {now}, $4)
            ON CONFLICT (side, instance, chat) DO UPDATE SET done = {p}lane.done + EXCLUDED.done",
        );
        let now = self.now();
        let mut tx = self.begin().await?;
        let mut conn = tx.conn();
        let removed = conn.rows(&idle, &args![now, IDLE, PRUNED]).await?;
        // In the same order in every program, so that none waits for one that waits for it.
        let mut done = BTreeMap::<_, i64>::new();
        for row in &removed {
            let done = done.entry((row.int(0)?, row.int(1)?)).or_default();
            *done = done.saturating_add(row.int(2)?);
        }
        for ((side, instance), done) in done.into_iter().filter(|(_, done)| *done > 0) {
            conn.run(&count, &args![now, side, instance, done]).await?;
        }
        if !removed.is_empty() {
            tx.commit().await?;
        }
        Ok(i64::try_from(removed.len()) == Ok(PRUNED))
    }
}

/// Reads leases from rows with the instance, the chat and the epoch.
fn leases(side: Side, owner: &Arc<str>, rows: &[Row]) -> Result<Vec<Lease>, Error> {
    let lease = |row: &Row| {
        Ok(Lease {
            side,
            instance: row.int(0)?,
            chat: row.text(1)?,
            owner: Arc::clone(owner),
            epoch: row.int(2)?,
        })
    };
    rows.iter().map(lease).collect()
}
