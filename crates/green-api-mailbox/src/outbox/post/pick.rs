//! Finding what is first in a chat.

use green_api::operation::Operation;
use green_api::{Instance, RequestParts, Upload};
use tokio::time::Instant;

use super::outcome::Outcome;
use super::{Job, Picked, Post, Taken, Target};
use crate::Error;
use crate::outbox::{OutboxState, draft, hold};
use crate::store::Store;
use crate::store::conn::{Conn, Row, args};
use crate::store::lanes::{Lease, Waiting};
use crate::store::milliseconds;

impl Post {
    /// Finds what is first, and writes that it is being sent before the first byte leaves.
    /// The chat is asked about unless it is checked.
    pub(super) async fn pick(
        &self,
        store: &Store,
        lease: &Lease,
        is_checked: bool,
    ) -> Result<Picked, Error> {
        let mut tx = store.begin().await?;
        let conn = &mut tx.conn();
        store.fence(conn, lease).await?;
        let picked = self.pick_in(store, conn, lease, is_checked).await?;
        match (tx.commit().await, &picked) {
            (Ok(()), _) => Ok(picked),
            // Its answer was lost, and nobody else tells of it.
            (_, Picked::Done(_, target, told)) if told.is_written(store, target.id).await => {
                Ok(picked)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Finds what is first within a transaction that has fenced the chat.
    pub(super) async fn pick_in(
        &self,
        store: &Store,
        conn: &mut Conn<'_>,
        lease: &Lease,
        is_checked: bool,
    ) -> Result<Picked, Error> {
        let begun = Instant::now();
        let held = hold::held(store, conn, lease.instance).await?;
        let first = first(store, conn, lease).await?;
        let (Some(row), None) = (first, held) else {
            let waiting = waiting(store, conn, lease, 0).await?;
            store.leave_lane(conn, lease, waiting, 0, false).await?;
            return Ok(Picked::Left);
        };
        let now = store.now();
        let (id, key, state) = (row.int(0)?, row.text(1)?, OutboxState::of(row.int(2)?)?);
        let not_after = row.maybe_int(10)?;
        let parts = match parts(store, &key, &row) {
            Err(Error::Unreadable(words)) => Err(Problem {
                state: OutboxState::Parked,
                words,
                rest: None,
            }),
            parts => parts?,
        };
        let target = |since| Target {
            id,
            key: key.clone(),
            since,
        };
        let job = |since, parts| Job {
            target: target(since),
            begun,
            not_after,
            parts,
        };
        let done = |state, problem: &str| Outcome::Done {
            state,
            problem: problem.to_owned(),
        };
        if state != OutboxState::Queued {
            let since = row.maybe_int(11)?.unwrap_or_default();
            let taken = self.taken().get(&id).copied();
            let taken = taken.filter(|own| (own.since, own.epoch) == (since, lease.epoch));
            let parts = match (state, taken, parts) {
                // It was committed, and the answer was lost. Nobody else has had the chat, so it has not left.
                (OutboxState::Sending, Some(Taken { begun, .. }), Ok(parts)) => {
                    let job = job(since, parts);
                    return Ok(Picked::Send(Job { begun, ..job }));
                }
                (.., parts) => parts,
            };
            if state == OutboxState::Sending {
                // Whoever sent it is gone, or has lost the lease.
                let sql = store.sql().get(
                    "UPDATE {p}outbox SET state = 2, look_at = NULL, absent_since = NULL, problem = $2, changed = $3 WHERE id = $1",
                );
                let problem = "the program ended while it was being sent";
                conn.run(&sql, &args![id, problem, now]).await?;
            } else if row.maybe_int(13)?.is_some_and(|at| at > now) {
                let waiting = waiting(store, conn, lease, 0).await?;
                store.leave_lane(conn, lease, waiting, 0, false).await?;
                return Ok(Picked::Left);
            }
            let absent = row.maybe_int(12)?;
            let absent = absent.filter(|_| state == OutboxState::Doubtful);
            let evidence = self.evidence(store, conn, lease, absent).await?;
            let parts = match parts {
                Ok(parts) => parts,
                // A file that is gone was sent nevertheless: its name is enough to look for it.
                Err(Problem {
                    rest: Some(parts), ..
                }) => parts,
                Err(Problem { words: problem, .. }) => {
                    let (target, outcome) = (target(since), Outcome::InDoubt { problem });
                    let (step, told) = self.apply(store, conn, lease, &target, &outcome).await?;
                    return Ok(Picked::Done(step, target, told));
                }
            };
            return Ok(Picked::Settle(job(since, parts), evidence));
        }
        let attempts = u32::try_from(row.int(14)?).unwrap_or_default();
        let outcome = match parts {
            _ if not_after.is_some_and(|at| at <= now) => {
                Err(done(OutboxState::Expired, "it was not sent in time"))
            }
            _ if attempts >= self.attempts => {
                let problem = format!("it was tried {attempts} times");
                Err(done(OutboxState::Parked, &problem))
            }
            Ok(parts) => Ok(parts),
            Err(problem) => Err(done(problem.state, &problem.words)),
        };
        let parts = match outcome {
            Ok(parts) => parts,
            Err(outcome) => {
                let target = target(0);
                let (step, told) = self.apply(store, conn, lease, &target, &outcome).await?;
                return Ok(Picked::Done(step, target, told));
            }
        };
        if !is_checked && self.is_unchecked(store, conn, &lease.chat).await? {
            return Ok(Picked::Check(job(0, parts)));
        }
        let sql = store.sql().get(
            "UPDATE {p}outbox SET state = 1, sending_since = $2, attempts = attempts + 1, absent_since = NULL, look_at = NULL, changed = $2
            WHERE id = $1 AND state = 0",
        );
        if conn.run(&sql, &args![id, now]).await? == 0 {
            // It was cancelled just now.
            return Ok(Picked::More);
        }
        let taken = Taken {
            since: now,
            epoch: lease.epoch,
            begun,
        };
        self.taken().insert(id, taken);
        Ok(Picked::Send(job(now, parts)))
    }

    async fn is_unchecked(
        &self,
        store: &Store,
        conn: &mut Conn<'_>,
        chat: &str,
    ) -> Result<bool, Error> {
        let Some(keep) = self.numbers.filter(|_| chat.ends_with("@c.us")) else {
            return Ok(false);
        };
        let sql = store
            .sql()
            .get("SELECT checked FROM {p}recipient WHERE chat = $1 AND checked > $2");
        let earliest = store.now().saturating_sub(milliseconds(keep));
        Ok(conn.row(&sql, &args![chat, earliest]).await?.is_none())
    }

    /// Asks whether the number has WhatsApp before the first message to it.
    pub(super) async fn check(
        &self,
        store: &Store,
        lease: &Lease,
        instance: &Instance,
        job: Job,
    ) -> Result<Picked, Error> {
        use green_api::ErrorKind;
        let Ok(chat) = lease.chat.parse::<green_api::ChatId>() else {
            return self.pick(store, lease, true).await;
        };
        let exists = match instance.check_whatsapp().chat_id(chat).await {
            Ok(answer) => answer.exists_whatsapp,
            // What cannot be asked is not known to be missing, and the send has its own quota.
            Err(error) if error.kind() == ErrorKind::QuotaExceeded => true,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::BadRequest | ErrorKind::NotFound | ErrorKind::Forbidden
                ) =>
            {
                true
            }
            Err(error) => {
                let unreachable = error.is_transient().then_some(hold::Hold::Unreachable);
                let Some(reason) = hold::Hold::of_error(&error).or(unreachable) else {
                    return self.pick(store, lease, true).await;
                };
                let outcome = self.held(lease.instance, reason, &error);
                return self.write(store, lease, &job.target, outcome).await;
            }
        };
        let mut tx = store.begin().await?;
        let sql = store.sql().get(
            "INSERT INTO {p}recipient (chat, is_on, checked) VALUES ($1, $2, $3)
            ON CONFLICT (chat) DO UPDATE SET is_on = EXCLUDED.is_on, checked = EXCLUDED.checked",
        );
        // Who has none may have one tomorrow, so only what is there is remembered.
        let checked = exists.then(|| store.now());
        let values = args![&lease.chat, i64::from(exists), checked];
        tx.conn().run(&sql, &values).await?;
        tx.commit().await?;
        if exists {
            // However short it is remembered.
            return self.pick(store, lease, true).await;
        }
        let outcome = Outcome::Done {
            state: OutboxState::NoAccount,
            problem: "the number has no WhatsApp".to_owned(),
        };
        self.write(store, lease, &job.target, outcome).await
    }
}

/// The columns of the first message, in this order.
macro_rules! first {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM {p}outbox WHERE instance = $1 AND chat = $2 AND state < 3 AND (state > 0 OR not_before <= $3)
            ORDER BY state DESC, priority DESC, id LIMIT 1"
        )
    };
}

async fn first(store: &Store, conn: &mut Conn<'_>, lease: &Lease) -> Result<Option<Row>, Error> {
    let sql = store.sql().get(first!(
        "id, key, state, operation, input, extra, file_name, file_type, file_path, file_bytes, not_after, sending_since, absent_since, look_at, attempts"
    ));
    let values = args![lease.instance, &lease.chat, store.now()];
    conn.row(&sql, &values).await
}

/// Returns what waits in the chat; nothing of it is due before so many milliseconds.
pub(super) async fn waiting(
    store: &Store,
    conn: &mut Conn<'_>,
    lease: &Lease,
    delay: i64,
) -> Result<Option<Waiting>, Error> {
    let now = store.now();
    let sql = store.sql().get(first!("state, look_at, priority"));
    let place = args![lease.instance, &lease.chat, now];
    let until = |time: i64| time.saturating_sub(now).max(delay);
    if let Some(row) = conn.row(&sql, &place).await? {
        let after = match row.int(0)? {
            0 => delay,
            _ => row.maybe_int(1)?.map_or(delay, until),
        };
        let priority = row.int(2)?;
        return Ok(Some(Waiting { after, priority }));
    }
    let sql = store.sql().get(
        "SELECT MIN(not_before) FROM {p}outbox WHERE instance = $1 AND chat = $2 AND state < 3",
    );
    let row = conn.row(&sql, &args![lease.instance, &lease.chat]).await?;
    let not_before = row.map_or(Ok(None), |row| row.maybe_int(0))?;
    Ok(not_before.map(|time| Waiting {
        after: until(time),
        priority: 0,
    }))
}

/// Why a message cannot be sent.
pub(super) struct Problem {
    state: OutboxState,
    words: String,
    /// It can be looked for nevertheless.
    rest: Option<RequestParts>,
}

/// Puts the request together again.
fn parts(store: &Store, key: &str, row: &Row) -> Result<Result<RequestParts, Problem>, Error> {
    let Some(operation) = Operation::find(&row.text(3)?) else {
        return Ok(Err(Problem {
            state: OutboxState::Parked,
            words: format!(
                "this version does not know the operation `{}`",
                row.text(3)?
            ),
            rest: None,
        }));
    };
    let sealed = row.maybe_bytes(4)?.unwrap_or_default();
    let input = draft::read(&store.sealing().open(key, sealed)?)?;
    let mut parts = RequestParts::new(operation, input);
    parts.has_extra = row.int(5)? != 0;
    let name = row.maybe_text(6)?.unwrap_or_default();
    let upload = match (row.maybe_text(8)?, row.maybe_bytes(9)?) {
        (None, None) => return Ok(Ok(parts)),
        (Some(path), _) => Upload::from_path(path),
        (_, Some(sealed)) => Ok(Upload::from_bytes(store.sealing().open(key, sealed)?)),
    };
    let named = |file: Upload| file.named(name.clone());
    match upload {
        Ok(file) => {
            parts.file = Some(named(file).of_type(row.maybe_text(7)?.unwrap_or_default()));
            Ok(Ok(parts))
        }
        Err(error) => {
            parts.file = Some(named(Upload::from_bytes(Vec::new())));
            Ok(Err(Problem {
                state: OutboxState::Refused,
                words: format!("its file cannot be read: {}", error.kind()),
                rest: Some(parts),
            }))
        }
    }
}
