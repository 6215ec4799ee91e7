//! Tests of a bot: phones that write to it and read what it answers, offline, in milliseconds.
//!
//! ```
//! use green_api_bot::filter::{command, text};
//! use green_api_bot::{Bot, BoxError, Chat, Store, extract::Text};
//!
//! fn bot(store: Store) -> Bot {
//!     Bot::new(store)
//!         .route(command("start"), async |chat: Chat| chat.reply("Send me a word."))
//!         .route(text(), async |chat: Chat, Text(text): Text| chat.reply(text.to_uppercase()))
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), BoxError> {
//!     let test = bot(Store::in_memory().await?).test().await?;
//!     let phone = test.phone("+44 7700 900145");
//!     phone.says("/start");
//!     phone.expect("Send me a word.").await;
//!     phone.says("quiet");
//!     phone.expect("QUIET").await;
//!     phone.expect_nothing().await;
//!     Ok(())
//! }
//! ```

mod phone;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use green_api::{BoxError, Client, Credentials, Pace};
use green_api_mailbox::{Instances, Store};
use green_api_sandbox::{Clock, Sandbox};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use self::phone::Phone;
use crate::run::{self, Door, Doors, Running};
use crate::{Bot, Error};

/// The bot's number.
pub const BOT: &str = "447700900123";
/// How long a test waits for an answer before it fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(2);
/// A bot that was killed leaves its chats to the next one after this time.
const LEASE: Duration = Duration::from_millis(500);

/// A bot that runs in an offline GREEN-API, which has any number of [phones](Self::phone); [`Bot::test`] starts it.
pub struct Harness {
    running: Running,
    sandbox: Arc<Sandbox>,
    task: Option<Task>,
}

/// A bot that runs, and what stops it.
type Task = (oneshot::Sender<()>, JoinHandle<Result<(), Error>>);

impl Bot {
    /// Starts the bot in an offline GREEN-API of its own, with an instance that is linked to [`BOT`], for a test. Its doors, addresses and instances are
    /// those of the test; everything else is as it was set.
    ///
    /// # Errors
    ///
    /// An error if a route cannot be used, or no port of this machine is free.
    pub async fn test(mut self) -> Result<Harness, BoxError> {
        let clock = Clock::real();
        // An earlier test may have moved the clock of the store.
        let ahead = self.store.time().duration_since(clock.now());
        clock.advance(ahead.unwrap_or_default());
        let sandbox = Sandbox::builder()
            .settings(json!({
                "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes",
                "pollMessageWebhook": "yes", "incomingCallWebhook": "yes", "stateWebhook": "yes",
                "editedMessageWebhook": "yes", "deletedMessageWebhook": "yes",
            }))
            .linked_to(BOT)
            .clock(clock)
            // Two tests on one store are two servers, whose messages have other ids.
            .seed(fastrand::u64(..))
            .delivery_time(Duration::ZERO)
            .sending_delay(Duration::ZERO)
            .rate_limits(false)
            .start()
            .await?;
        let client = Client::builder().pace(Pace::off()).build()?;
        let credentials = sandbox.credentials(0).pass_to(Credentials::new)?;
        self.instances = Instances::default();
        self.instances.add(client.instance(credentials));
        self.handling.lease = Some(LEASE);
        let (running, _) = self.parts()?;
        let mut harness = Harness {
            running,
            sandbox: Arc::new(sandbox),
            task: None,
        };
        harness.restart();
        Ok(harness)
    }
}

impl Harness {
    /// Returns a phone by its number. The same number is the same phone.
    pub fn phone(&self, number: &str) -> Phone {
        let phone = self.sandbox.phone(number);
        Phone::new(
            phone,
            self.sandbox.phone(BOT),
            self.running.store.clone(),
            Arc::clone(&self.sandbox),
        )
    }

    /// Returns the offline GREEN-API, to make it fail, or for what the phones here cannot do.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Returns the store, to look into the inbox and the outbox.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.running.store
    }

    /// Lets time go by, for the bot's dialogues, for what it sends later and for the server: [`Store::time`] moves on, and the system's time does not.
    pub fn advance(&self, time: Duration) {
        self.sandbox.clock().advance(time);
        self.running.store.advance(time);
    }

    /// Kills the bot at whatever it is doing, as `kill -9` would, except that a message whose sending has begun is let out: whether the server has
    /// taken one that was cut off is known after minutes only. [`restart`](Self::restart) starts it again.
    pub async fn kill(&mut self) {
        let Some((_, task)) = self.task.take() else {
            return;
        };
        let outbox = self.running.store.outbox();
        while outbox.stats().await.is_ok_and(|stats| stats.sending > 0) {
            tokio::time::sleep(LOOK).await;
        }
        task.abort();
        let _ = task.await;
    }

    /// Starts the bot again, as another process with the same store.
    pub fn restart(&mut self) {
        let (stop, stopped) = oneshot::channel();
        let doors = Doors {
            door: Door::Polling,
            count_age: LOOK,
            listening: None,
            metrics: None,
            tenants: None,
        };
        let stopped = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(run::run(self.running.clone(), doors, stopped));
        self.task = Some((stop, task));
    }

    /// Stops the bot gracefully.
    ///
    /// # Errors
    ///
    /// What the bot ended with.
    pub async fn stop(&mut self) -> Result<(), Error> {
        match self.task.take() {
            Some((stop, task)) => {
                let _ = stop.send(());
                task.await.unwrap_or(Ok(()))
            }
            None => Ok(()),
        }
    }

    /// Waits until everything that was said is handled and everything that was answered is sent, but for what is for later.
    ///
    /// # Panics
    ///
    /// Panics if that takes longer than 20 seconds, or something was given up on.
    pub async fn settle(&self) {
        phone::settle(&self.sandbox, &self.running.store).await;
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        if let Some((_, task)) = self.task.take() {
            task.abort();
        }
    }
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness").finish_non_exhaustive()
    }
}
