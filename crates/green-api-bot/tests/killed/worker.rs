//! The program that is killed: the demo bot.

use std::env;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use green_api::{Client, Credentials, Pace};
use green_api_bot::{BoxError, Store};

pub const INSTANCE: u64 = 7_103_000_001;
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";

const URL: &str = "GREEN_API_TESTS_KILLED_URL";
const STORE: &str = "GREEN_API_TESTS_KILLED_STORE";

/// What a worker is told by its environment.
pub struct Orders {
    pub url: String,
    pub store: PathBuf,
}

/// A worker, which does not outlive this.
pub struct Worker(pub Child);

impl Orders {
    pub fn from_env() -> Option<Self> {
        Some(Self {
            url: env::var(URL).ok()?,
            store: env::var_os(STORE)?.into(),
        })
    }

    pub fn start(&self) -> std::io::Result<Worker> {
        let mut command = Command::new(env::current_exe()?);
        command.env(URL, &self.url).env(STORE, &self.store);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.spawn().map(Worker)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // SIGKILL; it is gone when this returns.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Works until it is killed.
pub fn work(orders: &Orders) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let end = runtime.map_or_else(
        |error| Err(error.into()),
        |runtime| runtime.block_on(run(orders)),
    );
    eprintln!("the bot ended by itself: {end:?}");
    ExitCode::FAILURE
}

async fn run(orders: &Orders) -> Result<(), BoxError> {
    let credentials = Credentials::new(&orders.url, &INSTANCE.to_string(), TOKEN)?;
    let instance = Client::builder()
        .pace(Pace::off())
        .build()?
        .instance(credentials);
    let bot = crate::demo::bot(Store::sqlite(&orders.store).await?);
    // Whoever died keeps its chats for this time only.
    let bot = bot.lease(Duration::from_millis(500)).instance(instance);
    Ok(bot.run_until(std::future::pending()).await?)
}
