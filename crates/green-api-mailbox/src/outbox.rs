//! The outbox: messages that are to be sent, once each.

mod draft;
mod entry;
mod hold;
mod keeper;
mod observe;
mod others;
mod person;
mod post;
mod put;
mod state;
mod telemetry;
mod watch;
mod work;

use std::fmt;

use green_api::{Call, Instance, InstanceId, Request, RequestParts};

pub(crate) use self::draft::Draft;
pub use self::draft::Put;
use self::entry::COLUMNS;
pub use self::entry::OutboxEntry;
pub use self::hold::{Hold, OutboxEvent};
pub use self::keeper::Journal;
pub(crate) use self::observe::{observe, tells};
pub use self::put::Putting;
pub use self::state::OutboxState;
pub use self::work::OutboxWork;
use crate::store::Store;
use crate::store::conn::args;
use crate::{Error, InTransaction, Instances};

/// Messages that are to be sent, once each, whatever dies in between. Clones are the same outbox; [`Store::outbox`] returns it.
///
/// A message is put in under a key, and one or several workers, in this process or others, send it: in order within a chat, at once across chats.
/// That it is being sent is on disk before its first byte leaves. What may have been sent, and may not, is looked for in the sending queue and the
/// journal, and is only sent again after proof that the server never took it.
///
/// ```no_run
/// use green_api::Instance;
/// use green_api_mailbox::{OutboxState, Store};
///
/// # async fn example(instance: Instance, chat: green_api::ChatId) -> Result<(), green_api_mailbox::Error> {
/// let outbox = Store::sqlite("mailbox.db").await?.outbox();
///
/// // Where an order comes in. A second time, with the same key, changes nothing.
/// let request = instance.send_message(chat, "Order 4711 is on its way");
/// outbox.put("order-4711-shipped", request).await?;
///
/// // In this process or in another one.
/// outbox.work([instance]).until_empty().await?;
/// let entry = outbox.get("order-4711-shipped").await?;
/// assert_eq!(entry.state(), OutboxState::Sent);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Outbox(Store);

impl Store {
    /// Returns the outbox of this store.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        telemetry::describe();
        Outbox(self.clone())
    }
}

/// Counts of the messages in the outbox, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxStats {
    /// Messages that wait for their turn.
    pub queued: u64,
    /// Messages that are being sent.
    pub sending: u64,
    /// Messages that may have been sent, and are looked for.
    pub doubtful: u64,
    /// Messages that wait for a person.
    pub parked: u64,
    /// Instances that are held.
    pub held: u64,
    /// The time at which the oldest queued message was put in.
    pub oldest: Option<std::time::SystemTime>,
}

impl Outbox {
    pub(crate) fn store(&self) -> &Store {
        &self.0
    }

    /// Puts a message in: any request that sends. The same key with the same content is the same message, so it can be put in as often as wanted;
    /// await it, or set when it is to be sent first.
    ///
    /// When it is sent and its priority are those of the first time, and what was [taken back](Self::cancel) stays so; [`Put::state`] says it. A
    /// reminder that can be moved or set again has its time in its key.
    ///
    /// The bytes of a file are kept, up to 16 MiB; a path is kept as such, and the file is read when it is sent. Neither the time limit nor the retry
    /// policy of the request is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the key is there with another content, [`Error::Key`] if it is empty, longer than 512 bytes or has control characters,
    /// [`Error::Message`] for an operation that does not send and for a stream, [`Error::Request`] if the request breaks a documented limit,
    /// [`Error::Unavailable`] if the store does not take it now.
    pub fn put<O: Call<Account = Instance>>(
        &self,
        key: impl Into<String>,
        request: Request<O>,
    ) -> Putting {
        let draft = Draft::of(key, request);
        Putting::new(self.clone(), draft.map(|draft| vec![draft]), false)
    }

    /// Puts a message in that is in parts, by [`Request::into_parts`].
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put).
    pub fn put_parts(
        &self,
        key: impl Into<String>,
        instance: InstanceId,
        parts: RequestParts,
    ) -> Putting {
        let draft = Draft::of_parts(key.into(), instance, parts);
        Putting::new(self.clone(), draft.map(|draft| vec![draft]), false)
    }

    /// Puts a message in that any of several instances can send. A chat keeps to the instance that wrote to it first; a new one goes to the
    /// instance with the fewest chats, if it can to one that is not held.
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put), and [`Error::Message`] if there is no instance or the request goes to no chat.
    pub fn put_any<O: Call<Account = Instance>>(
        &self,
        key: impl Into<String>,
        instances: &[Instance],
        request: impl Fn(&Instance) -> Request<O>,
    ) -> Putting {
        let key = key.into();
        let drafts = instances
            .iter()
            .map(|instance| Draft::of(key.clone(), request(instance)));
        Putting::new(self.clone(), drafts.collect(), true)
    }

    /// Puts a message in within a transaction of your own, on the database that the store is in: it is sent if that is committed.
    ///
    /// Only the connection of the transaction is used. On SQLite it must have begun with `BEGIN IMMEDIATE`; on PostgreSQL nobody else can put
    /// something in for the same chat until its end. A worker sees the message when it next [looks](OutboxWork::poll).
    ///
    /// ```no_run
    /// use green_api_mailbox::sqlx::{self, SqlitePool};
    ///
    /// # async fn example(
    /// #     pool: SqlitePool, outbox: green_api_mailbox::Outbox, instance: green_api::Instance, chat: green_api::ChatId,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    /// sqlx::query("UPDATE orders SET shipped = 1 WHERE id = 4711").execute(&mut *tx).await?;
    /// let request = instance.send_message(chat, "Order 4711 is on its way");
    /// outbox.put_in(&mut tx, "order-4711-shipped", request).await?;
    /// tx.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put), and [`Error::Transaction`] if it is one of another kind of database.
    pub async fn put_in<O: Call<Account = Instance>>(
        &self,
        transaction: &mut impl InTransaction,
        key: impl Into<String>,
        request: Request<O>,
    ) -> Result<Put, Error> {
        let draft = Draft::of(key, request)?;
        let mut conn = transaction.conn();
        if conn.kind() != self.0.kind() {
            return Err(Error::Transaction(
                "it is one of another kind of database than the store".to_owned(),
            ));
        }
        draft.insert(&self.0, &mut conn).await
    }

    /// Makes a worker that sends for these instances; await it, or set how it works first. Several workers, in several processes, share the outbox.
    ///
    /// Entries of other instances stay, which is told if nobody else sends them. Each instance keeps to the pace of its handle.
    pub fn work(&self, instances: impl IntoIterator<Item = Instance>) -> OutboxWork {
        OutboxWork::new(self.clone(), instances.into_iter().collect(), false)
    }

    /// Makes a worker as [`work`](Self::work) does, for a set of instances that may change meanwhile and may be empty.
    pub fn work_on(&self, instances: &Instances) -> OutboxWork {
        OutboxWork::new(self.clone(), instances.clone(), true)
    }

    /// Returns a message and what became of it.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if no message has this key.
    pub async fn get(&self, key: &str) -> Result<OutboxEntry, Error> {
        let select = format!("SELECT {COLUMNS} FROM {{p}}outbox WHERE key = $1");
        let sql = self.0.sql().made(&select);
        let mut tx = self.0.begin().await?;
        let row = tx.conn().row(&sql, &args![key]).await?;
        let row = row.ok_or_else(|| Error::Unknown(key.to_owned()))?;
        OutboxEntry::read(&self.0, &row)
    }

    /// Returns messages in a state, or in any, in the order in which they were put in: at most so many, after the one with that key.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if no message has the key.
    pub async fn list(
        &self,
        state: Option<OutboxState>,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<OutboxEntry>, Error> {
        let after = match after {
            Some(key) => self.get(key).await?.id,
            None => 0,
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let by_state = state.map_or("", |_| "AND state = $3");
        let sql = self.0.sql().made(&format!(
            "SELECT {COLUMNS} FROM {{p}}outbox WHERE id > $1 {by_state} ORDER BY id LIMIT $2"
        ));
        let mut values = args![after, limit].to_vec();
        values.extend(state.map(|state| (state as i64).into()));
        let mut tx = self.0.begin().await?;
        let rows = tx.conn().rows(&sql, &values).await?;
        rows.iter()
            .map(|row| OutboxEntry::read(&self.0, row))
            .collect()
    }

    /// Counts what is not done yet, and what waits for a person. With the feature `metrics` it sets the gauges, so call it now and then.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn stats(&self) -> Result<OutboxStats, Error> {
        let sql = self.0.sql().get(
            "SELECT state, COUNT(*), MIN(created) FROM {p}outbox WHERE state < 3 GROUP BY state
            UNION ALL SELECT 9, COUNT(*), NULL FROM {p}outbox WHERE state = 9
            UNION ALL SELECT -1, COUNT(*), NULL FROM {p}instance WHERE held IS NOT NULL AND (held_until IS NULL OR held_until > {now})",
        );
        let mut stats = OutboxStats::default();
        let mut tx = self.0.begin().await?;
        for row in tx.conn().rows(&sql, &args![self.0.now()]).await? {
            let count = u64::try_from(row.int(1)?).unwrap_or_default();
            match row.int(0)? {
                0 => {
                    stats.queued = count;
                    stats.oldest = row.maybe_int(2)?.map(crate::store::time_of);
                }
                1 => stats.sending = count,
                2 => stats.doubtful = count,
                9 => stats.parked = count,
                _ => stats.held = count,
            }
        }
        telemetry::stats(&stats);
        Ok(stats)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outbox").field(&self.0).finish()
    }
}
