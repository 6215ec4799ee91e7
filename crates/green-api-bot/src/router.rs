//! Which handler a notification goes to.

mod explanation;

use std::fmt;
use std::pin::pin;
use std::ptr;
use std::sync::Arc;

use futures_util::StreamExt as _;
use green_api::{BoxError, HandlerError, Instance, Received};
use green_api_mailbox::{Commit, InboxEntry, Store};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt as _, service_fn};

pub use self::explanation::Explanation;
use crate::context::Values;
use crate::extract::Rejection;
use crate::filter::{Filter, Matched};
use crate::handler::{AnyHandler, Erased};
use crate::{Chat, Context, Error, Handler, HandlerResult, Update, extract::Extract as _};

/// A handler with the middleware around it, as a service of tower.
pub type HandlerService = BoxCloneSyncService<Context, (), BoxError>;

const FALLBACK: &str = "fallback";

/// Routes, in the order in which they are tried: the first whose filter fits has the notification.
///
/// ```
/// use green_api_bot::filter::{command, text};
/// use green_api_bot::{Chat, Router, extract::Text};
///
/// let router = Router::new()
///     .route(command("start"), async |chat: Chat| chat.reply("Send me a word."))
///     .route(text(), async |chat: Chat, Text(text): Text| chat.reply(text.to_uppercase()))
///     .fallback(async |chat: Chat| chat.reply("I can only read."));
/// ```
#[must_use = "a router does nothing before it is given to a bot"]
pub struct Router {
    routes: Vec<Route>,
    fallback: Option<HandlerService>,
    data: Values,
    prefixes: Option<Arc<[String]>>,
}

#[derive(Clone)]
struct Route {
    filter: Filter,
    /// What its commands begin with, if the router says so that it was added to.
    prefixes: Option<Arc<[String]>>,
    service: HandlerService,
    /// Whether a newer message of the person for the same route ends the handler.
    only_latest: bool,
}

impl Route {
    fn finished(self, prefixes: &Arc<[String]>) -> Result<Self, Error> {
        let filter = self.filter.kept_to_messages();
        let prefixes = self.prefixes.unwrap_or_else(|| Arc::clone(prefixes));
        if let Some(problem) = filter.problem(&prefixes) {
            let name = filter.name();
            return Err(Error::Route(format!(
                "the route `{name}` cannot be used: {problem}"
            )));
        }
        Ok(Self {
            filter,
            prefixes: Some(prefixes),
            ..self
        })
    }

    fn find(&self, update: &Update) -> Option<Matched> {
        self.filter.find(update, self.prefixes())
    }

    fn prefixes(&self) -> &[String] {
        self.prefixes.as_deref().unwrap_or_default()
    }
}

impl Default for Router {
    fn default() -> Self {
        Self::new()
    }
}

impl Router {
    /// Creates a router without routes.
    pub fn new() -> Self {
        Self {
            routes: Vec::new(),
            fallback: None,
            data: Values::default(),
            prefixes: None,
        }
    }

    /// Adds a route.
    ///
    /// A filter that says nothing of the kind of notification, such as [`private`](crate::filter::private) or
    /// [`!text()`](crate::filter::Filter::not), has incoming messages alone, as if by `.and(message())`. Others are told of the bot's own messages, and a
    /// handler that answers these would not end: say [`status`](crate::filter::status), another [`kind`](crate::filter::kind) or
    /// [`any`](crate::filter::any) to have them.
    pub fn route<Arguments: 'static>(
        self,
        filter: Filter,
        handler: impl Handler<Arguments>,
    ) -> Self {
        self.add(filter, handler, false)
    }

    /// Adds a route for long work, such as asking a language model: when the same person writes again in the same chat, and that goes to this route as
    /// well, the handler is dropped, nothing of it is written, and the newer message is handled. What goes to other routes, or to none, and what others
    /// write in a group, waits until the handler is done.
    ///
    /// The middleware around the route is asked about the newer message only after the handler was dropped. Behind [`rate`](crate::middleware::rate) it
    /// takes the place of the message that it overtakes. Other middleware that passes it over, such as a function by
    /// [`from_fn`](crate::middleware::from_fn) that lets only short texts through, leaves both unanswered: say it in the route's filter instead.
    pub fn route_latest<Arguments: 'static>(
        self,
        filter: Filter,
        handler: impl Handler<Arguments>,
    ) -> Self {
        self.add(filter, handler, true)
    }

    fn add<Arguments: 'static>(
        mut self,
        filter: Filter,
        handler: impl Handler<Arguments>,
        only_latest: bool,
    ) -> Self {
        self.routes.push(Route {
            filter,
            prefixes: None,
            service: service_of(handler),
            only_latest,
        });
        self
    }

    /// Sets the handler of messages that no route is for. Other notifications that no route is for are passed over, as are edits and deletions of
    /// messages, and a message that WhatsApp cannot decrypt yet, which comes again.
    pub fn fallback<Arguments: 'static>(mut self, handler: impl Handler<Arguments>) -> Self {
        self.fallback = Some(service_of(handler));
        self
    }

    /// Adds the routes of another router behind these, each only for what `filter` fits. Its fallback is one more route, for the messages that
    /// are left.
    pub fn nest(mut self, filter: Filter, inner: Self) -> Self {
        let fallback = inner.fallback.map(|service| Route {
            filter: crate::filter::message(),
            prefixes: None,
            service,
            only_latest: false,
        });
        for route in inner.routes.into_iter().chain(fallback) {
            self.routes.push(Route {
                filter: filter.clone().and(route.filter),
                prefixes: route.prefixes.or_else(|| inner.prefixes.clone()),
                ..route
            });
        }
        self.data.extend(inner.data);
        self
    }

    /// Adds the routes of another router behind these, and takes its fallback unless one is set here.
    pub fn merge(mut self, other: Self) -> Self {
        self.routes
            .extend(other.routes.into_iter().map(|route| Route {
                prefixes: route.prefixes.or_else(|| other.prefixes.clone()),
                ..route
            }));
        self.fallback = self.fallback.or(other.fallback);
        self.data.extend(other.data);
        self
    }

    /// Puts middleware around all routes that were added before: a layer of tower, one of [`middleware`](crate::middleware), or a function by
    /// [`middleware::from_fn`](crate::middleware::from_fn). The last that is added is the first to run.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HandlerService>,
        L::Service: Service<Context, Response = (), Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let wrap = |service| BoxCloneSyncService::new(layer.layer(service).map_err(Into::into));
        for route in &mut self.routes {
            route.service = wrap(route.service.clone());
        }
        self.fallback = self.fallback.map(wrap);
        self
    }

    /// Shares a value with handlers, which take it as [`Data`](crate::extract::Data). A later one of the same type takes its place.
    pub fn data<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.data.set(value);
        self
    }

    /// Sets what commands begin with (default: `/`). A router that is added to another one keeps its own, and has those of the other one if it sets none.
    pub fn prefixes(mut self, prefixes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.prefixes = Some(prefixes.into_iter().map(Into::into).collect());
        self
    }

    /// Returns the routes as they are tried, unless one cannot be used.
    fn finished(&self) -> Result<Vec<Route>, Error> {
        let default = || Arc::from(["/".to_owned()]);
        let prefixes = self.prefixes.clone().unwrap_or_else(default);
        let routes = self.routes.iter().cloned();
        routes.map(|route| route.finished(&prefixes)).collect()
    }

    /// Says which route is for a notification, and why. The dialogues are those in the store.
    pub(crate) async fn explain(
        &self,
        received: &Received,
        store: &Store,
    ) -> Result<Explanation, Error> {
        let routes = self.finished()?;
        let instance = received.instance().ok_or(Error::NoInstance)?;
        let update = Update::new(received.clone(), "", instance);
        let update = update.with_dialogues(store).await?;
        let reasons = routes
            .iter()
            .map(|route| route.filter.explain(&update, route.prefixes()));
        let has_fallback = self.fallback.is_some() && update.new_message().is_some();
        let what = update.what();
        Ok(Explanation::new(what, reasons.collect(), has_fallback))
    }

    /// Makes it ready to run.
    pub(crate) fn build(self) -> Result<Routes, Error> {
        let named = |route: Route| (Arc::from(route.filter.name()), route);
        Ok(Routes {
            routes: self.finished()?.into_iter().map(named).collect(),
            fallback: self.fallback,
            data: Arc::new(self.data),
        })
    }
}

/// A router that runs.
pub(crate) struct Routes {
    routes: Vec<(Arc<str>, Route)>,
    fallback: Option<HandlerService>,
    data: Arc<Values>,
}

impl Routes {
    /// Hands a notification to the first route that fits. What belongs to nobody is done with.
    pub(crate) async fn handle(
        &self,
        update: Update,
        instance: Instance,
        commit: Commit,
    ) -> HandlerResult {
        if update.is_stale() {
            return Ok(());
        }
        let update = Arc::new(update);
        let context = |name: &Arc<str>, matched| {
            let route = (Arc::clone(name), matched);
            let shared = Arc::clone(&self.data);
            Context::new(
                Arc::clone(&update),
                instance.clone(),
                commit.clone(),
                route,
                shared,
            )
        };
        let of_fallback = || context(&FALLBACK.into(), Matched::default());
        let Some((name, route, matched)) = self.find(&update) else {
            return self.fall_back(of_fallback()).await;
        };
        if let Some(problem) = &matched.unreadable {
            let problem = format!("the route `{name}` depends on a step: {problem}");
            // A newer version of the program may read it.
            return Err(HandlerError::hopeless(problem).into());
        }
        let context = context(name, matched);
        let handled = if route.only_latest {
            tokio::select! {
                handled = run(&route.service, &context) => handled,
                () = self.overtaken(route, &update, &commit) => {
                    commit.clear();
                    tracing::debug!(route = &**name, "a newer message has come");
                    return Ok(());
                }
            }
        } else {
            run(&route.service, &context).await
        };
        match handled {
            Err(error) if unreadable_arguments(&error) => {
                // Nothing of what was tried goes on: neither messages nor dialogues.
                commit.clear();
                match &route.filter.usage {
                    Some(usage) => Chat::extract(&of_fallback())?.reply(usage),
                    None => self.fall_back(of_fallback()).await,
                }
            }
            handled => handled,
        }
    }

    fn find(&self, update: &Update) -> Option<(&Arc<str>, &Route, Matched)> {
        let mut routes = self.routes.iter();
        routes.find_map(|(name, route)| Some((name, route, route.find(update)?)))
    }

    /// Completes when the same person has written again, for the same route.
    async fn overtaken(&self, route: &Route, update: &Update, commit: &Commit) {
        let is_meant = async |entry: InboxEntry| {
            let newer = Update::new(entry.received()?, entry.key(), update.instance());
            let newer = newer.with_dialogues(commit.store()).await.ok()?;
            let (_, other, matched) = self.find(&newer)?;
            let is_certain = matched.unreadable.is_none();
            Some(is_certain && ptr::eq(other, route) && newer.person() == update.person())
        };
        let mut newer = pin!(commit.newer_messages());
        while let Some(entry) = newer.next().await {
            if is_meant(entry).await == Some(true) {
                return;
            }
        }
    }

    async fn fall_back(&self, context: Context) -> HandlerResult {
        match &self.fallback {
            Some(service) if context.update().new_message().is_some() => {
                run(service, &context).await
            }
            _ => context.finish(),
        }
    }
}

async fn run(service: &HandlerService, context: &Context) -> HandlerResult {
    service.clone().oneshot(context.clone()).await?;
    context.finish()
}

fn unreadable_arguments(error: &BoxError) -> bool {
    matches!(error.downcast_ref(), Some(Rejection::Arguments(_)))
}

fn service_of<Arguments: 'static>(handler: impl Handler<Arguments>) -> HandlerService {
    let handler: Arc<dyn AnyHandler> = Arc::new(Erased::new(handler));
    BoxCloneSyncService::new(service_fn(move |context| {
        let handler = Arc::clone(&handler);
        async move { handler.call(context).await }
    }))
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.routes.iter().map(|route| route.filter.name());
        f.debug_list().entries(names).finish()
    }
}
