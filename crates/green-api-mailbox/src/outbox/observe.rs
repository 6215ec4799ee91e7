//! What notifications tell about messages and instances.

use green_api::types::{MessageStatus, Notification};
use green_api::{InstanceId, MessageId, Received};

use super::hold::{self, Hold};
use super::{Outbox, OutboxState};
use crate::Error;
use crate::key::{LONGEST_KEY, is_storable};
use crate::store::Store;
use crate::store::conn::{Conn, args};

/// How far a state in a column is on its way, from sent on. A failure can be followed by the proof of the opposite alone.
macro_rules! rank_of {
    ($column:literal) => {
        concat!(
            "CASE ",
            $column,
            " WHEN 3 THEN 0 WHEN 6 THEN 1 WHEN 7 THEN 1 WHEN 4 THEN 2 WHEN 5 THEN 3 ELSE 9 END"
        )
    };
}

fn rank(state: OutboxState) -> i64 {
    match state {
        OutboxState::Failed | OutboxState::NoAccount => 1,
        OutboxState::Delivered => 2,
        OutboxState::Read => 3,
        _ => 0,
    }
}

fn state_of(status: &MessageStatus) -> Option<OutboxState> {
    Some(match status {
        MessageStatus::Delivered => OutboxState::Delivered,
        MessageStatus::Read | MessageStatus::Played => OutboxState::Read,
        MessageStatus::NoAccount => OutboxState::NoAccount,
        status if status.is_failure() => OutboxState::Failed,
        _ => return None,
    })
}

impl Outbox {
    /// Takes note of what a notification tells about messages in the outbox, and about instances: statuses of messages, states of
    /// instances. It may come late, twice, out of order, or before the answer to the send. Others are ignored.
    ///
    /// The inbox does it by itself where both are in one store.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then it can be given again.
    pub async fn observe(&self, received: &Received) -> Result<(), Error> {
        let Some(instance) = received.instance() else {
            return Ok(());
        };
        if !tells(&received.notification) {
            return Ok(());
        }
        let mut tx = self.store().begin().await?;
        observe(
            self.store(),
            &mut tx.conn(),
            instance,
            &received.notification,
        )
        .await?;
        tx.commit().await?;
        self.store().changed();
        Ok(())
    }
}

/// Returns `true` if a notification can tell something about the outbox.
pub(crate) fn tells(notification: &Notification) -> bool {
    matches!(
        notification,
        Notification::OutgoingMessageStatus(_) | Notification::StateInstanceChanged(_)
    )
}

/// Takes note of a notification within a transaction.
pub(crate) async fn observe(
    store: &Store,
    conn: &mut Conn<'_>,
    instance: InstanceId,
    notification: &Notification,
) -> Result<(), Error> {
    let instance = instance.get();
    match notification {
        Notification::OutgoingMessageStatus(status) => {
            let state = status.status.as_ref().and_then(state_of);
            let id = status.id_message.as_ref().map(MessageId::as_str);
            // No message of ours has an id that cannot be kept.
            let id = id.filter(|id| is_storable(id, LONGEST_KEY));
            if let (Some(state), Some(id)) = (state, id) {
                let problem = rank(state) == 1;
                let problem = problem.then(|| {
                    let name = status.status.as_ref().map(|status| status.as_str());
                    format!("WhatsApp says `{}`", name.unwrap_or_default())
                });
                note(store, conn, (instance, id), state, problem).await?;
            }
        }
        Notification::StateInstanceChanged(change) => {
            match Hold::of_state(&change.state_instance) {
                Some(reason) => hold::hold(store, conn, (instance, reason, None))
                    .await
                    .map(drop)?,
                None => hold::release(store, conn, instance, true).await.map(drop)?,
            }
        }
        _ => {}
    }
    Ok(())
}

/// Keeps a status, and applies it to the message if its id is known.
async fn note(
    store: &Store,
    conn: &mut Conn<'_>,
    (instance, id): (i64, &str),
    state: OutboxState,
    problem: Option<String>,
) -> Result<(), Error> {
    let (now, place) = (store.now(), args![instance, id]);
    // The row keeps whoever writes the id from missing it.
    let sql = store.sql().get(concat!(
        "INSERT INTO {p}status (instance, message_id, state, problem, changed) VALUES ($2, $3, $4, $5, {now})
        ON CONFLICT (instance, message_id) DO UPDATE SET state = EXCLUDED.state, problem = EXCLUDED.problem, changed = EXCLUDED.changed
        WHERE ",
        rank_of!("EXCLUDED.state"),
        " > ",
        rank_of!("{p}status.state")
    ));
    let number = state as i64;
    let values = args![now, instance, id, number, problem.clone()];
    conn.run(&sql, &values).await?;
    let sql = store.sql().get(concat!(
        "UPDATE {p}outbox SET state = $4, problem = $5, changed = {now} WHERE instance = $2 AND message_id = $3 AND ",
        rank_of!("state"),
        " < $6"
    ));
    let values = args![now, instance, id, number, problem, rank(state)];
    conn.run(&sql, &values).await?;
    let sql = store
        .sql()
        .get("SELECT id FROM {p}outbox WHERE instance = $1 AND message_id = $2 LIMIT 1");
    if conn.row(&sql, &place).await?.is_some() {
        forget(store, conn, (instance, id)).await?;
    }
    Ok(())
}

/// Returns the status that came before the id of its message was known.
pub(super) async fn kept(
    store: &Store,
    conn: &mut Conn<'_>,
    (instance, id): (i64, &str),
) -> Result<Option<(OutboxState, Option<String>)>, Error> {
    // Written first, so that a status that comes at this moment waits for the id, or is read here.
    let sql = store.sql().get(
        "INSERT INTO {p}status (instance, message_id, state, changed) VALUES ($1, $2, 3, $3)
        ON CONFLICT (instance, message_id) DO UPDATE SET changed = EXCLUDED.changed RETURNING state, problem",
    );
    let row = conn.row(&sql, &args![instance, id, store.now()]).await?;
    let Some(row) = row else { return Ok(None) };
    let (state, problem) = (OutboxState::of(row.int(0)?)?, row.maybe_text(1)?);
    forget(store, conn, (instance, id)).await?;
    Ok(Some((state, problem)).filter(|(state, _)| *state != OutboxState::Sent))
}

async fn forget(
    store: &Store,
    conn: &mut Conn<'_>,
    (instance, id): (i64, &str),
) -> Result<(), Error> {
    let sql = store
        .sql()
        .get("DELETE FROM {p}status WHERE instance = $1 AND message_id = $2");
    conn.run(&sql, &args![instance, id]).await.map(drop)
}
