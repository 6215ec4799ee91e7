//! Putting messages in.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::SystemTime;

use super::{Draft, Outbox, Put};
use crate::Error;
use crate::store::Store;
use crate::store::conn::{Conn, args};
use crate::store::lanes::Side;

/// A message on its way into the outbox; [`Outbox::put`] and [`Outbox::put_any`] make one, and awaiting it puts it in.
#[must_use = "nothing is put in until it is awaited"]
pub struct Putting {
    outbox: Outbox,
    /// One for each instance that may send it.
    drafts: Result<Vec<Draft>, Error>,
    is_pooled: bool,
}

impl Putting {
    pub(super) fn new(outbox: Outbox, drafts: Result<Vec<Draft>, Error>, is_pooled: bool) -> Self {
        Self {
            outbox,
            drafts,
            is_pooled,
        }
    }

    fn with(mut self, set: impl Fn(&mut Draft)) -> Self {
        if let Ok(drafts) = &mut self.drafts {
            drafts.iter_mut().for_each(set);
        }
        self
    }

    /// Sets when it is sent at the earliest (default: now). What comes later for the chat does not wait for it.
    pub fn not_before(self, time: SystemTime) -> Self {
        self.with(|draft| draft.not_before(time))
    }

    /// Sets when it is sent at the latest (default: no limit); after that it is [`Expired`](crate::OutboxState::Expired).
    pub fn not_after(self, time: SystemTime) -> Self {
        self.with(|draft| draft.not_after(time))
    }

    /// Sets its priority (default: 0). What has a higher one is sent first, within a chat and among chats.
    pub fn priority(self, priority: i64) -> Self {
        self.with(|draft| draft.priority(priority))
    }

    async fn run(self) -> Result<Put, Error> {
        let drafts = self.drafts?;
        let store = self.outbox.store();
        let mut tx = store.begin().await?;
        let put = match drafts.as_slice() {
            [draft] if !self.is_pooled => draft.insert(store, &mut tx.conn()).await?,
            drafts => insert_any(store, &mut tx.conn(), drafts).await?,
        };
        tx.commit().await?;
        if put.is_new() {
            store.wake(Side::Outbox);
            super::telemetry::put();
        }
        Ok(put)
    }
}

/// Puts in the draft of the instance that knows the chat, or of the one that writes to the fewest.
async fn insert_any(store: &Store, conn: &mut Conn<'_>, drafts: &[Draft]) -> Result<Put, Error> {
    let first = drafts
        .first()
        .ok_or_else(|| Error::Message("no instance is given that could send it".to_owned()))?;
    let of = |instance: Option<i64>| {
        drafts
            .iter()
            .find(|draft| Some(draft.instance()) == instance)
    };
    let sql = store
        .sql()
        .get("SELECT instance FROM {p}outbox WHERE key = $1");
    if let Some(row) = conn.row(&sql, &args![first.key()]).await? {
        let draft = of(Some(row.int(0)?)).unwrap_or(first);
        return draft.insert(store, conn).await;
    }
    let chat = first.chat();
    if chat.is_empty() {
        return Err(Error::Message(
            "only what goes to a chat can be sent by any of several instances".to_owned(),
        ));
    }
    // Takes the row, so that two programs choose one after the other.
    let sql = store.sql().get(
        "INSERT INTO {p}recipient (chat) VALUES ($1) ON CONFLICT (chat) DO UPDATE SET chat = EXCLUDED.chat RETURNING instance",
    );
    let row = conn.row(&sql, &args![chat]).await?;
    let known = row.map_or(Ok(None), |row| row.maybe_int(0))?;
    if let Some(draft) = of(known) {
        return draft.insert(store, conn).await;
    }
    let sql = store.sql().get(
        "SELECT instance, chats, CAST(CASE WHEN held IS NOT NULL AND (held_until IS NULL OR held_until > {now}) THEN 1 ELSE 0 END AS BIGINT) FROM {p}instance",
    );
    let mut seen = Vec::new();
    for row in conn.rows(&sql, &args![store.now()]).await? {
        seen.push((row.int(0)?, (row.int(2)?, row.int(1)?)));
    }
    let load = |draft: &&Draft| {
        let found = seen
            .iter()
            .find(|(instance, _)| *instance == draft.instance());
        found.map_or((0, 0), |(_, load)| *load)
    };
    let chosen = drafts.iter().min_by_key(load).unwrap_or(first);
    let put = chosen.insert(store, conn).await?;
    let sql = store
        .sql()
        .get("UPDATE {p}recipient SET instance = $2 WHERE chat = $1");
    conn.run(&sql, &args![chat, chosen.instance()]).await?;
    let sql = store.sql().get(
        "INSERT INTO {p}instance (instance, chats) VALUES ($1, 1) ON CONFLICT (instance) DO UPDATE SET chats = {p}instance.chats + 1",
    );
    conn.run(&sql, &args![chosen.instance()]).await?;
    Ok(put)
}

impl IntoFuture for Putting {
    type Output = Result<Put, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Putting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Putting").finish_non_exhaustive()
    }
}
