//! Relaying: received, delivered with a confirmation, and only then deleted.

#[cfg(feature = "nats")]
mod attempts;
#[cfg(feature = "nats")]
mod connection;
#[cfg(feature = "nats")]
mod consumer;
#[cfg(feature = "nats")]
mod event;
#[cfg(feature = "nats")]
mod jetstream;
#[cfg(feature = "nats")]
mod lanes;
#[cfg(feature = "nats")]
mod options;
#[cfg(feature = "nats")]
mod subject;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use green_api::{Error, HandlerError, Instance, Notifications, ReceiveOptions, Received};

use crate::sink::{Relayed, Sink};

#[cfg(feature = "nats")]
pub use connection::ConnectError;
#[cfg(feature = "nats")]
pub use consumer::{ConsumerError, JetStreamConsumer};
#[cfg(feature = "nats")]
pub use event::{Difference, JetStreamEvent};
#[cfg(feature = "nats")]
pub use jetstream::JetStream;
#[cfg(feature = "nats")]
pub use options::JetStreamOptions;

/// The limits of the waits between two attempts: a broker that is back is used within seconds.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// Passes the notifications of instances on to a [`Sink`]: receives by long polling, delivers, and deletes at the server only what the sink has
/// confirmed.
///
/// So nothing is lost, whatever dies in between: what was not deleted comes again. What was delivered and not deleted comes again with the
/// same [key](Relayed::key), by which the sink, or whoever reads from it, recognises it. The order of an instance's notifications is kept:
/// while one cannot be delivered, those behind it wait, at the server, for up to 24 hours.
///
/// ```no_run
/// use green_api::{Instance, ReceiveOptions};
/// use green_api_mailbox::{Relay, Relayed, Sink, SinkError};
///
/// struct Printed;
///
/// impl Sink for Printed {
///     async fn deliver(&self, notification: &Relayed) -> Result<(), SinkError> {
///         println!("{} of {:?}", notification.kind(), notification.instance());
///         Ok(())
///     }
/// }
///
/// # async fn example(stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// let relay = Relay::new(Printed).options(ReceiveOptions::new().on_problem(|problem| eprintln!("{problem}")));
/// relay.run(&Instance::from_env()?).until(stop).await?;
/// # Ok(())
/// # }
/// ```
///
/// With the feature `nats`, `Relay::jetstream` relays to NATS JetStream.
///
/// # Notifications that are not taken
///
/// What a sink refuses is a dead letter, as is what cannot be read: it is passed to [`ReceiveOptions::dead_letter`] and deleted when that returns
/// `Ok`. Without such a callback it stays at the head of the queue, everything behind it waits, and each attempt is reported as
/// [`ProblemKind::Blocked`](green_api::ProblemKind::Blocked).
pub struct Relay<S> {
    sink: Arc<S>,
    options: ReceiveOptions,
}

impl<S: Sink> Relay<S> {
    /// Creates a relay to `sink`.
    pub fn new(sink: S) -> Self {
        Self {
            sink: Arc::new(sink),
            options: ReceiveOptions::new(),
        }
    }

    /// Sets the options for receiving: dead letters, and the callback that is told of problems, which are logged anyway. A sink decides by itself
    /// what is tried again, so [`retry_for`](ReceiveOptions::retry_for) and [`attempts`](ReceiveOptions::attempts) change nothing unless it panics.
    #[must_use]
    pub fn options(mut self, options: ReceiveOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns the sink.
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Relays the notifications of an instance, once the result is awaited. Several instances may share a relay, each with a task of its own; two
    /// programs must not receive for one instance.
    pub fn run(&self, instance: &Instance) -> Relaying<S> {
        let (base, cap) = BACKOFF;
        let notifications = instance
            .notifications()
            .options(self.options.clone())
            .backoff(base, cap);
        Relaying {
            notifications,
            sink: self.sink.clone(),
        }
    }
}

impl<S> Clone for Relay<S> {
    fn clone(&self) -> Self {
        Self {
            sink: self.sink.clone(),
            options: self.options.clone(),
        }
    }
}

impl<S> fmt::Debug for Relay<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A relay for one instance that runs while it is awaited; [`Relay::run`] creates it.
///
/// Dropping it stops it at any point; the notification in hand comes again.
///
/// # Errors
///
/// It ends with an error only when you have to act, such as after a wrong token; see [`Notifications`]. Outages of the server and
/// of the sink are waited out.
#[must_use = "nothing happens until it is awaited"]
pub struct Relaying<S> {
    notifications: Notifications,
    sink: Arc<S>,
}

impl<S> Relaying<S> {
    fn configure(mut self, change: impl FnOnce(Notifications) -> Notifications) -> Self {
        self.notifications = change(self.notifications);
        self
    }

    /// Ends when `stop` completes. The notification in hand is finished first.
    pub fn until(self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.configure(|notifications| notifications.until(stop))
    }

    /// Sets the limit of the first wait after a failure, of the server or of the sink, and the limit that it grows to (default: 1 and 15 seconds);
    /// see [`Notifications::backoff`].
    pub fn backoff(self, base: Duration, cap: Duration) -> Self {
        self.configure(|notifications| notifications.backoff(base, cap))
    }

    /// Sets how long the server waits for a notification before it answers without one; see [`Notifications::receive_timeout`].
    pub fn receive_timeout(self, timeout: Duration) -> Self {
        self.configure(|notifications| notifications.receive_timeout(timeout))
    }

    /// Reports when no notification has come for so long; see [`Notifications::silence`].
    pub fn silence(self, limit: Duration) -> Self {
        self.configure(|notifications| notifications.silence(limit))
    }
}

impl<S: Sink> IntoFuture for Relaying<S> {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            notifications,
            sink,
        } = self;
        let deliver = move |received: Received| {
            let sink = sink.clone();
            async move {
                let notification = Relayed::new(received);
                sink.deliver(&notification)
                    .await
                    .map_err(HandlerError::from)
            }
        };
        Box::pin(notifications.for_each(deliver))
    }
}

impl<S> fmt::Debug for Relaying<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relaying")
            .field("notifications", &self.notifications)
            .finish_non_exhaustive()
    }
}
