//! The kinds of store, each empty.

use std::sync::{Arc, Once};

use green_api::Received;
#[cfg(feature = "postgres")]
use green_api_mailbox::sqlx::postgres::PgConnection;
use green_api_mailbox::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use green_api_mailbox::sqlx::{self, AssertSqlSafe, Connection as _};
use green_api_mailbox::{BoxError, Commit, Error, Store, StoreBuilder};
use serde_json::{Value, json};

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
        let mut all = Self::lasting();
        all.push(Self::Memory);
        all
    }

    /// Those that can be opened again.
    pub fn lasting() -> Vec<Self> {
        let mut lasting = vec![Self::File(tempfile::tempdir().unwrap())];
        lasting.extend(Self::postgres());
        lasting
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
        let prefix = format!("i{}_{number}_", std::process::id());
        Some(Self::Postgres { url, prefix })
    }

    pub fn is_postgres(&self) -> bool {
        !matches!(self, Self::Memory | Self::File(_))
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

    pub async fn open(&self) -> Store {
        self.open_as(Store::builder()).await
    }

    pub async fn open_as(&self, builder: StoreBuilder) -> Store {
        self.try_open(builder).await.unwrap()
    }

    pub async fn try_open(&self, builder: StoreBuilder) -> Result<Store, Error> {
        match self {
            Self::Memory => builder.in_memory().await,
            Self::File(folder) => builder.sqlite(folder.path().join("mailbox.db")).await,
            #[cfg(feature = "postgres")]
            Self::Postgres { url, prefix } => builder.prefix(prefix).postgres(url).await,
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

    /// Runs a statement of the test's own, with `{p}` for the prefix, and returns the first number of its first row.
    pub async fn sql(&self, statement: &str) -> Option<i64> {
        let statement = AssertSqlSafe(statement.replace("{p}", self.prefix()));
        match self {
            Self::Memory => panic!("it has one connection"),
            Self::File(folder) => {
                let options =
                    SqliteConnectOptions::new().filename(folder.path().join("mailbox.db"));
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                sqlx::query_scalar(statement)
                    .fetch_optional(&mut connection)
                    .await
                    .unwrap()
            }
            #[cfg(feature = "postgres")]
            Self::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query_scalar(statement)
                    .fetch_optional(&mut connection)
                    .await
                    .unwrap()
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

fn skip(why: &str) {
    static SKIPPED: Once = Once::new();
    SKIPPED.call_once(|| eprintln!("skipped: PostgreSQL, since {why}"));
}

/// A message in a chat, which is known by the last digits of its number.
pub fn message_in(chat: usize, number: usize) -> Value {
    let chat = format!("4477009{chat:05}@c.us");
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": format!("M{number}"),
        "senderData": {"chatId": chat, "sender": chat, "chatName": "Ann", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": format!("This is number {number}")}},
    })
}

pub fn message(chat: usize, number: usize) -> Received {
    serde_json::from_value(message_in(chat, number)).unwrap()
}

/// The number of a message.
pub fn number_of(received: &Received) -> usize {
    let id = received.notification.id_message().unwrap();
    id.as_str()[1..].parse().unwrap()
}

/// A list that handlers write into.
pub type List<T> = Arc<std::sync::Mutex<Vec<T>>>;
