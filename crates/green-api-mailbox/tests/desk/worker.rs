//! The program that is killed: it receives, thinks for a while about each message, answers and counts.

use std::env;
use std::process::{Command, ExitCode};
use std::time::Duration;

use green_api::{BoxError, Client, Credentials, Instance, Pace, Received};
use green_api_mailbox::sqlx::{self, AssertSqlSafe};
use green_api_mailbox::{Commit, Error, Store};

pub const INSTANCE: u64 = 7_103_000_001;
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";

/// What a worker is told by its environment.
#[derive(Clone, Debug)]
pub struct Orders {
    /// The path or the address of the store.
    pub store: String,
    pub prefix: String,
    /// Where notifications are received from; empty if this one only works.
    pub url: String,
    /// How long a message takes at least; at most three times as long.
    pub unit: Duration,
    pub lease: Duration,
}

const NAMES: [&str; 5] = [
    "GREEN_API_DESK_STORE",
    "GREEN_API_DESK_PREFIX",
    "GREEN_API_DESK_URL",
    "GREEN_API_DESK_UNIT",
    "GREEN_API_DESK_LEASE",
];

impl Orders {
    /// What this process was told; `None` if it is no worker.
    pub fn from_env() -> Option<Self> {
        let [store, prefix, url, unit, lease] = NAMES.map(|name| env::var(name).ok());
        let time = |text: Option<String>| text?.parse().ok().map(Duration::from_millis);
        Some(Self {
            store: store?,
            prefix: prefix?,
            url: url?,
            unit: time(unit)?,
            lease: time(lease)?,
        })
    }

    pub fn give_to(&self, command: &mut Command) {
        let times = [self.unit, self.lease].map(|time| time.as_millis().to_string());
        let values = [&self.store, &self.prefix, &self.url, &times[0], &times[1]];
        command.envs(NAMES.into_iter().zip(values));
    }

    pub async fn open(&self) -> Result<Store, Error> {
        let builder = Store::builder().prefix(&self.prefix);
        #[cfg(feature = "postgres")]
        if self.is_postgres() {
            return builder.postgres(&self.store).await;
        }
        builder.sqlite(&self.store).await
    }

    #[cfg(feature = "postgres")]
    pub fn is_postgres(&self) -> bool {
        self.store.starts_with("postgres:")
    }
}

/// How long a message takes, one to three units: the same in each attempt.
pub fn takes(unit: Duration, chat: usize, number: usize) -> Duration {
    let third = (chat * 7 + number * 11) % 21;
    unit + unit * u32::try_from(third).unwrap() / 10
}

/// The chat and the number in it.
pub fn which(received: &Received) -> (usize, usize) {
    let id = received.notification.id_message().unwrap();
    let (chat, number) = id.as_str().split_once('-').unwrap();
    (chat.parse().unwrap(), number.parse().unwrap())
}

/// Works until it is killed.
pub fn work(orders: Orders) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let end = runtime.unwrap().block_on(run(orders));
    eprintln!("the worker ended by itself: {end:?}");
    ExitCode::FAILURE
}

async fn run(orders: Orders) -> Result<(), Error> {
    let inbox = orders.open().await?.inbox();
    let url = match orders.url.as_str() {
        "" => "http://127.0.0.1:1",
        url => url,
    };
    let credentials = Credentials::new(url, &INSTANCE.to_string(), TOKEN).unwrap();
    let client = Client::builder().pace(Pace::off()).build().unwrap();
    let instance = client.instance(credentials);
    let receive = async {
        match orders.url.is_empty() {
            true => std::future::pending().await,
            false => inbox.receive(&instance).await,
        }
    };
    let (behind, answers) = (orders.clone(), instance.clone());
    let work = inbox
        .work(64, move |received, commit| {
            handle(behind.clone(), answers.clone(), received, commit)
        })
        .lease(orders.lease)
        .poll(Duration::from_millis(20));
    tokio::try_join!(receive, work.into_future()).map(drop)
}

async fn handle(
    orders: Orders,
    instance: Instance,
    received: Received,
    commit: Commit,
) -> Result<(), BoxError> {
    let (chat, number) = which(&received);
    tokio::time::sleep(takes(orders.unit, chat, number)).await;
    let to = received.notification.chat_id().unwrap().clone();
    commit.put(
        format!("reply/{chat}-{number}"),
        instance.send_message(to, "Thank you"),
    )?;
    let p = &orders.prefix;
    let statements = [
        format!("UPDATE {p}counter SET n = n + 1"),
        format!("INSERT INTO {p}journal (chat, number) VALUES ({chat}, {number})"),
    ];
    for statement in statements.map(AssertSqlSafe) {
        #[cfg(feature = "postgres")]
        if orders.is_postgres() {
            commit.postgres(move |connection| {
                Box::pin(async move {
                    let run = sqlx::query(statement).execute(connection).await;
                    Ok(run.map(drop)?)
                })
            })?;
            continue;
        }
        commit.sqlite(move |connection| {
            Box::pin(async move {
                let run = sqlx::query(statement).execute(connection).await;
                Ok(run.map(drop)?)
            })
        })?;
    }
    Ok(())
}
