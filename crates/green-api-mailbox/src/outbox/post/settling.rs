//! Looking for what may have been sent.

use std::time::{Duration, SystemTime};

use green_api::{Doubt, ErrorKind, Instance, MessageId, RetryPolicy, Settled};

use super::outcome::Outcome;
use super::{BEGINS_WITHIN, Job, Post, TURN};
use crate::Error;
use crate::outbox::hold::Hold;
use crate::store::conn::{Conn, args};
use crate::store::lanes::Lease;
use crate::store::{Store, since_epoch, time_of};

/// How long it is tried to read a queue or a journal that cannot be read.
const READABLE_WITHIN: Duration = Duration::from_secs(30 * 60);

/// What the store knows that helps to tell.
pub(super) struct Evidence {
    /// Other messages of the chat; `None` if not all of them are known.
    known: Option<Vec<MessageId>>,
    journaled_since: Option<i64>,
    absent_since: Option<i64>,
}

impl Post {
    pub(super) async fn evidence(
        &self,
        store: &Store,
        conn: &mut Conn<'_>,
        lease: &Lease,
        absent_since: Option<i64>,
    ) -> Result<Evidence, Error> {
        let place = args![lease.instance, &lease.chat];
        // One that was parked may be in the chat, under an id that nobody knows.
        let sql = store.sql().get(
            "SELECT id FROM {p}outbox WHERE instance = $1 AND chat = $2 AND state > 2 AND sending_since IS NOT NULL LIMIT 1",
        );
        let is_complete = conn.row(&sql, &place).await?.is_none();
        // All of the chat, since texts that are equal to us may not be the only ones that look equal in a journal, which reaches back 1,000 messages.
        let sql = store.sql().get(
            "SELECT message_id, other_ids FROM {p}outbox WHERE instance = $1 AND chat = $2 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 2000",
        );
        let mut known = Vec::new();
        for row in conn.rows(&sql, &place).await? {
            let others = row.maybe_text(1)?.unwrap_or_default();
            known.push(MessageId::from(row.text(0)?));
            known.extend(
                others
                    .split('\n')
                    .filter(|id| !id.is_empty())
                    .map(MessageId::from),
            );
        }
        let sql = store
            .sql()
            .get("SELECT journaled_since FROM {p}instance WHERE instance = $1 AND ABS(looked_at - $2) < $3");
        let values = args![lease.instance, store.unmoved(), self.looked_within];
        let row = conn.row(&sql, &values).await?;
        Ok(Evidence {
            known: is_complete.then_some(known),
            journaled_since: row.map_or(Ok(None), |row| row.maybe_int(0))?,
            absent_since,
        })
    }

    /// Looks once for a message that may have been sent.
    pub(super) async fn settle(
        &self,
        store: &Store,
        instance: &Instance,
        job: &Job,
        evidence: Evidence,
    ) -> Outcome {
        let mut parts = job.parts.clone();
        // It may have begun that much later than the row says.
        parts.retry = Some(RetryPolicy::never().deadline(TURN.saturating_add(BEGINS_WITHIN)));
        let mut settle = instance.settle(&parts, time_of(job.target.since));
        settle = settle.at(store.time());
        if let Some(known) = evidence.known {
            settle = settle.known(known);
        }
        if let Some(time) = evidence.journaled_since {
            settle = settle.journaled_since(time_of(time));
        }
        if let Some(time) = evidence.absent_since {
            settle = settle.absent_since(time_of(time));
        }
        let unsettled = |until: Option<SystemTime>, absent_since: Option<SystemTime>| {
            let every = store.time().checked_add(self.settle_every);
            let next = [every, until].into_iter().flatten().min();
            Outcome::Unsettled {
                look_at: since_epoch(next.unwrap_or_else(|| store.time())).saturating_add(1),
                absent_since: absent_since.map(since_epoch),
            }
        };
        let age = store.time().duration_since(time_of(job.target.since));
        let is_young = age.unwrap_or_default() < READABLE_WITHIN;
        match settle.await {
            Ok(Settled::Sent(id)) => Outcome::Sent { ids: vec![id] },
            Ok(Settled::NotSent) => Outcome::Again {
                delay: Duration::ZERO,
                counts: true,
                problem: None,
            },
            Ok(Settled::Unknown {
                reason: Doubt::TooEarly { absent_since },
                until,
            }) => unsettled(until, absent_since),
            Ok(Settled::Unknown {
                until: Some(until), ..
            }) => unsettled(Some(until), None),
            // What came may have been broken on its way.
            Ok(Settled::Unknown {
                reason: Doubt::Unreadable,
                ..
            }) if is_young => unsettled(None, None),
            Ok(Settled::Unknown { reason, .. }) => Outcome::InDoubt {
                problem: reason.to_string(),
            },
            Err(error) => {
                // These are about what is asked here, not about sends.
                let is_own =
                    [ErrorKind::Forbidden, ErrorKind::QuotaExceeded].contains(&error.kind());
                match Hold::of_error(&error).filter(|_| !is_own) {
                    Some(reason) => self.held(instance.id().get(), reason, &error),
                    None if is_young || error.is_transient() => unsettled(None, None),
                    None => Outcome::InDoubt {
                        problem: format!("it cannot be looked for: {error}"),
                    },
                }
            }
        }
    }
}
