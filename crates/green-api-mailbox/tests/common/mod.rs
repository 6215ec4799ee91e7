//! The kinds of store that this machine has, each empty, for tests and for the programs that they kill.

#![allow(dead_code, reason = "each test has its own part of it")]

use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use green_api::BoxError;
#[cfg(feature = "postgres")]
use green_api_mailbox::sqlx::postgres::PgConnection;
use green_api_mailbox::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use green_api_mailbox::sqlx::{self, AssertSqlSafe, Connection as _};
use green_api_mailbox::{Commit, Error, Store, StoreBuilder};

/// Where a store is.
pub enum Place {
    Memory,
    File(tempfile::TempDir),
    /// A prefix of its own in a database that all tests share.
    #[cfg(feature = "postgres")]
    Postgres {
        url: String,
        prefix: String,
    },
}

impl Place {
    /// All kinds that this machine has.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Memory];
        all.extend(Self::lasting());
        all
    }

    /// Those that can be opened again.
    pub fn lasting() -> Vec<Self> {
        let mut lasting = vec![Self::file()];
        lasting.extend(Self::postgres());
        lasting
    }

    pub fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    #[cfg(not(feature = "postgres"))]
    pub fn postgres() -> Option<Self> {
        skip("the feature `postgres` is off");
        None
    }

    #[cfg(feature = "postgres")]
    pub fn postgres() -> Option<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};

        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var("GREEN_API_TEST_POSTGRES") else {
            skip("GREEN_API_TEST_POSTGRES is not set");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("t{}_{number}_{}_", std::process::id(), fastrand::u16(..));
        Some(Self::Postgres { url, prefix })
    }

    pub fn is_postgres(&self) -> bool {
        !matches!(self, Self::Memory | Self::File(_))
    }

    pub async fn open(&self) -> Store {
        self.open_as(Store::builder()).await
    }

    pub async fn open_as(&self, builder: StoreBuilder) -> Store {
        self.try_open(builder).await.unwrap()
    }

    pub async fn try_open(&self, builder: StoreBuilder) -> Result<Store, Error> {
        if let Self::Memory = self {
            return builder.in_memory().await;
        }
        open(builder, &self.address(), self.prefix()).await
    }

    /// The path of its file, or its URL: what [`open`] takes in another program.
    pub fn address(&self) -> String {
        match self {
            Self::Memory => panic!("nobody else gets into it"),
            Self::File(folder) => folder.path().join("mailbox.db").display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    /// The beginning of the names of its tables.
    pub fn prefix(&self) -> &str {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { prefix, .. } => prefix,
            _ => "green_api_",
        }
    }

    pub fn folder(&self) -> &Path {
        match self {
            Self::File(folder) => folder.path(),
            _ => panic!("it is in no folder"),
        }
    }

    /// Makes a table whose rows stand in the order in which they were committed.
    pub async fn make_journal(&self) {
        let id = match self.is_postgres() {
            true => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            false => "INTEGER PRIMARY KEY AUTOINCREMENT",
        };
        self.sql(&format!(
            "CREATE TABLE {{p}}journal (id {id}, number BIGINT NOT NULL)"
        ))
        .await;
    }

    /// Runs a statement from outside, with `{p}` for the prefix, and returns the first number of its first row.
    pub async fn sql(&self, statement: &str) -> Option<i64> {
        let statement = AssertSqlSafe(statement.replace("{p}", self.prefix()));
        match self {
            Self::Memory => panic!("nobody else gets into it"),
            Self::File(_) => {
                let options = SqliteConnectOptions::new().filename(self.address());
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                let row = sqlx::query_scalar(statement).fetch_optional(&mut connection);
                row.await.unwrap()
            }
            #[cfg(feature = "postgres")]
            Self::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let row = sqlx::query_scalar(statement).fetch_optional(&mut connection);
                row.await.unwrap()
            }
        }
    }

    /// Has a statement of the handler's own committed with its notification.
    pub fn effect(&self, commit: &Commit, statement: &str) -> Result<(), BoxError> {
        let statement = AssertSqlSafe(statement.replace("{p}", self.prefix()));
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { .. } => commit.postgres(move |connection| {
                Box::pin(
                    async move { Ok(sqlx::query(statement).execute(connection).await.map(drop)?) },
                )
            })?,
            _ => commit.sqlite(move |connection| {
                Box::pin(
                    async move { Ok(sqlx::query(statement).execute(connection).await.map(drop)?) },
                )
            })?,
        }
        Ok(())
    }
}

/// Opens the store of a [`Place`] by its address.
pub async fn open(builder: StoreBuilder, address: &str, prefix: &str) -> Result<Store, Error> {
    let builder = builder.prefix(prefix);
    #[cfg(feature = "postgres")]
    if address.starts_with("postgres:") {
        return builder.connections(4).postgres(address).await;
    }
    builder.sqlite(address).await
}

fn skip(why: &str) {
    static SKIPPED: std::sync::Once = std::sync::Once::new();
    SKIPPED.call_once(|| eprintln!("skipped: PostgreSQL, since {why}"));
}

/// Polls a future so often and drops it then, as a crash does.
pub async fn crashed<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
