//! The other end of JetStream: messages are handled in order within a chat, and at once across chats.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::consumer::pull::{self, MessagesError, MessagesErrorKind};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::{AckKind, Context, Message};
use futures_util::{FutureExt as _, StreamExt as _};
use green_api::{BoxError, DeadLetter, InstanceId, Received};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, interval, sleep};

use super::attempts::{Attempts, Callback, Manner};
use super::connection::{ConnectError, connect, is_connected};
use super::event::{Difference, JetStreamEvent};
use super::jetstream::stream;
use super::lanes::{Key, Lanes};
use super::options::JetStreamOptions;
use super::subject::ROOT;

/// How long a pull waits for messages, and how often the server says meanwhile that it is there.
const PULL: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(5));
/// The wait before a consumer that cannot be reached is asked for again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often it is looked whether messages that were given out before have come.
const LOOK: Duration = Duration::from_millis(200);
/// When the server gives out again what was given back: not before it knows that the pull of this worker is over, or it would come here.
const GIVEN_BACK: Duration = Duration::from_millis(200);
/// How many messages are asked for at once.
const BATCH: u32 = 256;
/// How long to wait for what the server has sent before it knows that nothing more is wanted.
const UNDER_WAY: Duration = Duration::from_millis(200);
/// How many messages that were dealt with are remembered, since a server that is killed may give them out again.
const DEALT_WITH: usize = 8_192;

/// Handles the messages that a relay has put into JetStream: in order within a chat, and at once across chats.
///
/// A message is acknowledged after its handler has returned `Ok`, and the acknowledgement is repeated until the server has confirmed it. So each
/// message is handled at least once; what was in hand when the process was killed is handled again, so write down what you have done, under
/// the message's [`deduplication_key`](green_api::types::Notification::deduplication_key), if that matters.
///
/// A failure holds up its chat only. The message is tried again, here, with increasing waits, so nothing of that chat overtakes it; a
/// [`HandlerError`](green_api::HandlerError) says more, as everywhere. After an hour, or what [`attempts`](Self::attempts) and
/// [`retry_for`](Self::retry_for) say, it is passed to [`dead_letter`](Self::dead_letter). Without such a callback it is still tried, and told as
/// [`JetStreamEvent::Blocked`].
///
/// One process works on a consumer at a time; a second one waits until what the first one holds is dealt with or its time is over, and then the two
/// get messages of one chat side by side. Where several machines are to share the work, put the messages into an inbox.
///
/// ```no_run
/// use green_api::{BoxError, Received};
/// use green_api_mailbox::{JetStreamConsumer, JetStreamOptions};
///
/// async fn handle(received: Received) -> Result<(), BoxError> {
///     println!("{}", received.notification.kind());
///     Ok(())
/// }
///
/// # async fn example(stop: impl Future<Output = ()> + Send + 'static) -> Result<(), BoxError> {
/// let consumer = JetStreamConsumer::connect("nats://localhost:4222", "answers", JetStreamOptions::new()).await?;
/// consumer.at_once(32).until(stop).for_each(handle).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is handled before for_each"]
pub struct JetStreamConsumer {
    setup: Setup,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

struct Setup {
    context: Context,
    /// How often the connection was lost.
    times_lost: watch::Receiver<u64>,
    options: JetStreamOptions,
    name: String,
    subjects: String,
    at_once: usize,
    max_pending: u32,
    ack_wait: Duration,
    manner: Manner,
}

/// An error that has ended a [`JetStreamConsumer`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsumerError {
    /// The consumer was deleted at the server, or replaced, perhaps with its stream. What it had handled is not known there any more.
    #[error("the consumer {name} was deleted or replaced at the server")]
    Deleted {
        /// The name of the consumer.
        name: String,
    },
}

impl JetStreamConsumer {
    /// Begins to connect; see [`Relay::jetstream`](crate::Relay::jetstream) for the URL. The name is the one of a durable consumer, which knows what
    /// was handled and is created when it is missing, from the first message on. Programs with different names each get every message.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL cannot be read.
    pub async fn connect(
        url: &str,
        name: impl Into<String>,
        options: JetStreamOptions,
    ) -> Result<Self, ConnectError> {
        let (context, times_lost) = connect(url, &options).await?;
        let setup = Setup {
            context,
            times_lost,
            options,
            name: name.into(),
            subjects: format!("{ROOT}.>"),
            at_once: 16,
            max_pending: 1_024,
            ack_wait: Duration::from_secs(30),
            manner: Manner {
                attempts: u32::MAX,
                retry_for: Duration::from_secs(60 * 60),
                backoff: (Duration::from_secs(1), Duration::from_secs(60)),
                dead_letter: None,
            },
        };
        Ok(Self {
            setup,
            stop: Box::pin(std::future::pending()),
        })
    }

    /// Takes the messages of one instance only. That belongs to the name: a consumer that exists keeps what it was created with.
    pub fn instance(mut self, instance: InstanceId) -> Self {
        self.setup.subjects = format!("{ROOT}.{instance}.>");
        self
    }

    /// Sets how many handlers run at once (default: 16). A chat that waits after a failure does not count.
    pub fn at_once(mut self, limit: usize) -> Self {
        self.setup.at_once = limit.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Sets how many messages may be held here (default: 1,024), in memory. When a chat that fails has so many waiting, nothing else comes.
    pub fn max_pending(mut self, limit: u32) -> Self {
        self.setup.max_pending = limit.max(1);
        self
    }

    /// Sets how long the server waits for a sign of life before it gives out a message again (default: 30 seconds). It is told three times as often
    /// that the messages here are in work, however long that takes; so this is how long the messages of a process that was killed wait.
    pub fn ack_wait(mut self, wait: Duration) -> Self {
        self.setup.ack_wait = wait.max(Duration::from_millis(100));
        self
    }

    /// Sets for how long a message that fails is tried again before it is given up on (default: one hour).
    pub fn retry_for(mut self, time: Duration) -> Self {
        self.setup.manner.retry_for = time;
        self
    }

    /// Sets how often a message is tried at most, the first attempt included (default: as often as there is time for).
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.setup.manner.attempts = attempts.max(1);
        self
    }

    /// Sets the limit of the first wait after a failure and the limit that it grows to (default: 1 and 60 seconds).
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.setup.manner.backoff = (base, cap);
        self
    }

    /// Sets the callback that takes what was given up on, and what cannot be read. It is acknowledged when the callback returns `Ok`; until then
    /// the chat waits.
    pub fn dead_letter<H, F, E>(mut self, handler: H) -> Self
    where
        H: Fn(DeadLetter) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.setup.manner.dead_letter = Some(callback(handler));
        self
    }

    /// Ends when `stop` completes. What is in hand is finished first; what waits is given back.
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Box::pin(stop);
        self
    }

    /// Calls `handler` for every message. Outages of the server are waited out.
    ///
    /// Dropped, it stops at any point, and what is not acknowledged comes again after [`ack_wait`](Self::ack_wait).
    ///
    /// # Errors
    ///
    /// Returns an error when the consumer was deleted at the server.
    pub async fn for_each<H, F, E>(self, handler: H) -> Result<(), ConsumerError>
    where
        H: Fn(Received) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let Self { setup, mut stop } = self;
        let (stopping, stopped) = watch::channel(false);
        let mut work = Work {
            room: Arc::new(Semaphore::new(setup.at_once)),
            setup,
            handler: callback(handler),
            stopped,
            messages: None,
            lanes: Lanes::default(),
            running: JoinSet::new(),
            dealt_with: BTreeSet::new(),
            open: false,
            created: None,
        };
        loop {
            tokio::select! {
                () = &mut stop => break,
                ended = work.attached() => if let Some(ended) = ended {
                    return Err(ended);
                },
            }
        }
        stopping.send_replace(true);
        work.finish().await;
        Ok(())
    }
}

impl Setup {
    async fn find(&self) -> Result<PullConsumer, BoxError> {
        let stream = stream(&self.context, &self.options).await?;
        let config = pull::Config {
            durable_name: Some(self.name.clone()),
            ack_policy: AckPolicy::Explicit,
            deliver_policy: DeliverPolicy::All,
            ack_wait: self.ack_wait,
            max_deliver: -1,
            max_ack_pending: self.max_pending.into(),
            filter_subject: self.subjects.clone(),
            ..pull::Config::default()
        };
        let found = stream
            .get_or_create_consumer(&self.name, config.clone())
            .await?;
        let set = &found.cached_info().config;
        let differences = [
            Difference::of(
                "filter_subject",
                &config.filter_subject,
                &set.filter_subject,
            ),
            Difference::of("ack_policy", &config.ack_policy, &set.ack_policy),
            Difference::of("ack_wait", &config.ack_wait, &set.ack_wait),
            Difference::of("max_deliver", &config.max_deliver, &set.max_deliver),
            Difference::of(
                "max_ack_pending",
                &config.max_ack_pending,
                &set.max_ack_pending,
            ),
        ];
        let differences: Vec<_> = differences.into_iter().flatten().collect();
        if !differences.is_empty() {
            let name = format!("the consumer {}", self.name);
            self.options
                .tell(JetStreamEvent::Differs { name, differences });
        }
        Ok(found)
    }
}

impl fmt::Debug for JetStreamConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStreamConsumer")
            .field("name", &self.setup.name)
            .field("subjects", &self.setup.subjects)
            .finish_non_exhaustive()
    }
}

fn callback<T, H, F, E>(handler: H) -> Callback<T>
where
    H: Fn(T) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<BoxError>,
{
    Arc::new(move |item| {
        let handled = handler(item);
        Box::pin(async move { handled.await.map_err(Into::into) })
    })
}

async fn next(messages: &mut Option<pull::Stream>) -> Option<Result<Message, MessagesError>> {
    messages.as_mut()?.next().await
}

/// What is going on.
struct Work {
    setup: Setup,
    handler: Callback<Received>,
    room: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
    messages: Option<pull::Stream>,
    lanes: Lanes<Message>,
    /// What is in hand, and what became of it.
    running: JoinSet<(Key, u64, bool)>,
    dealt_with: BTreeSet<u64>,
    /// Whether all that the server has given out is here, to a worker before this one or on a way that was lost. Until then, what is new must not
    /// overtake it.
    open: bool,
    /// When the consumer was created.
    created: Option<String>,
}

impl Work {
    /// Works with the consumer as long as it is there. `None` to look for it again.
    async fn attached(&mut self) -> Option<ConsumerError> {
        let found = self.setup.find().await;
        let consumer = match self.pull(found).await {
            Ok(consumer) => consumer,
            Err(error) => {
                self.failed(&*error);
                sleep(AGAIN).await;
                return None;
            }
        };
        let info = consumer.cached_info();
        let created = info.created.to_string();
        if self.created.get_or_insert_with(|| created.clone()) != &created {
            return Some(self.deleted());
        }
        let wait = info.config.ack_wait.max(Duration::from_millis(30));
        let mut signs = interval(wait / 3);
        let mut looks = interval(LOOK);
        // What the pull before this one was given and has not come comes again.
        self.open = false;
        let all_here_by = || Instant::now() + wait + wait / 2;
        let mut open_at = all_here_by();
        loop {
            if self.setup.times_lost.has_changed().unwrap_or_default() {
                self.setup.times_lost.mark_unchanged();
                self.open = false;
                open_at = all_here_by();
                looks.reset();
            }
            self.start();
            tokio::select! {
                next = next(&mut self.messages) => match next {
                    Some(Ok(message)) => self.hold(message),
                    Some(Err(error)) if error.kind() == MessagesErrorKind::MissingHeartbeat => {}
                    Some(Err(error)) if error.kind() == MessagesErrorKind::ConsumerDeleted => {
                        return Some(self.deleted());
                    }
                    Some(Err(error)) => {
                        self.failed(&error);
                        sleep(AGAIN).await;
                        return None;
                    }
                    None => return None,
                },
                Some(done) = self.running.join_next() => self.done(done),
                _ = signs.tick() => self.give_signs(AckKind::Progress).await,
                _ = looks.tick(), if !self.open => {
                    if !self.is_connected() {
                        // What was lost comes again after the connection does.
                        open_at = all_here_by();
                        continue;
                    }
                    let info = consumer.get_info().await;
                    let all_here = info.is_ok_and(|info| info.num_ack_pending <= self.lanes.len());
                    self.open = all_here || Instant::now() >= open_at;
                }
            }
        }
    }

    async fn pull(
        &mut self,
        found: Result<PullConsumer, BoxError>,
    ) -> Result<PullConsumer, BoxError> {
        let consumer = found?;
        let (expires, heartbeat) = PULL;
        let batch = self.setup.max_pending.min(BATCH) as usize;
        let messages = consumer
            .stream()
            .max_messages_per_batch(batch)
            .expires(expires)
            .heartbeat(heartbeat);
        let messages = messages.messages().await?;
        self.take_what_has_come();
        self.messages = Some(messages);
        Ok(consumer)
    }

    fn is_connected(&self) -> bool {
        self.setup.context.client().connection_state() == State::Connected
    }

    fn hold(&mut self, message: Message) {
        if let Ok(info) = message.info() {
            let (sequence, subject) = (info.stream_sequence, message.subject.to_string());
            self.lanes.hold(sequence, &subject, message);
        }
    }

    /// Begins what may begin.
    fn start(&mut self) {
        while self.open {
            let Some((key, sequence, message)) = self.lanes.take() else {
                return;
            };
            let attempts = Attempts {
                manner: self.setup.manner.clone(),
                options: self.setup.options.clone(),
                handler: self.handler.clone(),
                client: self.setup.context.client(),
                room: self.room.clone(),
                stopping: self.stopped.clone(),
                sequence,
                message,
            };
            let handled = self.dealt_with.contains(&sequence);
            let run = async move { (key, sequence, attempts.run(handled).await) };
            self.running.spawn(run);
        }
    }

    fn done(&mut self, done: Result<(Key, u64, bool), tokio::task::JoinError>) {
        if let Ok((key, sequence, true)) = done {
            self.lanes.dealt_with(&key, sequence);
            self.dealt_with.insert(sequence);
            if self.dealt_with.len() > DEALT_WITH {
                self.dealt_with.pop_first();
            }
        }
    }

    /// Tells the server something about all that is held here.
    async fn give_signs(&self, kind: AckKind) {
        for message in self.lanes.held() {
            // What is told to nobody would only wait.
            if !is_connected(&self.setup.context.client()) {
                return;
            }
            let _ = message.ack_with(kind).await;
        }
    }

    /// Finishes what is in hand, and gives back the rest.
    async fn finish(&mut self) {
        let mut signs = interval(self.setup.ack_wait / 3);
        let mut under_way = pin!(sleep(UNDER_WAY));
        while self.messages.is_some() || !self.running.is_empty() {
            tokio::select! {
                Some(done) = self.running.join_next() => self.done(done),
                () = &mut under_way, if self.messages.is_some() => self.take_what_has_come(),
                _ = signs.tick() => self.give_signs(AckKind::Progress).await,
            }
        }
        self.give_signs(AckKind::Nak(Some(GIVEN_BACK))).await;
        if is_connected(&self.setup.context.client()) {
            let _ = self.setup.context.client().flush().await;
        }
    }

    /// Takes what the server has sent already, which it would otherwise give to nobody until `ack_wait` is over. It is not waited for, since the stream
    /// asks for more meanwhile.
    fn take_what_has_come(&mut self) {
        let Some(mut messages) = self.messages.take() else {
            return;
        };
        while let Some(Some(Ok(message))) = unconstrained(messages.next()).now_or_never() {
            self.hold(message);
        }
    }

    fn failed(&self, error: &(dyn std::error::Error + 'static)) {
        let name = &self.setup.name;
        let reason = format!("the consumer {name} cannot be read: {error}");
        self.setup.options.tell(JetStreamEvent::Failed { reason });
    }

    fn deleted(&self) -> ConsumerError {
        ConsumerError::Deleted {
            name: self.setup.name.clone(),
        }
    }
}
