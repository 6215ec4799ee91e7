//! A bot: routes, a store, instances.

use std::fmt;
use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use green_api::webhook::Authorization;
use green_api::{BoxError, Instance, Received};
#[cfg(feature = "nats")]
use green_api_mailbox::JetStreamConsumer;
use green_api_mailbox::{Instances, Journal, Store};
use tower::{Layer, Service};

use crate::event::OnEvent;
use crate::filter::Filter;
use crate::run::{self, Door, Handling, Settings, Tenants};
use crate::{BotEvent, Context, Error, Explanation, Handler, HandlerService, Router};

/// A bot: it receives what people write, hands it to the first [route](Router) that fits, and sends the answers, each exactly once, whatever dies in
/// between.
///
/// ```no_run
/// use green_api::Instance;
/// use green_api_bot::filter::{command, text};
/// use green_api_bot::{Bot, Chat, Store, extract::Text};
///
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     Bot::new(Store::sqlite("bot.db").await?)
///         .route(command("start"), async |chat: Chat| chat.reply("Send me a word."))
///         .route(text(), async |chat: Chat, Text(text): Text| chat.reply(text.to_uppercase()))
///         .instance(Instance::from_env()?)
///         .run()
///         .await?;
///     Ok(())
/// }
/// ```
#[must_use = "a bot does nothing until it runs"]
pub struct Bot {
    pub(crate) store: Store,
    router: Router,
    pub(crate) instances: Instances,
    door: Door,
    listening: Option<TcpListener>,
    metrics: Option<run::Render>,
    tenants: Option<Tenants>,
    settings: Settings,
    pub(crate) handling: Handling,
    on_event: Option<OnEvent>,
}

impl Bot {
    /// Creates a bot that keeps everything in this store. One store serves any number of processes of the same bot.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            router: Router::new(),
            instances: Instances::default(),
            door: Door::Polling,
            listening: None,
            metrics: None,
            tenants: None,
            settings: Settings::SwitchOn,
            handling: Handling::default(),
            on_event: None,
        }
    }

    fn routing(mut self, change: impl FnOnce(Router) -> Router) -> Self {
        self.router = change(self.router);
        self
    }

    /// Adds a route; see [`Router::route`].
    pub fn route<Arguments: 'static>(
        self,
        filter: Filter,
        handler: impl Handler<Arguments>,
    ) -> Self {
        self.routing(|router| router.route(filter, handler))
    }

    /// Adds a route whose handler ends when the person writes again; see [`Router::route_latest`].
    pub fn route_latest<Arguments: 'static>(
        self,
        filter: Filter,
        handler: impl Handler<Arguments>,
    ) -> Self {
        self.routing(|router| router.route_latest(filter, handler))
    }

    /// Sets the handler of messages that no route is for; see [`Router::fallback`].
    pub fn fallback<Arguments: 'static>(self, handler: impl Handler<Arguments>) -> Self {
        self.routing(|router| router.fallback(handler))
    }

    /// Adds the routes of a router behind these; see [`Router::merge`].
    pub fn routes(self, router: Router) -> Self {
        self.routing(|routes| routes.merge(router))
    }

    /// Puts middleware around all routes that were added before; see [`Router::layer`].
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<HandlerService>,
        L::Service: Service<Context, Response = (), Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.routing(|router| router.layer(layer))
    }

    /// Shares a value with handlers; see [`Router::data`].
    pub fn data<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.routing(|router| router.data(value))
    }

    /// Sets what commands begin with; see [`Router::prefixes`].
    pub fn prefixes(self, prefixes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.routing(|router| router.prefixes(prefixes))
    }

    /// Adds an instance that it serves.
    pub fn instance(self, instance: Instance) -> Self {
        self.instances.add(instance);
        self
    }

    /// Serves the instances of this set, which may change while the bot runs, instead of those that were added.
    pub fn instances(mut self, instances: &Instances) -> Self {
        self.instances = instances.clone();
        self
    }

    /// Calls `ask` at the start and then at the interval `every`; starts serving new instances and stops serving removed ones. An error changes
    /// nothing and is reported as [`BotEvent::Tenants`].
    ///
    /// The store holds no tokens, so `ask` returns instances with theirs.
    ///
    /// ```
    /// # async fn example(store: green_api_bot::Store) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use green_api::{BoxError, Client, Credentials};
    /// use green_api_bot::Bot;
    ///
    /// # async fn tenants_of_mine() -> Result<Vec<Credentials>, BoxError> { Ok(Vec::new()) }
    /// let client = Client::new()?;
    /// let bot = Bot::new(store).instances_from(Duration::from_secs(60), move || {
    ///     let client = client.clone();
    ///     async move {
    ///         let tenants = tenants_of_mine().await?;
    ///         Ok(tenants.into_iter().map(|tenant| client.instance(tenant)).collect())
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn instances_from<F, Asked>(mut self, every: Duration, ask: F) -> Self
    where
        F: Fn() -> Asked + Send + Sync + 'static,
        Asked: Future<Output = Result<Vec<Instance>, BoxError>> + Send + 'static,
    {
        self.tenants = Some(Tenants::new(every, ask));
        self
    }

    /// Leaves the settings of the instances as they are. Without this what the bot needs to hear, such as `incomingWebhook`, is switched on when it
    /// is off, and told by [`BotEvent::SwitchedOn`].
    pub fn leave_settings(mut self) -> Self {
        self.settings = Settings::Leave;
        self
    }

    /// Takes notifications from a webhook, at `/webhook` of the address that it [listens](Self::listen) on, instead of polling. The address by
    /// which the server reaches it is a setting of the instance: [`webhook_url`](green_api::Request::webhook_url).
    pub fn webhook(mut self, authorization: impl Into<Authorization>) -> Self {
        self.door = Door::Webhook(authorization.into());
        self
    }

    /// Takes notifications from NATS JetStream, where a [`Relay`](green_api_mailbox::Relay) puts them, instead of polling.
    #[cfg(feature = "nats")]
    pub fn jetstream(mut self, consumer: JetStreamConsumer) -> Self {
        self.door = Door::JetStream(Box::new(consumer));
        self
    }

    /// Serves `/health`, and `/metrics` and `/webhook` if these are set, to whoever reaches this address. `/health` answers 200 while the store can be
    /// reached, with the numbers of instances, and 503 when not. There are up to 100 connections at once, and one whose request does not come within 10
    /// seconds is closed.
    pub fn listen(mut self, listener: TcpListener) -> Self {
        self.listening = Some(listener);
        self
    }

    /// Serves what this returns at `/metrics`, such as the text of `metrics_exporter_prometheus::PrometheusHandle::render`. At a loopback address a
    /// request for the name of another machine is answered 403, since a web page may have made its own name point here.
    pub fn metrics(mut self, render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.metrics = Some(Arc::new(render));
        self
    }

    /// Sets how many chats are handled at once (default: 64), each in its order.
    pub fn limit(mut self, chats: usize) -> Self {
        self.handling.limit = chats.max(1);
        self
    }

    /// Sets how often a notification is tried whose handler fails, before it is parked in the inbox (default: 20, which takes about an hour).
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.handling.attempts = Some(attempts);
        self
    }

    /// Sets how long a chat waits after its handler has failed, at first and at most (default: 1 second and 5 minutes).
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.handling.backoff = Some((base, cap));
        self
    }

    /// Sets how long the chats of a process that died wait for another one (default: 30 seconds).
    pub fn lease(mut self, time: Duration) -> Self {
        self.handling.lease = Some(time);
        self
    }

    /// Sets what is known of the setting `outgoingAPIMessageWebhook`, by which an answer in doubt is found (default: [`Journal::AsIs`]). It counts after
    /// five minutes, since it may have been switched on just now: an answer that is in doubt before is parked. Promise [`Journal::LongOn`] where it has
    /// been on for long.
    pub fn journal(mut self, journal: Journal) -> Self {
        self.handling.journal = journal;
        self
    }

    /// Calls this with what happens. It must return soon; a panic of it is logged and changes nothing else.
    pub fn on_event(mut self, callback: impl Fn(&BotEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(callback));
        self
    }

    /// Says which route a notification goes to, and why, with the dialogues that are in the store now. It handles nothing.
    ///
    /// # Errors
    ///
    /// An error if a route cannot be used, or the store cannot be reached.
    pub async fn explain(&self, received: &Received) -> Result<Explanation, Error> {
        self.router.explain(received, &self.store).await
    }

    /// Runs until the process is asked to end, by Ctrl-C, SIGTERM or, on Linux, SIGHUP (unless it ignores that, as under `nohup`): then what is in hand is
    /// finished. That takes as long as the slowest handler. A second signal ends it at once, which loses and doubles nothing either: what was in
    /// hand is handled again by the next process, once its [lease](Self::lease) has ended.
    ///
    /// # Errors
    ///
    /// An error if a route cannot be used, or the store is not fit for it any more. Outages of the store and of the server are waited out.
    pub async fn run(self) -> Result<(), Error> {
        let (running, parts) = self.parts()?;
        run::until_asked_to_end(|end| run::run(running, parts, end)).await
    }

    /// Runs until `end` completes; then what is in hand is finished.
    ///
    /// # Errors
    ///
    /// See [`run`](Self::run).
    pub async fn run_until(
        self,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let (running, parts) = self.parts()?;
        run::run(running, parts, end).await
    }

    /// What runs, and what goes into it once.
    pub(crate) fn parts(self) -> Result<(run::Running, run::Doors), Error> {
        self.store.within_tokio()?;
        let running = run::Running {
            store: self.store,
            routes: Arc::new(self.router.build()?),
            instances: self.instances,
            settings: self.settings,
            handling: self.handling,
            tell: run::Tell::new(self.on_event),
        };
        let doors = run::Doors {
            door: self.door,
            count_age: run::COUNT_AGE,
            listening: self.listening,
            metrics: self.metrics,
            tenants: self.tenants,
        };
        Ok((running, doors))
    }
}

impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bot")
            .field("routes", &self.router)
            .field("instances", &self.instances)
            .finish_non_exhaustive()
    }
}
