//! Middleware around handlers: layers of tower, or functions.
//!
//! ```
//! use std::time::Duration;
//! use green_api_bot::filter::text;
//! use green_api_bot::middleware::{Next, allow_only, from_fn, log, rate};
//! use green_api_bot::{Chat, Context, HandlerResult, Router};
//!
//! /// Answers no more than a page.
//! async fn short_only(context: Context, next: Next) -> HandlerResult {
//!     let length = context.update().text().map_or(0, str::len);
//!     if length > 2_000 { Ok(()) } else { next.run(context).await }
//! }
//!
//! let router = Router::new()
//!     .route(text(), async |chat: Chat| chat.reply("Good day."))
//!     .layer(from_fn(short_only))
//!     .layer(rate(10, Duration::from_secs(60)))
//!     .layer(allow_only(["447700900145@c.us".parse()?]))
//!     .layer(log());
//! # Ok::<(), green_api::ParseChatIdError>(())
//! ```

mod languages;

use std::collections::HashMap;
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use green_api::{BoxError, ChatId};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt as _, service_fn};

pub use self::languages::{Language, Languages, languages};
use crate::{Context, HandlerResult, HandlerService};

/// How often those who have not written for long are forgotten, by the number of messages.
const FORGET_EVERY: u32 = 1_000;

/// The rest of the chain after a middleware function: more middleware, or the handler.
#[derive(Debug)]
pub struct Next(HandlerService);

impl Next {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// The handler's error.
    pub async fn run(self, context: Context) -> HandlerResult {
        self.0.oneshot(context).await
    }
}

/// Middleware that is a function; [`from_fn`] makes it.
#[derive(Clone)]
pub struct FromFn(Arc<dyn Fn(Context, Next) -> BoxFuture<'static, HandlerResult> + Send + Sync>);

/// Makes middleware of an async function, which gets the context and what comes after it. One that does not run that swallows the notification:
/// it is handled when the function returns `Ok`.
pub fn from_fn<F, Running>(function: F) -> FromFn
where
    F: Fn(Context, Next) -> Running + Send + Sync + 'static,
    Running: Future<Output = HandlerResult> + Send + 'static,
{
    FromFn(Arc::new(move |context, next| {
        function(context, next).boxed()
    }))
}

impl<S> Layer<S> for FromFn
where
    S: Service<Context, Response = (), Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    type Service = HandlerService;

    fn layer(&self, inner: S) -> HandlerService {
        let function = Arc::clone(&self.0);
        let inner = BoxCloneSyncService::new(inner.map_err(Into::into));
        BoxCloneSyncService::new(service_fn(move |context| {
            function(context, Next(inner.clone()))
        }))
    }
}

impl std::fmt::Debug for FromFn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FromFn")
    }
}

/// Logs which route had what, for how long, and whether it failed; nothing that people wrote.
pub fn log() -> FromFn {
    from_fn(async |context: Context, next: Next| {
        let (route, instance) = (context.route().to_owned(), context.instance().id().get());
        let begun = Instant::now();
        let handled = next.run(context).await;
        let took_ms = begun.elapsed().as_millis();
        match &handled {
            Ok(()) => tracing::info!(route, instance, took_ms, "handled"),
            // The error can repeat what people wrote.
            Err(_) => tracing::warn!(route, instance, took_ms, "failed"),
        }
        handled
    })
}

/// Lets only these people through; what others write is passed over in silence. What is from nobody, such as the state of the instance, goes through.
pub fn allow_only(people: impl IntoIterator<Item = ChatId>) -> FromFn {
    let people: Arc<[ChatId]> = people.into_iter().collect();
    from_fn(move |context: Context, next: Next| {
        let person = context.update().person();
        let is_allowed = person.is_none_or(|person| people.contains(person));
        async move {
            match is_allowed {
                true => next.run(context).await,
                false => Ok(()),
            }
        }
    })
}

/// What is known of the messages that were let through.
#[derive(Default)]
struct Passed {
    /// The last one of each chat, by its key. It comes again, as the same attempt, if its commit fails.
    last: HashMap<String, (String, Instant)>,
    /// Where one is being handled: its chat, person and route. It stays when its handler is dropped, for the message that has overtaken it.
    unfinished: HashMap<String, Instant>,
}

impl Passed {
    fn forget_before(&mut self, time: Duration) {
        self.last.retain(|_, (_, at)| at.elapsed() < time);
        self.unfinished.retain(|_, at| at.elapsed() < time);
    }
}

/// Lets through so many messages of a person in a time; more are passed over in silence. Each process counts for itself.
///
/// A message counts once: it goes through again when its handler has failed, and on its way to the fallback. Behind
/// [`route_latest`](crate::Router::route_latest) one that overtakes another takes its place in the count. The handler can so begin more
/// often than that, but not answer more often.
pub fn rate(messages: u32, time: Duration) -> FromFn {
    let messages = NonZeroU32::new(messages).unwrap_or(NonZeroU32::MIN);
    let apart = time.checked_div(messages.get()).unwrap_or(time);
    let quota = Quota::with_period(apart.max(Duration::from_nanos(1)));
    let quota = quota
        .unwrap_or(Quota::per_second(messages))
        .allow_burst(messages);
    let limiter: Arc<DefaultKeyedRateLimiter<String>> = Arc::new(RateLimiter::keyed(quota));
    let seen = Arc::new(AtomicU32::new(0));
    let passed: Arc<Mutex<Passed>> = Arc::default();
    from_fn(move |context: Context, next: Next| {
        let (update, commit) = (context.update(), context.commit());
        let instance = update.instance().get();
        let person = update.message().and_then(|_| update.person());
        let chat = format!("{instance}/{}", commit.chat().unwrap_or_default());
        let place = person.map(|person| format!("{chat}/{}/{}", person.as_str(), context.route()));
        let mut known = passed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_in_time = person.zip(place.as_ref()).is_none_or(|(person, place)| {
            let last = known.last.get(&chat);
            let counted = update.received().attempt() > 1
                || last.is_some_and(|(last, _)| last == commit.key())
                || known.unfinished.contains_key(place);
            let person = format!("{instance}/{}", person.as_str());
            let is_in_time = counted || limiter.check_key(&person).is_ok();
            if is_in_time {
                let now = Instant::now();
                known.last.insert(chat, (commit.key().to_owned(), now));
                known.unfinished.insert(place.clone(), now);
            }
            is_in_time
        });
        if seen
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(FORGET_EVERY)
        {
            limiter.retain_recent();
            known.forget_before(time);
        }
        drop(known);
        let passed = Arc::clone(&passed);
        async move {
            if !is_in_time {
                tracing::debug!(route = context.route(), "a person writes too often");
                return Ok(());
            }
            let handled = next.run(context).await;
            if let Some(place) = place {
                let mut known = passed.lock().unwrap_or_else(PoisonError::into_inner);
                known.unfinished.remove(&place);
            }
            handled
        }
    })
}
