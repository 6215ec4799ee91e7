//! What is first in a chat, and writing what becomes of it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::commit::Effects;
use crate::error::of_database;
use crate::inbox::InboxEntry;
use crate::inbox::entry::place;
use crate::store::Store;
use crate::store::conn::{Conn, args};
use crate::store::lanes::{Lease, Side, Waiting};
use crate::work::Step;
use crate::{BoxError, Error};

/// What is first in the chat.
pub(super) struct Head {
    pub(super) entry: InboxEntry,
    /// How many of its attempts do not count.
    pub(super) uncounted: u32,
    /// Whether the last attempt ended with its process.
    pub(super) abandoned: bool,
}

/// Reads what is first in the chat, if the lease still holds.
pub(super) async fn first(store: &Store, lease: &Lease) -> Result<Option<Head>, Error> {
    let sql = store.sql().get(
        "SELECT id, key, instance, chat, kind, body, state, attempts, problem, received, changed, uncounted,
            (SELECT abandoned FROM {p}lane WHERE side = 0 AND instance = $1 AND chat = $2 AND owner = $3 AND epoch = $4)
        FROM {p}inbox WHERE instance = $1 AND chat = $2 AND state = 0 ORDER BY id LIMIT 1",
    );
    let values = args![lease.instance, &lease.chat, &*lease.owner, lease.epoch];
    let mut reader = store.reader().await?;
    let Some(row) = reader.conn().row(&sql, &values).await? else {
        return Ok(None);
    };
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let abandoned = number(row.maybe_int(12)?.ok_or(Error::LeaseLost)?);
    let mut entry = InboxEntry::of(&row, store)?;
    entry.abandoned(abandoned);
    Ok(Some(Head {
        entry,
        uncounted: number(row.int(11)?),
        abandoned: abandoned > 0,
    }))
}

/// Writes the effects and the end of a notification, unless it has ended before. What is wrong with the effects is an error of the handler.
pub(super) async fn finish(
    store: &Store,
    lease: &Lease,
    entry: &InboxEntry,
    effects: Effects,
) -> Result<Result<Step, BoxError>, Error> {
    let mut tx = store.begin().await?;
    store.fence_and_count(&mut tx.conn(), lease, 1).await?;
    let finished = async {
        let statement = match store.settings().bodies {
            Duration::ZERO => {
                "UPDATE {p}inbox SET state = 2, changed = {now}, problem = NULL, body = NULL WHERE id = $2 AND state = 0"
            }
            _ => {
                "UPDATE {p}inbox SET state = 2, changed = {now}, problem = NULL WHERE id = $2 AND state = 0"
            }
        };
        let done = store.sql().get(statement);
        let values = args![store.now(), entry.id()];
        // It was discarded in hand, or a commit whose answer was lost has ended it.
        if tx.conn().run(&done, &values).await? == 0 {
            return Ok(Step::More);
        }
        let (sends, schedules) = (effects.sends(), effects.schedules());
        effects.write(store, &mut tx.conn()).await?;
        let step = leave(store, &mut tx.conn(), lease).await?;
        tx.commit().await?;
        if sends {
            store.wake(Side::Outbox);
        }
        if schedules {
            store.dues().notify_waiters();
        }
        Ok(step)
    };
    let finished = AssertUnwindSafe(finished).catch_unwind().await;
    let error: BoxError = match finished {
        Ok(Ok(step)) => return Ok(Ok(step)),
        Ok(Err(error)) => error,
        Err(_) => "an effect of the handler panicked".into(),
    };
    match transient(&error) {
        Some(outage) => Err(outage),
        None => Ok(Err(error)),
    }
}

/// Returns what keeps the database from taking it for now, if the error is that.
fn transient(error: &BoxError) -> Option<Error> {
    let outage = match error.downcast_ref::<Error>() {
        Some(Error::Unavailable(reason)) => Error::Unavailable(reason.clone()),
        Some(_) => return None,
        None => of_database(error.downcast_ref::<sqlx::Error>()?),
    };
    outage.is_transient().then_some(outage)
}

/// Leaves the chat if nothing waits in it any more.
pub(super) async fn leave(
    store: &Store,
    conn: &mut Conn<'_>,
    lease: &Lease,
) -> Result<Step, Error> {
    let sql = store.sql().get(
        "SELECT id FROM {p}inbox WHERE instance = $1 AND chat = $2 AND state = 0 ORDER BY id LIMIT 1",
    );
    let next = conn.row(&sql, &args![lease.instance, &lease.chat]).await?;
    let waiting = next.map(|_| Waiting::AT_ONCE);
    store.leave_lane(conn, lease, waiting, 0, true).await?;
    Ok(match waiting {
        Some(_) => Step::More,
        None => Step::Left,
    })
}

/// Writes the attempts at an entry, and what became of it. Returns `false` if it had ended before.
pub(super) async fn write(store: &Store, conn: &mut Conn<'_>, head: &Head) -> Result<bool, Error> {
    let sql = store.sql().get(
        "UPDATE {p}inbox SET state = $2, attempts = $3, uncounted = $4, problem = $5, changed = $6 WHERE id = $1 AND state = 0",
    );
    let entry = &head.entry;
    let problem = entry
        .problem()
        .map(|problem| {
            let place = place("problem", entry.key());
            store.sealing().seal(&place, problem.as_bytes().to_vec())
        })
        .transpose()?;
    let values = args![
        entry.id(),
        entry.state() as i64,
        i64::from(entry.attempts()),
        i64::from(head.uncounted),
        problem,
        store.now()
    ];
    Ok(conn.run(&sql, &values).await? > 0)
}

/// Returns whether an entry is parked, as far as the store can be asked.
pub(super) async fn is_parked(store: &Store, entry: &InboxEntry) -> bool {
    let sql = store
        .sql()
        .get("SELECT id FROM {p}inbox WHERE id = $1 AND state = 1");
    let Ok(mut reader) = store.reader().await else {
        return false;
    };
    let row = reader.conn().row(&sql, &args![entry.id()]).await;
    row.is_ok_and(|row| row.is_some())
}
