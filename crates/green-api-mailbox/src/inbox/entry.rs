//! What is in the inbox, to be looked at and decided on by a person.

use std::fmt;
use std::time::{Duration, SystemTime};

use green_api::{InstanceId, Received};

use super::{Inbox, metrics};
use crate::Error;
use crate::store::conn::{Row, args};
use crate::store::lanes::{Side, Waiting};
use crate::store::{Store, time_of};

/// The columns of an [`InboxEntry`], in the order in which it reads them.
macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT id, key, instance, chat, kind, body, state, attempts, problem, received, changed FROM {p}inbox ",
            $rest
        )
    };
}

/// A notification in the inbox, and what became of it.
#[derive(Clone)]
pub struct InboxEntry {
    id: i64,
    key: String,
    instance: i64,
    chat: String,
    kind: String,
    body: Option<Vec<u8>>,
    state: InboxState,
    attempts: u32,
    problem: Option<String>,
    received: i64,
    changed: i64,
}

/// The state of a notification in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InboxState {
    /// It waits for the handler, or is being handled.
    Waiting = 0,
    /// It was given up on, and waits for a person.
    Parked = 1,
    /// It was handled.
    Done = 2,
    /// A person has discarded it.
    Discarded = 3,
}

impl InboxState {
    fn of(number: i64) -> Result<Self, Error> {
        Ok(match number {
            0 => Self::Waiting,
            1 => Self::Parked,
            2 => Self::Done,
            3 => Self::Discarded,
            other => {
                return Err(Error::Unreadable(format!(
                    "an entry of the inbox has the state {other}"
                )));
            }
        })
    }

    /// Returns the name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Done => "done",
            Self::Discarded => "discarded",
        }
    }
}

impl fmt::Display for InboxState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counts of the notifications in the inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboxStats {
    /// Notifications that wait for the handler or are being handled.
    pub waiting: u64,
    /// Chats in which they wait.
    pub chats: u64,
    /// Notifications that were given up on.
    pub parked: u64,
    /// Notifications that were handled, ever.
    pub done: u64,
    /// The time since the oldest waiting notification was put in.
    pub oldest: Option<Duration>,
}

/// Returns what a body or a problem is sealed for.
pub(super) fn place(what: &str, key: &str) -> String {
    format!("inbox {what} {key}")
}

impl InboxEntry {
    pub(super) fn of(row: &Row, store: &Store) -> Result<Self, Error> {
        let key = row.text(1)?;
        // The store has the right key, so what cannot be opened is damaged, and a person can still discard it.
        let open = |what: &str, sealed: Option<Vec<u8>>| {
            sealed.and_then(|sealed| store.sealing().open(&place(what, &key), sealed).ok())
        };
        let body = open("body", row.maybe_bytes(5)?);
        let problem = open("problem", row.maybe_bytes(8)?);
        Ok(Self {
            id: row.int(0)?,
            instance: row.int(2)?,
            chat: row.text(3)?,
            kind: row.text(4)?,
            body,
            state: InboxState::of(row.int(6)?)?,
            attempts: u32::try_from(row.int(7)?).unwrap_or(u32::MAX),
            problem: problem.map(|problem| String::from_utf8_lossy(&problem).into_owned()),
            received: row.int(9)?,
            changed: row.int(10)?,
            key,
        })
    }

    /// Returns the key, under which it can be shown, replayed and discarded.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the instance that it belongs to, if that is known.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        InstanceId::try_from(self.instance).ok()
    }

    /// Returns the chat that it is about, if it is about one.
    #[must_use]
    pub fn chat(&self) -> Option<&str> {
        Some(&*self.chat).filter(|chat| !chat.is_empty())
    }

    /// Returns the kind of notification, such as `incomingMessageReceived`; empty if it cannot be read.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns what became of it.
    #[must_use]
    pub fn state(&self) -> InboxState {
        self.state
    }

    /// Returns how often it was given to the handler in vain, or ended with the process.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns what the handler said when it failed last, or why it cannot be read. It can hold what a person wrote if the error of the handler does.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Returns when it was put in.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        time_of(self.received)
    }

    /// Returns when its state or its attempts changed last.
    #[must_use]
    pub fn changed_at(&self) -> SystemTime {
        time_of(self.changed)
    }

    /// Returns what came, which is JSON unless it cannot be read; `None` once it was [pruned](crate::StoreBuilder::keep_bodies), or if it cannot be
    /// decrypted.
    #[must_use]
    pub fn raw(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// Reads it; `None` if it cannot be read, or was pruned. Its attempt is the next one.
    #[must_use]
    pub fn received(&self) -> Option<Received> {
        let received: Received = serde_json::from_slice(self.body.as_deref()?).ok()?;
        let received = received.with_attempt(self.attempts.saturating_add(1));
        Some(match self.instance() {
            Some(instance) => received.with_instance(instance),
            None => received,
        })
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// Counts attempts that ended with their process.
    pub(super) fn abandoned(&mut self, attempts: u32) {
        self.attempts = self.attempts.saturating_add(attempts);
    }

    pub(super) fn failed(&mut self, attempts: u32, problem: String) {
        self.attempts = attempts;
        self.problem = Some(problem);
    }

    pub(super) fn park(&mut self, now: i64) {
        (self.state, self.changed) = (InboxState::Parked, now);
    }
}

impl fmt::Debug for InboxEntry {
    // The rest can hold what people write.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxEntry")
            .field("kind", &self.kind)
            .field("instance", &self.instance)
            .field("state", &self.state)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl Inbox {
    /// Returns the entry with this key.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if no entry has this key; [`Error::Unavailable`] if the database cannot be reached for now.
    pub async fn get(&self, key: &str) -> Result<InboxEntry, Error> {
        let sql = self.store.sql().get(entries!("WHERE key = $1"));
        let mut reader = self.store.reader().await?;
        let row = reader.conn().row(&sql, &args![key]).await?;
        let row = row.ok_or_else(|| Error::Unknown(key.to_owned()))?;
        InboxEntry::of(&row, &self.store)
    }

    /// Returns those that were given up on, the oldest first, at most `limit`; `after` is the key of the last one that was seen, or `None` to begin.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn parked(
        &self,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<InboxEntry>, Error> {
        let sql = self.store.sql().get(entries!(
            "WHERE state = 1 AND id > COALESCE((SELECT id FROM {p}inbox WHERE key = $1), 0) ORDER BY id LIMIT $2"
        ));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut reader = self.store.reader().await?;
        let values = args![after.unwrap_or_default(), limit];
        let rows = reader.conn().rows(&sql, &values).await?;
        rows.iter()
            .map(|row| InboxEntry::of(row, &self.store))
            .collect()
    }

    /// Lets the handler try one again that was parked. It is the next in its chat, and its attempts are counted anew.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if no entry has this key, [`Error::State`] if it is not parked, and as for [`get`](Self::get).
    pub async fn replay(&self, key: &str) -> Result<(), Error> {
        let entry = self.get(key).await?;
        let not_parked = |state: InboxState| Error::State {
            key: key.to_owned(),
            state: state.to_string(),
            reason: "only what was parked can be replayed".to_owned(),
        };
        if entry.state != InboxState::Parked {
            return Err(not_parked(entry.state));
        }
        let (store, now) = (&self.store, self.store.now());
        let mut tx = store.begin().await?;
        let mut conn = tx.conn();
        let lane = (entry.instance, &*entry.chat);
        store
            .enter_lane(&mut conn, Side::Inbox, lane, Waiting::AT_ONCE)
            .await?;
        // It does not wait for what fails behind it.
        let ready = store.sql().get(
            "UPDATE {p}lane SET due = {now}, failures = 0 WHERE side = 0 AND instance = $2 AND chat = $3",
        );
        conn.run(&ready, &args![now, entry.instance, &entry.chat])
            .await?;
        let open = store.sql().get(
            "UPDATE {p}inbox SET state = 0, attempts = 0, uncounted = 0, changed = $2 WHERE id = $1 AND state = 1",
        );
        match conn.run(&open, &args![entry.id, now]).await? {
            // Somebody else was faster.
            0 => return Err(not_parked(InboxState::Waiting)),
            _ => tx.commit().await?,
        }
        store.wake(Side::Inbox);
        Ok(())
    }

    /// Lets the handler try all again that are parked now, and returns how many they are.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn replay_all(&self) -> Result<u64, Error> {
        const STEP: usize = 100;
        let (mut replayed, mut last) = (0_u64, None::<String>);
        loop {
            let parked = self.parked(STEP, last.as_deref()).await?;
            let Some(end) = parked.last() else {
                return Ok(replayed);
            };
            last = Some(end.key.clone());
            for entry in &parked {
                match self.replay(&entry.key).await {
                    Ok(()) => replayed = replayed.saturating_add(1),
                    Err(Error::State { .. } | Error::Unknown(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Discards one that waits or was parked: it is not handled, and its body is removed. A handler that has it in hand commits nothing. Its key stays
    /// known, so that it is not put in again.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if no entry has this key, [`Error::State`] if it is done, and as for [`get`](Self::get).
    pub async fn discard(&self, key: &str) -> Result<(), Error> {
        let entry = self.get(key).await?;
        let (store, now) = (&self.store, self.store.now());
        let mut tx = store.begin().await?;
        let mut conn = tx.conn();
        if entry.state == InboxState::Waiting {
            // Whoever has it in hand has lost the chat.
            let lane = store.sql().get(
                "UPDATE {p}lane SET epoch = epoch + 1, owner = NULL, until = 0, failures = 0, abandoned = 0, due = {now}
                WHERE side = 0 AND instance = $2 AND chat = $3
                AND NOT EXISTS (SELECT 1 FROM {p}inbox WHERE instance = $2 AND chat = $3 AND state = 0 AND id < $4)",
            );
            let values = args![now, entry.instance, &entry.chat, entry.id];
            conn.run(&lane, &values).await?;
        }
        let drop = store.sql().get(
            "UPDATE {p}inbox SET state = 3, body = NULL, problem = NULL, changed = {now} WHERE id = $2 AND state = $3",
        );
        let values = args![now, entry.id, entry.state as i64];
        let is_open = matches!(entry.state, InboxState::Waiting | InboxState::Parked);
        if !is_open || conn.run(&drop, &values).await? == 0 {
            return Err(Error::State {
                key: key.to_owned(),
                state: entry.state.to_string(),
                reason: "only what waits or was parked can be discarded".to_owned(),
            });
        }
        tx.commit().await?;
        store.wake(Side::Inbox);
        Ok(())
    }

    /// Counts what is in the inbox. It takes as long as there are notifications that wait or are parked, however many were handled before.
    /// With the feature `metrics` it sets the gauges, so call it now and then.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn stats(&self) -> Result<InboxStats, Error> {
        let sql = self.store.sql();
        let mut reader = self.store.reader().await?;
        let mut conn = reader.conn();
        let waiting = sql.get("SELECT COUNT(*), MIN(received) FROM {p}inbox WHERE state = 0");
        let (waiting, oldest) = match conn.row(&waiting, &[]).await? {
            Some(row) => (row.int(0)?, row.maybe_int(1)?),
            None => (0, None),
        };
        let mut counts = [waiting, 0, 0, 0];
        for (count, statement) in counts.iter_mut().skip(1).zip([
            "SELECT COUNT(*) FROM {p}lane WHERE side = 0 AND waiting = 1",
            "SELECT COUNT(*) FROM {p}inbox WHERE state = 1",
            "SELECT CAST(COALESCE(SUM(done), 0) AS BIGINT) FROM {p}lane WHERE side = 0",
        ]) {
            let row = conn.row(&sql.get(statement), &[]).await?;
            *count = row.map_or(Ok(0), |row| row.int(0))?;
        }
        let age = |received: i64| {
            let age = self.store.now().saturating_sub(received);
            Duration::from_millis(u64::try_from(age).unwrap_or_default())
        };
        let [waiting, chats, parked, done] =
            counts.map(|count| u64::try_from(count).unwrap_or_default());
        let stats = InboxStats {
            waiting,
            chats,
            parked,
            done,
            oldest: oldest.map(age),
        };
        metrics::stats(stats.waiting, stats.parked, stats.oldest);
        Ok(stats)
    }
}
