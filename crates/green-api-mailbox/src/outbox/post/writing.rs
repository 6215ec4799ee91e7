//! Writing what became of a message.

use std::time::Duration;

use green_api::MessageId;
use tokio::time::{Instant, sleep};

use super::outcome::{Outcome, Told};
use super::pick::waiting;
use super::{Picked, Post, Target};
use crate::Error;
use crate::error::brief;
use crate::outbox::hold;
use crate::outbox::{OutboxState, observe};
use crate::store::Store;
use crate::store::conn::{Conn, args};
use crate::store::lanes::Lease;
use crate::store::milliseconds;
use crate::work::Step;

/// How long what is known is kept in memory while the store does not take it. Afterwards it is doubtful, and looked for.
const HOLDS_OUT: Duration = Duration::from_secs(60);

impl Post {
    /// Writes the outcome, and goes on with the chat. An outage of the store does not make it forgotten at once.
    pub(super) async fn write(
        &self,
        store: &Store,
        lease: &Lease,
        target: &Target,
        outcome: Outcome,
    ) -> Result<Picked, Error> {
        if let Outcome::Sent { .. } = outcome {
            self.forget_failures(lease.instance);
        }
        let begun = Instant::now();
        let mut wait = Duration::from_millis(50);
        let mut with_next = true;
        loop {
            let goes_on = with_next && self.goes_on(lease.instance);
            let written = self.try_write(store, lease, target, &outcome, goes_on);
            match written.await {
                // What is wrong with the next one must not undo this one.
                Err(error)
                    if goes_on && !error.is_transient() && !matches!(error, Error::LeaseLost) =>
                {
                    with_next = false;
                }
                Err(error) if error.is_transient() && begun.elapsed() < HOLDS_OUT => {
                    tracing::warn!(instance = lease.instance, %error, "what became of a message cannot be written yet");
                    sleep(wait).await;
                    wait = wait.saturating_mul(2).min(Duration::from_secs(2));
                }
                written => return written,
            }
        }
    }

    async fn try_write(
        &self,
        store: &Store,
        lease: &Lease,
        target: &Target,
        outcome: &Outcome,
        goes_on: bool,
    ) -> Result<Picked, Error> {
        let mut tx = store.begin().await?;
        let conn = &mut tx.conn();
        match store.fence(conn, lease).await {
            Err(Error::LeaseLost) => {
                // Another worker looks for it; that it was sent is true nevertheless.
                if let Outcome::Sent { ids } = outcome {
                    let state = self.sent(store, conn, lease, target, ids).await?;
                    tx.commit().await?;
                    self.tell(
                        store,
                        lease,
                        target,
                        state.map_or(Told::Nothing, Told::State),
                    );
                }
                return Err(Error::LeaseLost);
            }
            fenced => fenced?,
        }
        let (step, told) = self.apply(store, conn, lease, target, outcome).await?;
        // What was on its way when the instance was held says nothing.
        let resumes = matches!(outcome, Outcome::Sent { .. })
            && self.was_told(lease.instance)
            && hold::held(store, conn, lease.instance).await?.is_none();
        // The next one is written as being sent in the same commit.
        let picked = match step {
            Step::More if goes_on => self.pick_in(store, conn, lease, false).await?,
            Step::More => Picked::More,
            Step::Left => Picked::Left,
        };
        if let Err(error) = tx.commit().await {
            // Its answer can be lost, and nobody else tells of it.
            if !told.is_written(store, target.id).await {
                return Err(error);
            }
            self.tell(store, lease, target, told);
            // What is to be done with the next one is looked at anew.
            return Ok(match picked {
                Picked::Left | Picked::Done(..) => picked,
                _ => Picked::More,
            });
        }
        self.tell(store, lease, target, told);
        if resumes {
            self.tell_resumed(lease.instance);
        }
        Ok(picked)
    }

    /// Writes the outcome within a transaction.
    pub(super) async fn apply(
        &self,
        store: &Store,
        conn: &mut Conn<'_>,
        lease: &Lease,
        target: &Target,
        outcome: &Outcome,
    ) -> Result<(Step, Told), Error> {
        let now = store.now();
        let sql = |template| store.sql().get(template);
        let mut delay = 0;
        let told = match outcome {
            Outcome::Sent { ids } => {
                let state = self.sent(store, conn, lease, target, ids).await?;
                state.map_or(Told::Nothing, Told::State)
            }
            Outcome::Doubtful { problem } => {
                let sql = sql(
                    "UPDATE {p}outbox SET state = 2, look_at = NULL, absent_since = NULL, problem = $3, changed = $4 WHERE id = $1 AND sending_since = $2 AND state = 1",
                );
                let values = args![target.id, target.since, brief(problem), now];
                conn.run(&sql, &values).await?;
                Told::State(OutboxState::Doubtful)
            }
            Outcome::Unsettled {
                look_at,
                absent_since,
            } => {
                let sql = sql(
                    "UPDATE {p}outbox SET look_at = $3, absent_since = COALESCE($4, absent_since) WHERE id = $1 AND sending_since = $2 AND state = 2",
                );
                let values = args![target.id, target.since, *look_at, *absent_since];
                conn.run(&sql, &values).await?;
                Told::Nothing
            }
            Outcome::Again {
                delay: wait,
                counts,
                problem,
            } => {
                delay = milliseconds(*wait);
                self.again(store, conn, target, (*counts, *problem)).await?;
                Told::State(OutboxState::Queued)
            }
            Outcome::Held { reason, lasts } => {
                // What is looked for stays doubtful.
                self.again(store, conn, target, (false, None)).await?;
                let until = hold::hold(store, conn, (lease.instance, *reason, *lasts)).await?;
                Told::Held(*reason, until)
            }
            Outcome::Done { state, problem } => {
                let sql = sql(
                    "UPDATE {p}outbox SET state = $3, sending_since = NULL, problem = $4, changed = {now} WHERE id = $2 AND state < 2",
                );
                let values = args![now, target.id, *state as i64, brief(problem)];
                conn.run(&sql, &values).await?;
                Told::State(*state)
            }
            Outcome::InDoubt { problem } => {
                // The time stays, and says that it may have been sent.
                let sql = sql(
                    "UPDATE {p}outbox SET state = 9, problem = $3, changed = $4 WHERE id = $1 AND sending_since = $2 AND state = 2",
                );
                let values = args![target.id, target.since, brief(problem), now];
                conn.run(&sql, &values).await?;
                Told::State(OutboxState::Parked)
            }
        };
        let step = if let Outcome::Held { .. } = outcome {
            let waiting = waiting(store, conn, lease, 0).await?;
            store.leave_lane(conn, lease, waiting, 0, false).await?;
            Step::Left
        } else {
            let stays = !self.instances.is_spaced(lease.instance);
            next(store, conn, lease, (delay, stays)).await?
        };
        Ok((step, told))
    }

    /// Queues what was being sent, or was proven not to have been.
    async fn again(
        &self,
        store: &Store,
        conn: &mut Conn<'_>,
        target: &Target,
        (counts, problem): (bool, Option<&str>),
    ) -> Result<(), Error> {
        let sql = store.sql().get(
            "UPDATE {p}outbox SET state = 0, sending_since = NULL, absent_since = NULL, look_at = NULL,
                attempts = attempts - $3, changed = $4, problem = COALESCE($6, problem)
            WHERE id = $1 AND sending_since = $2 AND state = $5",
        );
        // Sending is undone; what was looked for is another attempt.
        let from = if counts { 2 } else { 1 };
        let values = args![
            target.id,
            target.since,
            i64::from(!counts),
            store.now(),
            from,
            problem.map(str::to_owned)
        ];
        conn.run(&sql, &values).await.map(drop)
    }

    /// Writes the id, with the status that came before it.
    async fn sent(
        &self,
        store: &Store,
        conn: &mut Conn<'_>,
        lease: &Lease,
        target: &Target,
        ids: &[MessageId],
    ) -> Result<Option<OutboxState>, Error> {
        let Some((id, others)) = ids.split_first() else {
            return Ok(None);
        };
        let others: Vec<&str> = others.iter().map(MessageId::as_str).collect();
        let others = Some(others.join("\n")).filter(|others| !others.is_empty());
        let early = observe::kept(store, conn, (lease.instance, id.as_str())).await?;
        let (state, problem) = early.unwrap_or((OutboxState::Sent, None));
        let pruned = store.settings().bodies.is_zero();
        let sql = store.sql().get(
            "UPDATE {p}outbox SET state = $4, message_id = $5, problem = $6, changed = {now}, sending_since = NULL, look_at = NULL, absent_since = NULL,
                other_ids = CASE WHEN message_id IS NULL THEN $7 ELSE COALESCE($7, '') || '\n' || message_id || COALESCE('\n' || other_ids, '') END,
                input = CASE WHEN $8 = 1 THEN NULL ELSE input END, file_bytes = CASE WHEN $8 = 1 THEN NULL ELSE file_bytes END
            WHERE id = $2 AND sending_since = $3 AND state IN (1, 2)",
        );
        let values = args![
            store.now(),
            target.id,
            target.since,
            state as i64,
            id.as_str(),
            problem,
            others,
            i64::from(pruned)
        ];
        let changed = conn.run(&sql, &values).await?;
        Ok((changed > 0).then_some(state))
    }
}

/// Keeps the lease if something is due and it stays, and leaves the chat otherwise.
async fn next(
    store: &Store,
    conn: &mut Conn<'_>,
    lease: &Lease,
    (delay, stays): (i64, bool),
) -> Result<Step, Error> {
    let waiting = waiting(store, conn, lease, delay).await?;
    if stays && waiting.is_some_and(|waiting| waiting.after <= 0) {
        return Ok(Step::More);
    }
    store.leave_lane(conn, lease, waiting, 0, false).await?;
    Ok(Step::Left)
}
