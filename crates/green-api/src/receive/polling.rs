//! Receiving notifications by long polling.
//!
//! See [`Notifications`].

mod poller;
mod receipt_id;
mod received;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use crate::receive::dead_letter::boxed;
use crate::receive::drift_watch::DriftWatch;
use crate::receive::recent::Recent;
use crate::types::Notification;
use crate::{BoxError, DeadLetter, Drift, Error, Instance, Trouble};
use poller::{Poller, is_final};
pub use received::{Receipt, Received};

/// The notifications of an instance, by long polling; [`Instance::notifications`] makes it.
///
/// A notification stays in the server's queue until it was handled: a program that is killed gets it again. They come one at a time and in order;
/// the next one is fetched when the one before has been acknowledged, refused or dropped. Nothing runs in the background, and dropping it stops it.
///
/// For simple bots, [`for_each`](Self::for_each) acknowledges by itself:
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let instance = green_api::Instance::from_env()?;
/// instance
///     .notifications()
///     .deduplicate(10_000)
///     .for_each(|notification| async move {
///         println!("{}", notification.kind());
///         Ok::<(), std::io::Error>(())
///     })
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// As a [`Stream`] of [`Received`] it leaves that to you. [`Received::ack`] deletes the notification; [`Received::nack`] or dropping it makes it come
/// again after a while. Do not ask for the next one while you hold one: it waits for that.
///
/// What cannot be handled does not block the queue: after [`attempts`](Self::attempts) it goes to the [`dead_letter`](Self::dead_letter) callback and
/// is deleted. So does what cannot be read at all, read as often. A kind that this version does not know is no error, it comes as
/// [`Notification::Unrecognized`].
///
/// # Errors
///
/// What waiting mends (outages, time limits, too many requests, an instance that starts or is not linked) is waited out, longer each time, and told
/// to [`on_trouble`](Self::on_trouble); so is a host that is not there or answers 404, which may pass, too. The stream gives an error, and ends
/// with it, where somebody must do something: a wrong token, a host that refuses the instance, an
/// instance that is expired or deleted, a request that the server does not accept, or [`ErrorKind::WebhookUrlSet`](crate::ErrorKind::WebhookUrlSet): notifications go to
/// a webhook address, and cannot be fetched before `webhookUrl` is cleared with `setSettings`, and a minute has passed.
///
/// There is one kind of error that it goes on after: an answer that cannot be read and has no receipt to delete it by
/// ([`ErrorKind::UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer) or [`ErrorKind::AnswerTooLong`](crate::ErrorKind::AnswerTooLong)). If that is
/// no passing trouble, only [`Instance::clear_webhooks_queue`] removes it.
///
/// New instances send no notifications until they are switched on with [`Instance::set_settings`].
#[must_use = "nothing happens until it is read"]
pub struct Notifications(State);

enum State {
    Ready(Box<Poller>),
    Running(Pin<Box<dyn Future<Output = Step> + Send>>),
    Ended,
}

type Step = (Box<Poller>, Option<Result<Received, Error>>);

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

    /// How long the server waits for a notification before it answers that there is none: 5 to 60 seconds, 20 unless set. The time limit of the
    /// request follows it.
    pub fn receive_timeout(self, timeout: Duration) -> Self {
        self.configure(|poller| poller.receive_timeout = timeout)
    }

    /// How often a notification is tried before it goes to the dead letters, the first time included; 5 unless set.
    pub fn attempts(self, attempts: u32) -> Self {
        self.configure(|poller| poller.attempts = attempts.max(1))
    }

    /// The limit of the first wait after a failure, and the limit that it grows to; 1 and 60 seconds unless set. The wait is drawn between zero and
    /// the limit, which doubles each time.
    pub fn backoff(self, base: Duration, cap: Duration) -> Self {
        self.configure(|poller| {
            poller.base = base;
            poller.cap = cap;
        })
    }

    /// Gives out once what the server repeats: a notification whose message id, kind and status are those of one of the last `capacity` that were
    /// acknowledged is deleted without a word. Off unless set; what is remembered lives as long as this does.
    pub fn deduplicate(self, capacity: usize) -> Self {
        self.configure(|poller| poller.seen = Some(Recent::new(capacity)))
    }

    /// Where notifications go that failed too often or cannot be read. They are deleted from the queue when it gives `Ok`; until then the queue waits,
    /// and it is called again.
    ///
    /// Without it they are deleted all the same, so that the queue goes on, and all that is left is a line in the log without what was in them.
    /// Set it if every message counts.
    pub fn dead_letter<H, F, E>(self, handler: H) -> Self
    where
        H: Fn(DeadLetter) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.configure(|poller| poller.dead_letter = Some(boxed(handler)))
    }

    /// Told of everything that is waited out: an outage, a handler that failed. It is logged as well, without the handler's error.
    pub fn on_trouble(self, tell: impl Fn(&Trouble<'_>) + Send + Sync + 'static) -> Self {
        self.configure(|poller| poller.on_trouble = Some(Box::new(tell)))
    }

    /// Told of what this version does not know in a notification, before it is given out, for a report: fields, values and kinds that the server has
    /// added. Only what differs from the last one that was told is told.
    ///
    /// ```no_run
    /// # fn example(instance: green_api::Instance) {
    /// let notifications = instance.notifications().on_drift(|drift| eprintln!("{drift}"));
    /// # }
    /// ```
    pub fn on_drift(self, tell: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        self.configure(|poller| poller.on_drift = Some(DriftWatch::new(tell)))
    }

    /// Ends when this future does, such as one that waits for Ctrl+C. The notification in hand is finished first.
    pub fn until(self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.configure(|poller| poller.stop = Some(Box::pin(stop)))
    }

    /// Handles every notification, and acknowledges it when the handler gives `Ok`. After an `Err` the same one is handled again, until it goes to the
    /// dead letters.
    ///
    /// Stops when [`until`](Self::until) says so, or when it is dropped: then the notification in hand, if there is one, comes again next time. A panic
    /// of the handler is not caught.
    ///
    /// # Errors
    ///
    /// What waiting does not mend; see [above](Self#errors).
    pub async fn for_each<H, F, E>(mut self, mut handler: H) -> Result<(), Error>
    where
        H: FnMut(Notification) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        while let Some(item) = poll_fn(|context| Pin::new(&mut self).poll_next(context)).await {
            match item {
                Ok(Received {
                    notification,
                    receipt,
                    ..
                }) => match handler(notification).await {
                    Ok(()) => receipt.handled(),
                    Err(error) => receipt.nack_because(error),
                },
                Err(error) if is_final(&error) => return Err(error),
                // It was told to `on_trouble`.
                Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Stream for Notifications {
    type Item = Result<Received, Error>;

    /// The next notification, once the one before has been acknowledged, refused or dropped.
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
