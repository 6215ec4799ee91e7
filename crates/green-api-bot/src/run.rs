//! Running: everything at once, and its end in order.

mod catching_up;
mod http;
mod receiving;
mod settings;
mod signals;
mod tenants;

use std::future::Future;
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use green_api::webhook::Authorization;
use green_api::{BoxError, HandlerError, Received};
#[cfg(feature = "nats")]
use green_api_mailbox::JetStreamConsumer;
use green_api_mailbox::{Commit, Instances, Journal, Outbox, Store};
use tokio::sync::watch;

pub(crate) use self::catching_up::COUNT_AGE;
use self::catching_up::{CaughtUp, nothing_waits};
pub(crate) use self::http::Render;
use self::receiving::Attending;
pub(crate) use self::settings::Settings;
pub(crate) use self::signals::until_asked_to_end;
pub(crate) use self::tenants::Tenants;
use crate::event::OnEvent;
use crate::router::Routes;
use crate::{BotEvent, Error, HandlerResult, Update};

/// How long the last answers have to be sent at the end. What is left then, such as what is for later, is sent by the next process.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);

/// What a running bot consists of. Clones are the same bot.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) store: Store,
    pub(crate) routes: Arc<Routes>,
    pub(crate) instances: Instances,
    pub(crate) settings: Settings,
    pub(crate) handling: Handling,
    pub(crate) tell: Tell,
}

/// Where notifications come in, and what else it serves.
pub(crate) struct Doors {
    pub(crate) door: Door,
    /// How old the server's count of notifications that wait may be.
    pub(crate) count_age: Duration,
    pub(crate) listening: Option<TcpListener>,
    pub(crate) metrics: Option<Render>,
    pub(crate) tenants: Option<Tenants>,
}

pub(crate) enum Door {
    Polling,
    Webhook(Authorization),
    #[cfg(feature = "nats")]
    JetStream(Box<JetStreamConsumer>),
}

/// How it is handled.
#[derive(Clone)]
pub(crate) struct Handling {
    pub(crate) limit: usize,
    pub(crate) attempts: Option<u32>,
    pub(crate) backoff: Option<(Duration, Duration)>,
    pub(crate) lease: Option<Duration>,
    pub(crate) journal: Journal,
}

impl Default for Handling {
    fn default() -> Self {
        Self {
            limit: 64,
            attempts: None,
            backoff: None,
            lease: None,
            journal: Journal::AsIs,
        }
    }
}

/// Tells what happens, to the program or to the log.
#[derive(Clone)]
pub(crate) struct Tell(Option<OnEvent>);

impl Tell {
    pub(crate) fn new(callback: Option<OnEvent>) -> Self {
        Self(callback)
    }

    pub(crate) fn event(&self, event: &BotEvent<'_>) {
        match (&self.0, event) {
            (Some(callback), event) => {
                // What it panicked with could repeat a message.
                if catch_unwind(AssertUnwindSafe(|| callback(event))).is_err() {
                    tracing::error!("the on_event callback panicked");
                }
            }
            // These are logged where they happen.
            (None, BotEvent::Receiving(_) | BotEvent::Parked(_) | BotEvent::Outbox(_)) => {}
            (None, BotEvent::SwitchedOn { instance, settings }) => {
                tracing::info!(
                    instance = instance.get(),
                    ?settings,
                    "receiving was switched on, which takes up to five minutes"
                );
            }
            (None, BotEvent::Off { instance, settings }) => {
                tracing::warn!(
                    instance = instance.get(),
                    ?settings,
                    "these settings are off, so the bot does not hear everything"
                );
            }
            (None, BotEvent::Broken { instance, error }) => {
                tracing::error!(instance = instance.get(), %error, "an instance cannot be used");
            }
            (None, BotEvent::Mended { instance }) => {
                tracing::info!(instance = instance.get(), "an instance can be used again");
            }
            (None, BotEvent::Tenants(_)) => {
                tracing::error!("the instances cannot be asked for, and stay as they are");
            }
        }
    }
}

impl Running {
    /// Handles one notification.
    async fn handle(self, received: Received, commit: Commit) -> HandlerResult {
        let instance = received.instance().and_then(|id| self.instances.get(id));
        let instance = instance
            .ok_or_else(|| HandlerError::later("its instance is not served here any more"))?;
        let update = Update::new(received, commit.key(), instance.id());
        let update = update.with_dialogues(&self.store).await;
        let update = update.map_err(without_dialogues)?;
        self.routes.handle(update, instance, commit).await
    }
}

/// Says what becomes of a notification whose dialogues cannot be had. What would fail in each attempt must not hold up its chat.
fn without_dialogues(error: green_api_mailbox::Error) -> BoxError {
    use green_api_mailbox::Error as E;
    match error {
        error if error.is_transient() => HandlerError::later(error).into(),
        error @ (E::Unreadable(_) | E::Document(_)) => HandlerError::hopeless(error).into(),
        error => error.into(),
    }
}

/// Runs until `end`. Then the doors are closed, then what is in hand is handled, and then what is being sent is finished.
pub(crate) async fn run(
    running: Running,
    doors: Doors,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let (door_open, door_closed) = watch::channel(());
    let (handling, handled) = watch::channel(());
    let (stop, stopping) = watch::channel(false);

    let (inbox, outbox) = (running.store.inbox(), running.store.outbox());
    // What comes late after an outage was perhaps said in time, and is handled before time-outs.
    let caught_up = Instances::new();
    let bot = running.clone();
    let tell = running.tell.clone();
    let how = running.handling.clone();
    let mut work = inbox
        .work(how.limit, move |received, commit| {
            bot.clone().handle(received, commit)
        })
        .instances(&running.instances)
        .due_documents_of(&caught_up)
        .on_parked(move |entry| tell.event(&BotEvent::Parked(entry)))
        .until(ended(door_closed));
    let tell = running.tell.clone();
    let mut post = outbox
        .work_on(&running.instances)
        .limit(how.limit)
        .journal(how.journal)
        .on_event(move |event| tell.event(&BotEvent::Outbox(event)))
        .until(ended(handled));
    if let Some(attempts) = how.attempts {
        work = work.attempts(attempts);
    }
    if let Some((base, cap)) = how.backoff {
        work = work.backoff(base, cap);
    }
    if let Some(lease) = how.lease {
        work = work.lease(lease);
        post = post.lease(lease);
    }

    let Doors {
        door,
        count_age,
        listening,
        metrics,
        tenants,
    } = doors;
    if matches!(door, Door::Webhook(_)) {
        // Nothing shows whether the server can post.
        let instances = running.instances.clone();
        work = work.before_due_documents(move |id| {
            let instance = instances.get(id);
            async move {
                if let Some(instance) = instance {
                    nothing_waits(&instance, count_age).await;
                }
            }
        });
    }
    let address = listening
        .as_ref()
        .map(TcpListener::local_addr)
        .transpose()?;
    let mut served = http::router(&running, metrics, address.map(|address| address.ip()));
    if let Door::Webhook(authorization) = &door {
        if listening.is_none() {
            return Err(Error::NowhereToListen);
        }
        let tell = running.tell.clone();
        let webhook = inbox.endpoint(authorization.clone());
        let webhook = webhook.on_problem(move |problem| tell.event(&BotEvent::Receiving(problem)));
        served = served.nest("/webhook", webhook.build().into_router());
    }
    let attending = Attending {
        running: running.clone(),
        polls: matches!(door, Door::Polling),
        caught_up_after: match door {
            Door::Polling => CaughtUp::NothingWaits(count_age),
            Door::Webhook(_) => CaughtUp::AtOnce,
            #[cfg(feature = "nats")]
            Door::JetStream(_) => CaughtUp::Grace,
        },
        caught_up,
    };
    let receiving = receiving::receive(attending, door, stopping.clone());
    let asking = tenants::ask(tenants, &running);
    let closing = async {
        let mut received = pin!(async {
            tokio::select! {
                received = receiving => received,
                never = asking => match never {},
            }
        });
        let received = tokio::select! {
            // It ends by itself only when it cannot go on.
            received = &mut received => received,
            () = end => {
                stop.send_replace(true);
                received.await
            }
        };
        drop(door_open);
        received
    };
    let handling = async {
        let worked = work.await;
        if worked.is_ok() {
            let _ = tokio::time::timeout(LAST_ANSWERS, all_sent(&outbox)).await;
        }
        drop(handling);
        worked.map_err(Error::from)
    };
    let posting = async { post.await.map_err(Error::from) };
    let serving = http::serve(listening, served);
    let all = async { tokio::try_join!(closing, handling, posting).map(|((), (), ())| ()) };
    tokio::select! {
        ended = all => ended,
        failed = serving => failed,
    }
}

/// Completes when nothing waits to be sent any more.
async fn all_sent(outbox: &Outbox) {
    while outbox
        .stats()
        .await
        .is_ok_and(|stats| stats.queued + stats.sending > 0)
    {
        tokio::time::sleep(LOOK).await;
    }
}

/// Completes when the sender is gone.
async fn ended(mut channel: watch::Receiver<()>) {
    while channel.changed().await.is_ok() {}
}
