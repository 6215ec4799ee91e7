//! The one place that knows both databases.

use std::sync::Arc;

#[cfg(feature = "sqlite")]
use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Executor as _, Row as _, SqlStr, Transaction};

use crate::Error;

type Result<T, E = Error> = std::result::Result<T, E>;

/// A parameter. A missing one has a type, which PostgreSQL asks for.
#[derive(Clone, Debug)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($($given:ty => $variant:ident($name:ident) $value:expr;)+) => {
        $(impl From<$given> for Value {
            fn from($name: $given) -> Self {
                Self::$variant($value)
            }
        })+
    };
}

from! {
    i64 => Int(value) Some(value);
    Option<i64> => Int(value) value;
    &str => Text(value) Some(value.to_owned());
    &String => Text(value) Some(value.clone());
    String => Text(value) Some(value);
    Option<String> => Text(value) value;
    Vec<u8> => Bytes(value) Some(value);
    Option<Vec<u8>> => Bytes(value) value;
}

/// The parameters of a statement.
macro_rules! args {
    ($($value:expr),* $(,)?) => { [$($crate::store::conn::Value::from($value)),*] };
}
pub(crate) use args;

/// A row of either database.
pub enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
}

macro_rules! columns {
    ($($name:ident -> $kind:ty;)+) => {
        impl Row {
            $(pub fn $name(&self, column: usize) -> Result<$kind> {
                Ok(match self {
                    #[cfg(feature = "sqlite")]
                    Self::Sqlite(row) => row.try_get(column)?,
                    #[cfg(feature = "postgres")]
                    Self::Postgres(row) => row.try_get(column)?,
                })
            })+
        }
    };
}

columns! {
    int -> i64;
    maybe_int -> Option<i64>;
    text -> String;
    maybe_text -> Option<String>;
    bytes -> Vec<u8>;
    maybe_bytes -> Option<Vec<u8>>;
}

/// Called before each statement, and before and after each commit, to make it fail: for tests of what a crash leaves behind.
pub type Probe = Arc<dyn Fn() -> bool + Send + Sync>;

fn probed(probe: Option<&Probe>) -> Result<()> {
    match probe {
        Some(probe) if probe() => Err(Error::Unavailable("a test makes it fail here".to_owned())),
        _ => Ok(()),
    }
}

/// A connection, in a transaction or not.
pub struct Conn<'c> {
    driver: Driver<'c>,
    probe: Option<Probe>,
}

enum Driver<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

/// Makes the function that binds the parameters of a statement for a database.
macro_rules! arguments {
    ($name:ident -> $arguments:ty) => {
        fn $name(values: &[Value]) -> Result<$arguments> {
            let mut arguments = <$arguments>::default();
            for value in values {
                match value.clone() {
                    Value::Int(value) => arguments.add(value),
                    Value::Text(value) => arguments.add(value),
                    Value::Bytes(value) => arguments.add(value),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(arguments)
        }
    };
}

#[cfg(feature = "sqlite")]
arguments!(for_sqlite -> SqliteArguments);
#[cfg(feature = "postgres")]
arguments!(for_postgres -> PgArguments);

impl<'c> Conn<'c> {
    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite(connection: &'c mut SqliteConnection) -> Self {
        Self {
            driver: Driver::Sqlite(connection),
            probe: None,
        }
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres(connection: &'c mut PgConnection) -> Self {
        Self {
            driver: Driver::Postgres(connection),
            probe: None,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Kind::Sqlite,
            #[cfg(feature = "postgres")]
            Driver::Postgres(_) => Kind::Postgres,
        }
    }

    /// Runs a statement, and returns how many rows it changed.
    pub(crate) async fn run(&mut self, sql: &SqlStr, values: &[Value]) -> Result<u64> {
        probed(self.probe.as_ref())?;
        Ok(match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => {
                let query = sqlx::query_with(sql.clone(), for_sqlite(values)?);
                query.execute(&mut **connection).await?.rows_affected()
            }
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => {
                let query = sqlx::query_with(sql.clone(), for_postgres(values)?);
                query.execute(&mut **connection).await?.rows_affected()
            }
        })
    }

    /// Runs a statement, and returns its rows.
    pub(crate) async fn rows(&mut self, sql: &SqlStr, values: &[Value]) -> Result<Vec<Row>> {
        probed(self.probe.as_ref())?;
        Ok(match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => {
                let query = sqlx::query_with(sql.clone(), for_sqlite(values)?);
                let rows = query.fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => {
                let query = sqlx::query_with(sql.clone(), for_postgres(values)?);
                let rows = query.fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Runs a statement, and returns its first row.
    pub(crate) async fn row(&mut self, sql: &SqlStr, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs several statements without parameters.
    pub(crate) async fn script(&mut self, sql: String) -> Result<()> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.execute(script).await.map(drop)?,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.execute(script).await.map(drop)?,
        }
        Ok(())
    }

    /// Returns the connection if it is one to SQLite.
    #[cfg(feature = "sqlite")]
    pub(crate) fn as_sqlite(&mut self) -> Option<&mut SqliteConnection> {
        match &mut self.driver {
            Driver::Sqlite(connection) => Some(connection),
            #[cfg(feature = "postgres")]
            Driver::Postgres(_) => None,
        }
    }

    /// Returns the connection if it is one to PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) fn as_postgres(&mut self) -> Option<&mut PgConnection> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => None,
            Driver::Postgres(connection) => Some(connection),
        }
    }
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => "SQLite",
            #[cfg(feature = "postgres")]
            Self::Postgres => "PostgreSQL",
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A transaction of the program's own, in which something can be put: one of sqlx, on the database that the store is in.
pub trait InTransaction: sealed::Sealed + Send {
    #[doc(hidden)]
    fn conn(&mut self) -> Conn<'_>;
}

#[cfg(feature = "sqlite")]
impl sealed::Sealed for Transaction<'_, Sqlite> {}

#[cfg(feature = "sqlite")]
impl InTransaction for Transaction<'_, Sqlite> {
    fn conn(&mut self) -> Conn<'_> {
        Conn::sqlite(self)
    }
}

#[cfg(feature = "postgres")]
impl sealed::Sealed for Transaction<'_, Postgres> {}

#[cfg(feature = "postgres")]
impl InTransaction for Transaction<'_, Postgres> {
    fn conn(&mut self) -> Conn<'_> {
        Conn::postgres(self)
    }
}

/// Connections to the store.
pub(crate) enum Pool {
    #[cfg(feature = "sqlite")]
    Sqlite(SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

impl Pool {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Kind::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self, probe: Option<Probe>) -> Result<Tx> {
        let transaction = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Begun::Sqlite(begin_sqlite(pool).await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Begun::Postgres(pool.begin().await?),
        };
        Ok(Tx { transaction, probe })
    }

    /// Takes a connection for statements that read, each for itself.
    pub(crate) async fn reader(&self, probe: Option<Probe>) -> Result<Reader> {
        let connection = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Taken::Sqlite(pool.acquire().await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Taken::Postgres(pool.acquire().await?),
        };
        Ok(Reader { connection, probe })
    }

    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => pool.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A full disk makes SQLite end a transaction by itself. sqlx does not notice: it takes the connection to be in one for ever, and refuses to begin
/// another, so a new connection is made.
#[cfg(feature = "sqlite")]
async fn begin_sqlite(pool: &SqlitePool) -> sqlx::Result<Transaction<'static, Sqlite>> {
    const BEGIN: &str = "BEGIN IMMEDIATE";

    match pool.begin_with(BEGIN).await {
        // What is in memory would go with its connection.
        Err(sqlx::Error::InvalidSavePointStatement)
            if pool.connect_options().get_filename().exists() =>
        {
            let connection = pool.acquire().await?;
            if connection.is_in_transaction() {
                connection.close().await?;
            }
            pool.begin_with(BEGIN).await
        }
        begun => begun,
    }
}

/// A connection outside a transaction.
pub(crate) struct Reader {
    connection: Taken,
    probe: Option<Probe>,
}

enum Taken {
    #[cfg(feature = "sqlite")]
    Sqlite(PoolConnection<Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(PoolConnection<Postgres>),
}

impl Reader {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        let mut conn = match &mut self.connection {
            #[cfg(feature = "sqlite")]
            Taken::Sqlite(connection) => Conn::sqlite(connection),
            #[cfg(feature = "postgres")]
            Taken::Postgres(connection) => Conn::postgres(connection),
        };
        conn.probe = self.probe.clone();
        conn
    }
}

/// A transaction of the store's own; dropped, it is rolled back.
pub(crate) struct Tx {
    transaction: Begun,
    probe: Option<Probe>,
}

enum Begun {
    #[cfg(feature = "sqlite")]
    Sqlite(Transaction<'static, Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        let mut conn = match &mut self.transaction {
            #[cfg(feature = "sqlite")]
            Begun::Sqlite(transaction) => transaction.conn(),
            #[cfg(feature = "postgres")]
            Begun::Postgres(transaction) => transaction.conn(),
        };
        conn.probe = self.probe.clone();
        conn
    }

    pub(crate) async fn commit(self) -> Result<()> {
        probed(self.probe.as_ref())?;
        match self.transaction {
            #[cfg(feature = "sqlite")]
            Begun::Sqlite(transaction) => transaction.commit().await?,
            #[cfg(feature = "postgres")]
            Begun::Postgres(transaction) => transaction.commit().await?,
        }
        // The connection can break before the answer comes.
        probed(self.probe.as_ref())
    }
}
