//! What becomes of one message: it is tried until it is handled, or a dead letter.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::Message;
use futures_util::FutureExt as _;
use green_api::{BoxError, DeadLetter, InstanceId, Received, Verdict};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep};

use super::event::JetStreamEvent;
use super::options::JetStreamOptions;
use super::subject;

pub(super) type Callback<T> =
    Arc<dyn Fn(T) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send + Sync>;

/// The wait before a confirmation is asked for again.
const CONFIRMATION: Duration = Duration::from_millis(500);

/// How messages are dealt with.
#[derive(Clone)]
pub(super) struct Manner {
    pub(super) attempts: u32,
    pub(super) retry_for: Duration,
    pub(super) backoff: (Duration, Duration),
    pub(super) dead_letter: Option<Callback<DeadLetter>>,
}

/// One message in hand.
pub(super) struct Attempts {
    pub(super) manner: Manner,
    pub(super) options: JetStreamOptions,
    pub(super) handler: Callback<Received>,
    pub(super) client: Client,
    /// As many permits as handlers may run at once.
    pub(super) room: Arc<Semaphore>,
    /// Whether to end as soon as nothing is in hand.
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) sequence: u64,
    pub(super) message: Arc<Message>,
}

impl Attempts {
    /// Deals with the message until the server has confirmed that it will not come again; `false` if it was stopped before.
    pub(super) async fn run(mut self, handled: bool) -> bool {
        (handled || self.handle().await) && self.confirm().await
    }

    async fn handle(&mut self) -> bool {
        let (mut attempt, mut counted, mut spent) = (0_u32, 0_u32, Duration::ZERO);
        loop {
            attempt = attempt.saturating_add(1);
            let (letter, verdict) = match self.received(attempt) {
                Ok(received) => {
                    let kept = received.clone();
                    let Some(handled) = self.call(received).await else {
                        return false;
                    };
                    let Err(error) = handled else {
                        return true;
                    };
                    let (verdict, error) = Verdict::of(error);
                    let letter = DeadLetter::Failed {
                        received: Box::new(kept),
                        error: Some(error.into()),
                    };
                    (letter, verdict)
                }
                Err(letter) => (letter, Verdict::Hopeless),
            };
            counted = counted.saturating_add(u32::from(verdict == Verdict::Failed));
            let given_up = match verdict {
                Verdict::Later => false,
                Verdict::Failed => {
                    counted >= self.manner.attempts || spent >= self.manner.retry_for
                }
                Verdict::Hopeless => true,
            };
            let sequence = self.sequence;
            match (&self.manner.dead_letter, given_up) {
                (Some(take), true) => match call(take, letter, "dead letter callback").await {
                    Ok(()) => {
                        tracing::error!(sequence, attempt, "a message was dead-lettered");
                        return true;
                    }
                    Err(_) => self.tell(JetStreamEvent::Blocked { sequence, attempt }),
                },
                (None, true) => self.tell(JetStreamEvent::Blocked { sequence, attempt }),
                (_, false) => self.tell(JetStreamEvent::Handling { sequence, attempt }),
            }
            let since = Instant::now();
            if !self.wait(self.jitter(attempt)).await {
                return false;
            }
            if verdict != Verdict::Later {
                spent = spent.saturating_add(since.elapsed());
            }
        }
    }

    /// Calls the handler once there is room for it; `None` if it is time to stop.
    async fn call(&mut self, received: Received) -> Option<Result<(), BoxError>> {
        let room = tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            room = self.room.acquire() => room.ok()?,
        };
        let handled = call(&self.handler, received, "handler").await;
        drop(room);
        Some(handled)
    }

    /// Reads the message. The instance may stand in the subject alone.
    fn received(&self, attempt: u32) -> Result<Received, DeadLetter> {
        let (instance, _) = subject::lane(&self.message.subject);
        let instance: Option<InstanceId> = instance.parse().ok();
        let payload = &self.message.payload;
        let received = serde_json::from_slice::<Received>(payload);
        let received = received.map_err(|error| DeadLetter::Unreadable {
            instance,
            raw: payload.to_vec(),
            error: error.into(),
        })?;
        let received = received.with_attempt(attempt);
        Ok(match instance {
            Some(instance) => received.with_instance(instance),
            None => received,
        })
    }

    /// Acknowledges the message until that is confirmed. An answer of nobody, such as of a server that still reads its files, is not one.
    async fn confirm(&mut self) -> bool {
        let Some(reply) = self.message.reply.clone() else {
            return true;
        };
        loop {
            let asked = self.client.request(reply.clone(), "+ACK".into()).await;
            if asked.is_ok() {
                return true;
            }
            if !self.wait(CONFIRMATION).await {
                return false;
            }
        }
    }

    /// Waits; `false` if it is time to stop.
    async fn wait(&mut self, time: Duration) -> bool {
        tokio::select! {
            _ = self.stopping.wait_for(|stopping| *stopping) => false,
            () = sleep(time) => true,
        }
    }

    /// How long to wait after so many attempts.
    fn jitter(&self, attempt: u32) -> Duration {
        let (base, cap) = self.manner.backoff;
        let doubled = 1_u32 << attempt.saturating_sub(1).min(16);
        let limit = base.saturating_mul(doubled).min(cap);
        limit.mul_f64(fastrand::f64())
    }

    fn tell(&self, event: JetStreamEvent) {
        self.options.tell(event);
    }
}

/// Calls a callback to its end. A panic of it is a failure.
async fn call<T>(callback: &Callback<T>, item: T, what: &str) -> Result<(), BoxError> {
    let called = AssertUnwindSafe(async { callback(item).await });
    // What it panicked with could repeat the message.
    let panicked = |_| Err(format!("the {what} panicked").into());
    called.catch_unwind().await.unwrap_or_else(panicked)
}
