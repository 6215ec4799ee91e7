//! Receiving notifications by long polling.
//!
//! See [`Notifications`].

mod answer;
mod poller;
mod receipt;
mod receipt_id;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tracing::Instrument as _;

use super::callback::call;
use crate::{BoxError, Error, Instance, ReceiveOptions, Received};
use poller::{Poller, is_final};
pub use receipt::Receipt;

/// The longest wait that can be set.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The notifications of an instance, received by long polling; [`Instance::notifications`] creates it.
///
/// A notification stays in the server's queue until it was handled: a program that is killed gets it again. Notifications come one at a time and in
/// order; the next one is fetched when the one before has been acknowledged, refused or dropped. Nothing runs in the background, and dropping
/// `Notifications` stops it.
///
/// [`for_each`](Self::for_each) acknowledges by itself. Its handler fits a webhook as well:
///
/// ```no_run
/// use green_api::{ReceiveOptions, Received};
///
/// async fn handle(received: Received) -> Result<(), std::io::Error> {
///     println!("{}", received.notification.kind());
///     Ok(())
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let options = ReceiveOptions::new().deduplicate(10_000);
/// let instance = green_api::Instance::from_env()?;
/// instance.notifications().options(options).for_each(handle).await?;
/// # Ok(())
/// # }
/// ```
///
/// As a [`Stream`] it leaves that to you: every notification comes with its [`Receipt`]. [`Receipt::ack`] deletes the notification;
/// [`Receipt::nack`] or dropping the receipt makes it come again after a while. Do not ask for the next one while you hold a receipt: it waits for that.
///
/// ```no_run
/// use futures_util::StreamExt;
///
/// # async fn example(instance: green_api::Instance) -> Result<(), green_api::Error> {
/// let mut notifications = instance.notifications();
/// while let Some(next) = notifications.next().await {
///     let (received, receipt) = next?;
///     println!("{:?}", received.notification);
///     receipt.ack().await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Notifications that fail
///
/// Nothing is deleted that nobody took. A notification whose handler fails is tried again with increasing delays for an hour, or as long as
/// [`retry_for`](ReceiveOptions::retry_for) says; then it is passed to the [`dead_letter`](ReceiveOptions::dead_letter) callback, and deleted when
/// that returns `Ok`. The same becomes of one that cannot be read at all. Without a callback it stays in the queue and is still tried, everything
/// behind it waits, and [`on_problem`](ReceiveOptions::on_problem) is told of [`ProblemKind::Blocked`](crate::ProblemKind::Blocked);
/// [`drop_dead_letters`](ReceiveOptions::drop_dead_letters) lets it go. A kind that this version does not know is not an error; it comes as
/// [`Notification::Unrecognized`](crate::types::Notification::Unrecognized).
///
/// A notification that was handled and whose deletion failed is recognised by its receipt and key, and deleted without another call of the
/// handler. After a crash that knowledge is gone, so the one that was in hand may be handled twice: write down what you have done, under
/// [`deduplication_key`](crate::types::Notification::deduplication_key), if that matters.
///
/// # One at a time
///
/// The server gives out only the head of its queue, and the next one only when that is deleted. So notifications are handled one after another,
/// and `for_each_concurrent` on the stream changes nothing: what is slow delays everything behind it. A handler that is quick stores the
/// notification where it survives a crash, returns `Ok`, and leaves the work to tasks of its own. One that starts a task without storing loses
/// the notification when the program ends.
///
/// # One program for each instance
///
/// Two programs that receive for the same instance both get the head of its queue, and handle most notifications twice; what
/// [`deduplicate`](ReceiveOptions::deduplicate) remembers is in the memory of each. It is detected when a notification disappears while it is in
/// hand, and told as [`ProblemKind::OtherReceiver`](crate::ProblemKind::OtherReceiver). In a rolling deployment, end the old program before the new
/// one starts (in Kubernetes: one replica and the strategy `Recreate`), or let them take turns with a lock that outlives them, such as an advisory
/// lock of the database. Nothing is lost meanwhile: the server keeps notifications for 24 hours.
///
/// # Errors
///
/// Temporary failures (outages, timeouts, rate limits, an unreachable host, an instance that starts or is not linked) are waited out with increasing
/// delays and reported to [`on_problem`](ReceiveOptions::on_problem). The stream yields an error and ends only when you have to act: after a wrong
/// token, a host that refuses the instance, an instance that is expired or deleted, a request that the server does not accept, or
/// [`ErrorKind::WebhookUrlSet`](crate::ErrorKind::WebhookUrlSet): notifications go to a webhook address, and cannot be fetched until `webhookUrl` is
/// cleared with `setSettings` and a minute has passed.
///
/// The stream goes on after one kind of error: an answer that cannot be read and has no receipt to delete it by
/// ([`ErrorKind::UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer) or [`ErrorKind::AnswerTooLong`](crate::ErrorKind::AnswerTooLong)). If it
/// stays, only [`Instance::clear_webhooks_queue`] removes it.
///
/// New instances send no notifications until they are switched on with [`Instance::set_settings`].
#[must_use = "nothing happens until it is read"]
pub struct Notifications(State);

enum State {
    Ready(Box<Poller>),
    Running(Pin<Box<dyn Future<Output = Step> + Send>>),
    Ended,
}

type Step = (Box<Poller>, Option<Result<(Received, Receipt), Error>>);

impl Instance {
    /// Receives notifications by long polling, one after the other, none lost. See [`Notifications`].
    pub fn notifications(&self) -> Notifications {
        Notifications::new(self.clone())
    }
}

impl Notifications {
    pub(crate) fn new(instance: Instance) -> Self {
        Self(State::Ready(Box::new(Poller::new(instance))))
    }

    /// Settings are made before the first notification is asked for; later ones are too late.
    fn configure(mut self, change: impl FnOnce(&mut Poller)) -> Self {
        if let State::Ready(poller) = &mut self.0 {
            change(poller);
        }
        self
    }

    /// Sets the options that long polling shares with webhooks: how long to retry, deduplication, callbacks.
    pub fn options(self, options: ReceiveOptions) -> Self {
        self.configure(|poller| poller.set_options(options))
    }

    /// Sets how long the server waits for a notification before it answers without one: 5 to 60 seconds (default: 20 seconds). The time limit
    /// of the request follows it.
    pub fn receive_timeout(self, timeout: Duration) -> Self {
        // The server takes far less; this only keeps the clock from overflowing.
        self.configure(|poller| poller.receive_timeout = timeout.min(LONGEST))
    }

    /// Sets the limit of the first wait after a failure and the limit that it grows to (default: 1 and 60 seconds; at most a day). The wait is drawn
    /// between zero and the limit, which doubles each time. A server that asks for more is waited for, up to 5 minutes.
    pub fn backoff(self, base: Duration, cap: Duration) -> Self {
        self.configure(|poller| {
            poller.base = base.min(LONGEST);
            poller.cap = cap.min(LONGEST);
        })
    }

    /// Reports [`ProblemKind::Silence`](crate::ProblemKind::Silence) when no notification has come for so long from an instance that is linked (default:
    /// never). Whether it is linked is asked then, with one [`get_state_instance`](Instance::get_state_instance).
    pub fn silence(self, limit: Duration) -> Self {
        self.configure(|poller| poller.silence.limit = Some(limit))
    }

    /// Ends when `stop` completes, such as a future that waits for Ctrl+C. The notification in hand is finished first.
    pub fn until(self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.configure(|poller| poller.stop = Some(Box::pin(stop)))
    }

    /// Calls `handler` for every notification, and acknowledges the notification when the handler returns `Ok`. After an `Err` or a panic the same
    /// notification is handled again, until it is dead-lettered; a [`HandlerError`](crate::HandlerError) says more.
    ///
    /// Stops when the future of [`until`](Self::until) completes, or when it is dropped: then the notification in hand, if there is one, comes again
    /// next time.
    ///
    /// # Errors
    ///
    /// Returns the errors after which you have to act; see [above](Self#errors).
    pub async fn for_each<H, F, E>(mut self, mut handler: H) -> Result<(), Error>
    where
        H: FnMut(Received) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        while let Some(item) = poll_fn(|context| Pin::new(&mut self).poll_next(context)).await {
            match item {
                Ok((received, receipt)) => {
                    let span = receipt.span().clone();
                    let handled = call("handler", || handler(received)).instrument(span);
                    match handled.await {
                        Ok(()) => receipt.handled(),
                        Err(error) => receipt.nack_because(error),
                    }
                }
                Err(error) if is_final(&error) => return Err(error),
                // It was reported to `on_problem`.
                Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Stream for Notifications {
    type Item = Result<(Received, Receipt), Error>;

    /// Gives the next notification, once the one before has been acknowledged, refused or dropped.
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let state = &mut self.0;
        if let State::Ready(_) = state
            && let State::Ready(mut poller) = std::mem::replace(state, State::Ended)
        {
            *state = State::Running(Box::pin(async move {
                let item = poller.next().await;
                (poller, item)
            }));
        }
        let State::Running(running) = state else {
            return Poll::Ready(None);
        };
        let Poll::Ready((poller, item)) = running.as_mut().poll(context) else {
            return Poll::Pending;
        };
        *state = match &item {
            None => State::Ended,
            Some(Err(error)) if is_final(error) => State::Ended,
            Some(_) => State::Ready(poller),
        };
        Poll::Ready(item)
    }
}

impl fmt::Debug for Notifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.0 {
            State::Ready(_) => "ready",
            State::Running(_) => "running",
            State::Ended => "ended",
        };
        f.debug_struct("Notifications")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
