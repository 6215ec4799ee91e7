//! Receiving notifications at an endpoint that the server posts them to.
//!
//! See [`Webhook`].

mod answer;
mod arrival;
mod authorization;
mod body;
mod builder;
mod delivered;
mod endpoint;
mod ledger;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use tower_service::Service;

use crate::BoxError;
pub use arrival::UnreadableBody;
pub use authorization::{Authorization, ParseWebhookTokenError, WebhookToken};
pub use builder::WebhookBuilder;
pub use delivered::Delivered;
use endpoint::Endpoint;

/// An endpoint that GREEN-API posts notifications to, as a [`Service`] for whatever HTTP server, or as an axum [`Router`]. Clones are the same endpoint.
///
/// ```no_run
/// use green_api::Webhook;
/// use green_api::webhook::WebhookToken;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let token: WebhookToken = std::env::var("WEBHOOK_TOKEN")?.parse()?; // `webhookUrlToken` in the settings of the instance
/// let webhook = Webhook::builder(token).deduplicate(10_000).handler(|delivered| async move {
///     println!("{}", delivered.notification.kind());
///     Ok::<(), std::io::Error>(())
/// });
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
/// answer is 200, which it is only after the handler gave `Ok`, so a program that is killed gets it again. Those of several instances
/// come side by side; [`Delivered::instance`] tells them apart.
///
/// # What cannot be handled
///
/// It does not block the queue:
///
/// * After an `Err` or a panic of the handler the answer is 500. When the same notification has failed as often as
///   [`attempts`](WebhookBuilder::attempts) allows, it goes to the [`dead_letter`](WebhookBuilder::dead_letter) callback, and is answered 200.
/// * What is no JSON, or longer than [`body_limit`](WebhookBuilder::body_limit), goes there at once, as it came, and is answered 400 or 413. When the
///   server sends the same again it is answered 200.
/// * A kind that this version does not know is no error; it comes as [`Notification::Unrecognized`](crate::types::Notification::Unrecognized).
///
/// # Other answers
///
/// | | |
/// |---|---|
/// | 400 | the connection broke before the end of the body, so whoever sent it still has it |
/// | 401 | the header `Authorization` is missing or wrong; the body is not read |
/// | 403 | the instance is none of those in [`Authorization::per_instance`], or the token is that of another one |
/// | 405 | it is no POST |
/// | 503 | [`shutdown`](Self::shutdown) has begun |
///
/// After all of these the server sends the notification again. `Content-Type` does not matter.
///
/// # Layers
///
/// Any tower layer fits before it, such as one that traces, or limits the time of reading a body, which is not limited here. One that cuts bodies off
/// keeps them from the dead letters; use [`body_limit`](WebhookBuilder::body_limit) for that.
///
/// When whoever sent a notification hangs up, or a layer gives up waiting, the handler is not stopped. The same notification is never handled twice at
/// once: if it comes while it is in hand, it waits for the outcome and gets the same answer.
///
/// # Panics
///
/// It must be called on a Tokio runtime.
#[derive(Clone)]
pub struct Webhook(Arc<Endpoint>);

impl Webhook {
    /// Begins an endpoint: says whose notifications it takes. A [`WebhookToken`] is for all instances; others are made by [`Authorization`].
    pub fn builder(authorization: impl Into<Authorization>) -> WebhookBuilder {
        WebhookBuilder::new(authorization.into())
    }

    /// The endpoint as a router, at its root and every path below, to be nested, merged, wrapped in layers or served as it is.
    ///
    /// For one path only, [`Router::route_service`] takes the endpoint itself.
    pub fn into_router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .route_service("/", self.clone())
            .route_service("/{*path}", self)
    }

    /// Takes no more notifications, and waits until those in hand are settled, those included whose sender has hung up.
    ///
    /// What comes from then on is answered 503, so the server sends it again, to the next process. What fails meanwhile comes again, too: it was
    /// perhaps only interrupted, and does not go to the dead letters.
    pub async fn shutdown(&self) {
        for answered in self.0.ledger.close() {
            answered.wait().await;
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
            .field("attempts", &self.0.attempts)
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}
