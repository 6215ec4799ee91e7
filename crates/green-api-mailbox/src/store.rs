//! The store: where notifications and messages are until they are dealt with.

pub(crate) mod conn;
pub(crate) mod lanes;
mod opening;
mod schema;
pub(crate) mod sealing;
pub(crate) mod sql;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

pub use self::conn::InTransaction;
use self::conn::{Pool, Probe, Reader, Tx};
pub use self::opening::StoreBuilder;
use self::sealing::Sealing;
use self::sql::Sql;
use crate::Error;
use crate::error::within_tokio;

/// A store of notifications and messages: a SQLite file or a PostgreSQL database. Clones share the connections.
///
/// It contains what people write, but no tokens. [`Inbox`](crate::Inbox) and [`Outbox`](crate::Outbox) are built on it.
///
/// ```no_run
/// # async fn example() -> Result<(), green_api_mailbox::Error> {
/// let store = green_api_mailbox::Store::sqlite("mailbox.db").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    pool: Pool,
    sql: Sql,
    sealing: Sealing,
    settings: Settings,
    clock: Clock,
    /// How far the clock was moved, in milliseconds.
    ahead: AtomicI64,
    probe: Option<Probe>,
    /// Woken when something is put in by this process.
    inbox: Notify,
    outbox: Notify,
    /// Woken when something became of a message.
    changes: Notify,
    /// Woken when a document is due at another time.
    dues: Notify,
}

/// What is kept for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// How long keys are known after their entry is done.
    pub(crate) keys: Duration,
    /// How long bodies are kept after their entry is done.
    pub(crate) bodies: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        Self {
            keys: day.saturating_mul(90),
            bodies: day.saturating_mul(7),
        }
    }
}

/// Returns the time, in milliseconds since 1970.
type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

impl Store {
    /// Opens a store in a file, which is made if it is not there, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] if the file cannot be opened, is none of SQLite or is encrypted, [`Error::Newer`] if a newer version of this crate made it.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        Self::builder().sqlite(path).await
    }

    /// Opens a store in a database of PostgreSQL, by an address such as `postgres://user:password@host/database`.
    ///
    /// With `?sslmode=verify-full` it is spoken to by TLS alone, and has to be known by its certificate; without it TLS is used where the server offers
    /// it, whoever that is. `&sslrootcert=PATH` names a file with the certificate of an authority of your own.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the server cannot be reached, [`Error::Open`] if it does not let the user in, or the store is encrypted,
    /// [`Error::Newer`] if a newer version of this crate made the tables.
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        Self::builder().postgres(url).await
    }

    /// Opens a store in memory, for tests: it ends with the last clone.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] if there is no room for it.
    #[cfg(feature = "sqlite")]
    pub async fn in_memory() -> Result<Self, Error> {
        Self::builder().in_memory().await
    }

    /// Returns a builder, to set what a store keeps and how.
    pub fn builder() -> StoreBuilder {
        StoreBuilder::default()
    }

    /// Returns an error outside of a Tokio runtime: for a bot, which would wait there before it asks the store.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`].
    #[doc(hidden)]
    pub fn within_tokio(&self) -> Result<(), Error> {
        within_tokio()
    }

    /// Closes the connections, once what is under way has ended.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// Returns which database it is in.
    pub(crate) fn kind(&self) -> conn::Kind {
        self.0.pool.kind()
    }

    pub(crate) fn sql(&self) -> &Sql {
        &self.0.sql
    }

    pub(crate) fn sealing(&self) -> &Sealing {
        &self.0.sealing
    }

    pub(crate) fn settings(&self) -> Settings {
        self.0.settings
    }

    /// Returns this machine's time in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.unmoved().saturating_add(self.ahead())
    }

    /// Returns this machine's time as if no test had moved the clock.
    pub(crate) fn unmoved(&self) -> i64 {
        (self.0.clock)()
    }

    /// Returns how far the clock was moved, in milliseconds.
    pub(crate) fn ahead(&self) -> i64 {
        self.0.ahead.load(Ordering::Relaxed)
    }

    /// Moves the clock of this store forward, and wakes whoever waits for a time: for tests.
    #[doc(hidden)]
    pub fn advance(&self, time: Duration) {
        self.0
            .ahead
            .fetch_add(milliseconds(time), Ordering::Relaxed);
        self.wake(lanes::Side::Inbox);
        self.wake(lanes::Side::Outbox);
        self.0.dues.notify_waiters();
    }

    /// Returns the time by which messages and documents in the store become due: this machine's, unless a test of a bot has moved it on. Reckon from it
    /// what is for later.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        time_of(self.now())
    }

    /// Takes a connection for statements that read, each for itself.
    pub(crate) async fn reader(&self) -> Result<Reader, Error> {
        within_tokio()?;
        self.0.pool.reader(self.0.probe.clone()).await
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        within_tokio()?;
        self.0.pool.begin(self.0.probe.clone()).await
    }

    /// Tells workers of this process that something was put in.
    pub(crate) fn wake(&self, side: lanes::Side) {
        self.woken(side).notify_waiters();
    }

    /// Tells those of this process that wait for what becomes of messages.
    pub(crate) fn changed(&self) {
        self.0.changes.notify_waiters();
    }

    /// Returns what is notified when something became of a message.
    pub(crate) fn changes(&self) -> &Notify {
        &self.0.changes
    }

    /// Returns what is notified when a document is due at another time.
    pub(crate) fn dues(&self) -> &Notify {
        &self.0.dues
    }

    /// Returns what is notified when something is put in.
    pub(crate) fn woken(&self, side: lanes::Side) -> &Notify {
        match side {
            lanes::Side::Inbox => &self.0.inbox,
            lanes::Side::Outbox => &self.0.outbox,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.0.pool.kind();
        f.debug_tuple("Store").field(&kind).finish()
    }
}

/// Returns the system's time in milliseconds since 1970.
fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, milliseconds)
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    /// It can be added to a time without an overflow, here and in SQL.
    const LONGEST: i64 = i64::MAX / 4;

    i64::try_from(duration.as_millis()).map_or(LONGEST, |time| time.min(LONGEST))
}

/// Returns the point in time so many milliseconds after 1970.
pub(crate) fn time_of(milliseconds: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
    SystemTime::UNIX_EPOCH
        .checked_add(since)
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Returns the milliseconds from 1970 to a point in time.
pub(crate) fn since_epoch(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, milliseconds)
}
