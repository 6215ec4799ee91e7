//! Opening a store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use tokio::sync::Notify;

use super::conn::{Pool, Probe};
use super::sealing::Sealing;
use super::sql::Sql;
use super::{Clock, Inner, Settings, Store, schema, system_time};
use crate::Error;
use crate::error::within_tokio;

/// How long a statement waits for a connection, or for another writer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long opening waits for the server.
#[cfg(feature = "postgres")]
const CONNECTING: Duration = Duration::from_secs(10);
/// PostgreSQL cuts names after 63 bytes, and the longest of ours are added to it.
const LONGEST_PREFIX: usize = 32;

/// Sets what a store keeps and how; [`Store::builder`] makes one.
#[must_use = "a builder does nothing until the store is opened"]
pub struct StoreBuilder {
    prefix: String,
    settings: Settings,
    sealing: Sealing,
    clock: Clock,
    probe: Option<Probe>,
    #[cfg(feature = "postgres")]
    connections: u32,
}

impl Default for StoreBuilder {
    fn default() -> Self {
        Self {
            prefix: "green_api_".to_owned(),
            settings: Settings::default(),
            sealing: Sealing::default(),
            clock: Arc::new(system_time),
            probe: None,
            #[cfg(feature = "postgres")]
            connections: 8,
        }
    }
}

impl StoreBuilder {
    /// Sets what the names of the tables begin with (default: `green_api_`): lower-case letters, digits and underscores, at most 32.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a key is known after its entry is done (default: 90 days), in PostgreSQL by the clock of the database. What comes again with a key
    /// that was forgotten is taken for new.
    pub fn keep_keys(mut self, time: Duration) -> Self {
        self.settings.keys = time;
        self
    }

    /// Sets how long what people wrote is kept after it was dealt with (default: 7 days); with zero it is removed as it is done.
    pub fn keep_bodies(mut self, time: Duration) -> Self {
        self.settings.bodies = time;
        self
    }

    /// Encrypts what people wrote, the bytes of files and documents with this key: XChaCha20-Poly1305. What went wrong with a notification is
    /// encrypted as well.
    ///
    /// Not encrypted are keys and names of entries and documents, numbers of instances and chats, ids of messages, kinds, operations, states and times;
    /// and of the outbox the name, type and path of a file, and what went wrong with a message, in which a server's words can be.
    ///
    /// A store stays with the key that it was made with, or without one: it cannot be opened with another. The store knows a digest of the key.
    pub fn encrypted_with(mut self, key: &[u8; 32]) -> Self {
        self.sealing = Sealing::with(key);
        self
    }

    /// Sets how many connections to PostgreSQL are open at most (default: 8). SQLite has one.
    #[cfg(feature = "postgres")]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Sets the clock, in milliseconds since 1970: for tests.
    #[doc(hidden)]
    pub fn clock(mut self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Asks before each statement, and before and after each commit, whether it has to fail: for tests.
    #[doc(hidden)]
    pub fn probe(mut self, probe: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.probe = Some(Arc::new(probe));
        self
    }

    /// Opens a store in a file; see [`Store::sqlite`].
    ///
    /// # Errors
    ///
    /// As for [`Store::sqlite`].
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(self, path: impl AsRef<std::path::Path>) -> Result<Store, Error> {
        let path = path.as_ref();
        if path.to_string_lossy().contains("://") {
            // It can have a password.
            return Err(Error::Open(
                "an address is not a path; one of PostgreSQL begins with postgres://, without quotes or blanks before it".to_owned(),
            ));
        }
        self.file(path).await.map_err(|error| match error {
            Error::Open(reason) => Error::Open(format!("{}: {reason}", path.display())),
            error => error,
        })
    }

    #[cfg(feature = "sqlite")]
    async fn file(self, path: &std::path::Path) -> Result<Store, Error> {
        use sqlx::sqlite::{
            SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
        };

        within_tokio()?;
        make_private(path).map_err(|error| Error::Open(error.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            // What is deleted at the server must outlast a power cut here.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE);
        // SQLite has one writer, and waiting for a connection is fairer than to fight for its lock.
        let pools = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(PATIENCE);
        let begun = std::time::Instant::now();
        let pool = loop {
            let connected = pools.clone().connect_with(options.clone()).await;
            match connected {
                // SQLite waits for other writers, but not while a new file gets its journal.
                Err(error) if is_busy(&error) && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                connected => break connected?,
            }
        };
        self.open(Pool::Sqlite(pool)).await
    }

    /// Opens a store in memory; see [`Store::in_memory`].
    ///
    /// # Errors
    ///
    /// As for [`Store::in_memory`].
    #[cfg(feature = "sqlite")]
    pub async fn in_memory(self) -> Result<Store, Error> {
        use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

        within_tokio()?;
        // Each connection would have a database of its own.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            // One whose test is cut short is closed.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE)
            .connect_with(SqliteConnectOptions::new().in_memory(true))
            .await?;
        self.open(Pool::Sqlite(pool)).await
    }

    /// Opens a store in a database of PostgreSQL; see [`Store::postgres`].
    ///
    /// # Errors
    ///
    /// As for [`Store::postgres`].
    #[cfg(feature = "postgres")]
    pub async fn postgres(self, url: &str) -> Result<Store, Error> {
        use sqlx::Connection as _;
        use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};

        within_tokio()?;
        // The address has a password, so its mistakes are not repeated.
        let options: PgConnectOptions = url
            .parse()
            .map_err(|_| Error::Open("this is not an address of PostgreSQL, such as postgres://user:password@host/database".to_owned()))?;
        let options = options.application_name("green-api-mailbox");
        // A pool hides why it has no connection.
        let first = tokio::time::timeout(CONNECTING, PgConnection::connect_with(&options)).await;
        let reached =
            first.map_err(|_| Error::Unavailable("the server does not answer".to_owned()))?;
        match reached {
            Ok(connection) => drop(connection.close().await),
            Err(error) if is_distrusted(&error) => {
                return Err(Error::Open(
                    "the server's certificate is not trusted; `sslrootcert=PATH` in the address names a file with the one that it is signed by".to_owned(),
                ));
            }
            Err(sqlx::Error::Io(error)) => {
                let reason = format!("the server cannot be reached ({})", error.kind());
                return Err(match error.kind() {
                    // Of a file that the address names.
                    std::io::ErrorKind::NotFound => Error::Open(reason),
                    _ => Error::Unavailable(reason),
                });
            }
            Err(error) => return Err(error.into()),
        }
        let pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await?;
        self.open(Pool::Postgres(pool)).await
    }

    async fn open(self, pool: Pool) -> Result<Store, Error> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.prefix.len() > LONGEST_PREFIX || !self.prefix.chars().all(good) {
            return Err(Error::Open(format!(
                "the prefix of its tables must have lower-case letters, digits and underscores alone, at most {LONGEST_PREFIX}"
            )));
        }
        let sql = Sql::new(&self.prefix, pool.kind());
        let mut tx = pool.begin(None).await?;
        let version = schema::migrate(&mut tx.conn(), &sql).await?;
        schema::check_key(&mut tx.conn(), &sql, &self.sealing).await?;
        tx.commit().await?;
        tracing::debug!(version, "the mailbox's store is open");
        Ok(Store(Arc::new(Inner {
            pool,
            sql,
            sealing: self.sealing,
            settings: self.settings,
            clock: self.clock,
            ahead: AtomicI64::new(0),
            probe: self.probe,
            inbox: Notify::new(),
            outbox: Notify::new(),
            changes: Notify::new(),
            dues: Notify::new(),
        })))
    }
}

/// A certificate that is refused breaks the connection in the middle of the handshake.
#[cfg(feature = "postgres")]
fn is_distrusted(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        sqlx::Error::Tls(_) => true,
        _ => false,
    }
}

/// Another program has the file to itself for a moment.
#[cfg(feature = "sqlite")]
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<u32>().ok());
    // The lower byte is the kind: busy, or locked.
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// Makes the file for its owner alone; what SQLite writes beside it takes the same mode.
#[cfg(feature = "sqlite")]
fn make_private(path: &std::path::Path) -> std::io::Result<()> {
    // A named pipe would be waited for, by the whole program.
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "it is there, and not a file",
        ));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // One that cannot be written says so when it is.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && path.exists() => {
            Ok(())
        }
        opened => opened.map(drop),
    }
}

impl fmt::Debug for StoreBuilder {
    // It may have a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreBuilder")
            .field("prefix", &self.prefix)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
