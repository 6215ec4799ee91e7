//! Receiving notifications at an endpoint that the server posts them to.
//!
//! See [`Webhook`].

mod answer;
mod authorization;
mod body;
mod builder;
mod endpoint;
mod inflight;
#[cfg(feature = "client")]
mod silence;

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
#[cfg(feature = "client")]
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use tower_service::Service;

use crate::BoxError;
pub use authorization::{Authorization, ParseWebhookTokenError, WebhookToken};
pub use body::UnreadableBody;
pub use builder::WebhookBuilder;
use endpoint::Endpoint;

/// An endpoint that GREEN-API posts notifications to, as a [`Service`] for any HTTP server or as an axum [`Router`]. Clones are the same endpoint.
///
/// Its handler fits long polling as well:
///
/// ```no_run
/// use green_api::webhook::WebhookToken;
/// use green_api::{ReceiveOptions, Received, Webhook};
///
/// async fn handle(received: Received) -> Result<(), std::io::Error> {
///     println!("{}", received.notification.kind());
///     Ok(())
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let token: WebhookToken = std::env::var("WEBHOOK_TOKEN")?.parse()?; // `webhookUrlToken` in the settings of the instance
/// let options = ReceiveOptions::new().deduplicate(10_000);
/// let webhook = Webhook::builder(token).options(options).handler(handle);
///
/// let app = axum::Router::new().nest("/green-api", webhook.clone().into_router());
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// let stop = async move {
///     tokio::signal::ctrl_c().await.unwrap_or_default();
///     webhook.shutdown().await;
/// };
/// axum::serve(listener, app).with_graceful_shutdown(stop).await?;
/// # Ok(())
/// # }
/// ```
///
/// The server posts the notifications of an instance one at a time and in order. It keeps each for 24 hours and sends it again every minute until the
/// answer is 200, which it is only after the handler returned `Ok`, so a program that is killed gets it again. The notifications of several instances
/// come side by side; [`Received::instance`](crate::Received::instance) tells them apart.
///
/// # Notifications that fail
///
/// Nothing is answered 200 that nobody took:
///
/// * After an `Err` or a panic of the handler the answer is 500. When the same notification has failed for as long as
///   [`retry_for`](crate::ReceiveOptions::retry_for) allows, or a [`HandlerError`](crate::HandlerError) says that it is hopeless, it is passed to the
///   [`dead_letter`](crate::ReceiveOptions::dead_letter) callback, and answered 200 when that returns `Ok`.
/// * A body that is not JSON, or longer than [`body_limit`](WebhookBuilder::body_limit), is dead-lettered at once, as it came, and answered 400 or
///   413. When the server sends the same again it is answered 200.
/// * Without a callback neither is ever answered 200: the server repeats it every minute, nothing behind it comes, and
///   [`on_problem`](crate::ReceiveOptions::on_problem) is told of [`ProblemKind::Blocked`](crate::ProblemKind::Blocked).
///   [`drop_dead_letters`](crate::ReceiveOptions::drop_dead_letters) lets it go.
/// * A kind that this version does not know is not an error; it comes as
///   [`Notification::Unrecognized`](crate::types::Notification::Unrecognized).
///
/// For how long a notification has failed, and what [`deduplicate`](crate::ReceiveOptions::deduplicate) remembers, is in the memory of the
/// process. Behind a load balancer, and for the moment of a rolling deployment in which two processes run, a notification that is repeated may reach
/// the other one and be handled twice; a record of [`deduplication_key`](crate::types::Notification::deduplication_key) in a database that they share
/// prevents that.
///
/// # Other answers
///
/// | | |
/// |---|---|
/// | 400 | the connection broke before the end of the body, so whoever sent it still has it |
/// | 401 | the header `Authorization` is missing or wrong; the body is not read |
/// | 403 | the instance is not one of those in [`Authorization::per_instance`], or the token is that of another one |
/// | 405 | the method is not POST |
/// | 408 | the body took longer than [`body_timeout`](WebhookBuilder::body_timeout) |
/// | 503 | [`shutdown`](Self::shutdown) has begun |
///
/// After all of these the server sends the notification again. `Content-Type` does not matter.
///
/// # In production
///
/// Bodies are limited in size and time here. Connections are not, since they belong to the HTTP server: `axum::serve` accepts any number of them and
/// waits for the head of a request for ever, so a hundred half-sent heads can use up the descriptors of a process without any token. Put it
/// behind a reverse proxy that limits both, or serve the router with `hyper_util`, a `header_read_timeout` and a semaphore;
/// `green-api listen --webhook` and the crate `green-api-bot` do that.
///
/// # Layers
///
/// Any tower layer fits before it, such as one that traces. A layer that cuts bodies off keeps them from the dead letters; use
/// [`body_limit`](WebhookBuilder::body_limit) for that.
///
/// When the sender hangs up, or a layer gives up waiting, the handler is not stopped. The same notification is never handled twice at once: if it comes
/// while it is being handled, it waits for the outcome and gets the same answer.
///
/// # Panics
///
/// Panics when it is called outside a Tokio runtime.
#[derive(Clone)]
pub struct Webhook(Arc<Endpoint>);

impl Webhook {
    /// Returns a builder for an endpoint that accepts the notifications of `authorization`: a [`WebhookToken`] for all instances, or what
    /// [`Authorization`] creates.
    pub fn builder(authorization: impl Into<Authorization>) -> WebhookBuilder {
        WebhookBuilder::new(authorization.into())
    }

    /// Returns a router with the endpoint at its root and every path below, to be nested, merged, wrapped in layers or served as it is.
    ///
    /// For one path only, [`Router::route_service`] takes the endpoint itself.
    pub fn into_router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .route_service("/", self.clone())
            .route_service("/{*path}", self)
    }

    /// Reports [`ProblemKind::Silence`](crate::ProblemKind::Silence) to [`on_problem`](crate::ReceiveOptions::on_problem) when no notification of
    /// this instance has been posted for as long as `limit`, though the instance is linked. Whether it is linked is asked then, with one
    /// [`get_state_instance`](crate::Instance::get_state_instance), and again every minute while that fails. The end of a silence is reported as well.
    ///
    /// The future does not end before [`shutdown`](Self::shutdown); dropping it ends the reports. Run it beside the server, one for each instance:
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(webhook: green_api::Webhook, instance: green_api::Instance) {
    /// tokio::spawn(webhook.clone().report_silence(instance, Duration::from_secs(6 * 60 * 60)));
    /// # }
    /// ```
    ///
    /// A process knows only what is posted to it: behind a load balancer, another one may have got the notifications. A notification that does not
    /// say which instance it belongs to ends the silence of all.
    #[cfg(feature = "client")]
    pub async fn report_silence(self, instance: crate::Instance, limit: Duration) {
        let endpoint = &self.0;
        let is_closed = || endpoint.inflight.is_closed();
        let silences = &endpoint.silences;
        silences
            .watch(instance, limit, &endpoint.options, is_closed)
            .await;
    }

    /// Accepts no more notifications, and waits until those in flight are settled, including those whose sender has hung up.
    ///
    /// From then on the answer is 503, so the server sends notifications again, to the next process. Those that fail meanwhile also come again: they
    /// were perhaps only interrupted, and are not dead-lettered.
    pub async fn shutdown(&self) {
        for pending in self.0.inflight.close() {
            pending.wait().await;
        }
    }
}

impl<B> Service<Request<B>> for Webhook
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let endpoint = Arc::clone(&self.0);
        Box::pin(async move {
            Ok(endpoint
                .answer(request.map(Body::new))
                .await
                .into_response())
        })
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("authorization", &self.0.authorization)
            .field("options", &self.0.options)
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}
