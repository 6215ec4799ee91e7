//! What a person decides.

use green_api::InstanceId;

use super::{Hold, Outbox, OutboxState, hold};
use crate::Error;
use crate::store::conn::args;
use crate::store::lanes::{Side, Waiting};

impl Outbox {
    /// Takes a message back that is not being sent yet. Its key stays taken: what is to be sent after all is put in under another one.
    ///
    /// Taking a message back again is not an error, so that a handler can do it in each of its attempts.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if no message has this key, [`Error::State`] if it is neither queued nor taken back.
    pub async fn cancel(&self, key: &str) -> Result<(), Error> {
        let store = self.store();
        let sql = store
            .sql()
            .get("UPDATE {p}outbox SET state = 10, changed = {now} WHERE key = $2 AND state = 0 RETURNING instance, chat");
        let mut tx = store.begin().await?;
        let cancelled = tx.conn().row(&sql, &args![store.now(), key]).await?;
        tx.commit().await?;
        let Some(cancelled) = cancelled else {
            let reason = "only what is queued can be taken back".to_owned();
            return match self.get(key).await?.state() {
                OutboxState::Cancelled => Ok(()),
                state => Err(not_now(key, state, reason)),
            };
        };
        store.changed();
        // It is cancelled, even if whoever works learns of it later.
        let lane = (cancelled.int(0)?, &*cancelled.text(1)?);
        let _ = store.hasten(Side::Outbox, lane).await;
        Ok(())
    }

    /// Queues a message again that was parked, refused, not delivered or too late to be sent. A time until which it had to be sent counts no more.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if no message has this key, [`Error::State`] if it is in another state, is kept no more, or may have been sent: see
    /// [`retry_in_doubt`](Self::retry_in_doubt).
    pub async fn retry(&self, key: &str) -> Result<(), Error> {
        self.again(key, false).await
    }

    /// Queues a message again that was parked since nobody can tell whether it was sent. **A person has to have looked, at the phone or in the chat,
    /// that it is not there**: otherwise it may be sent twice.
    ///
    /// # Errors
    ///
    /// As for [`retry`](Self::retry).
    pub async fn retry_in_doubt(&self, key: &str) -> Result<(), Error> {
        self.again(key, true).await
    }

    async fn again(&self, key: &str, looked: bool) -> Result<(), Error> {
        use OutboxState as S;
        let store = self.store();
        let mut tx = store.begin().await?;
        let conn = &mut tx.conn();
        let sql = store.sql().get(
            "SELECT id, state, instance, chat, priority, not_before, sending_since, CASE WHEN input IS NULL THEN NULL ELSE id END FROM {p}outbox WHERE key = $1",
        );
        let row = conn.row(&sql, &args![key]).await?;
        let row = row.ok_or_else(|| Error::Unknown(key.to_owned()))?;
        let state = S::of(row.int(1)?)?;
        let refused = |reason: &str| Err(not_now(key, state, reason.to_owned()));
        if !matches!(
            state,
            S::Parked | S::Refused | S::Failed | S::NoAccount | S::Expired
        ) {
            return refused(
                "only what was parked, refused, not delivered or too late can be sent again",
            );
        }
        if row.maybe_int(6)?.is_some() && !looked {
            return refused(
                "it may have been sent; look at the phone, and if it is not there, say so with `retry_in_doubt`",
            );
        }
        if row.maybe_int(7)?.is_none() {
            return refused("what it says is kept no more; put it in with another key");
        }
        let (chat, now) = (row.text(3)?, store.now());
        let waiting = Waiting {
            after: row.int(5)?.saturating_sub(now).max(0),
            priority: row.int(4)?,
        };
        let lane = (row.int(2)?, chat.as_str());
        store.enter_lane(conn, Side::Outbox, lane, waiting).await?;
        let sql = store.sql().get(
            "UPDATE {p}outbox SET state = 0, attempts = 0, problem = NULL, sending_since = NULL, absent_since = NULL, look_at = NULL,
                not_after = CASE WHEN not_after < $3 THEN NULL ELSE not_after END, changed = $3
            WHERE id = $1 AND state = $2",
        );
        let values = args![row.int(0)?, state as i64, now];
        if conn.run(&sql, &values).await? == 0 {
            return Err(Error::Unavailable(
                "its state has changed just now".to_owned(),
            ));
        }
        tx.commit().await?;
        store.changed();
        store.wake(Side::Outbox);
        Ok(())
    }

    /// Lets an instance send again that is held, such as for a quota, without waiting for the next look, and tries its chats that wait again. Returns
    /// whether it was held.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store does not take it.
    pub async fn resume(&self, instance: InstanceId) -> Result<bool, Error> {
        let store = self.store();
        let mut tx = store.begin().await?;
        let conn = &mut tx.conn();
        let was_held = hold::release(store, conn, instance.get(), false).await?;
        let sql = store.sql().get(
            "UPDATE {p}lane SET due = {now} WHERE (side, instance, chat) IN (
                SELECT side, instance, chat FROM {p}lane WHERE side = 1 AND instance = $2 AND waiting = 1 AND due > {now} {skip})",
        );
        conn.run(&sql, &args![store.now(), instance.get()]).await?;
        tx.commit().await?;
        store.wake(Side::Outbox);
        Ok(was_held)
    }

    /// Lets an instance send again that is held for one of these reasons, as [`resume`](Self::resume) does. Returns whether it was.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store does not take it.
    pub async fn resume_from(&self, instance: InstanceId, reasons: &[Hold]) -> Result<bool, Error> {
        let store = self.store();
        let mut tx = store.begin().await?;
        let mut was_held = false;
        for reason in reasons {
            let sql = store.sql().get(
                "UPDATE {p}instance SET held = NULL, held_until = NULL, held_since = NULL WHERE instance = $1 AND held = $2",
            );
            let values = args![instance.get(), reason.as_str()];
            was_held |= tx.conn().run(&sql, &values).await? > 0;
        }
        tx.commit().await?;
        store.wake(Side::Outbox);
        Ok(was_held)
    }
}

fn not_now(key: &str, state: OutboxState, reason: String) -> Error {
    Error::State {
        key: key.to_owned(),
        state: state.to_string(),
        reason,
    }
}
