//! The doors of the inbox: long polling and the webhook.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use green_api::webhook::{Authorization, WebhookBuilder};
use green_api::{
    DeadLetter, HandlerError, Instance, Notifications, ReceiveOptions, ReceiveProblem, Received,
    Webhook,
};

use super::Inbox;
use crate::Error;

/// How often one that cannot be read is fetched before it is parked: it may have been damaged on its way.
const READINGS: u32 = 3;

impl Inbox {
    /// Receives the notifications of an instance by long polling, and puts each in before it is deleted at the server. It runs until
    /// [`until`](Receive::until) says, or an error that you have to act on.
    ///
    /// While the database cannot be reached nothing is deleted: the notification stays at the server and is tried again, as
    /// [`on_problem`](Receive::on_problem) is told. The server keeps it for 24 hours.
    pub fn receive(&self, instance: &Instance) -> Receive {
        Receive {
            inbox: self.clone(),
            notifications: instance.notifications(),
            options: ReceiveOptions::new(),
        }
    }

    /// Returns a builder for an endpoint that the server posts notifications to. It answers 200 after it has put a notification in, and 500 while
    /// the database cannot be reached; then the server posts it again after a minute.
    pub fn endpoint(&self, authorization: impl Into<Authorization>) -> InboxEndpoint {
        InboxEndpoint {
            inbox: self.clone(),
            webhook: Webhook::builder(authorization),
            options: ReceiveOptions::new(),
        }
    }

    /// Makes everything that comes, and all that cannot be read, end here.
    fn options(&self, options: ReceiveOptions) -> ReceiveOptions {
        let inbox = self.clone();
        options
            .attempts(READINGS)
            .dead_letter(move |letter: DeadLetter| {
                let inbox = inbox.clone();
                async move { inbox.put_dead_letter(&letter).await.map(drop) }
            })
    }

    /// An outage is waited out: what cannot be put in is not given up on.
    async fn take(self, received: Received) -> Result<(), HandlerError> {
        let put = self.put(&received).await;
        put.map(drop).map_err(HandlerError::later)
    }
}

/// What both doors take.
macro_rules! with_options {
    ($($door:ident)+) => {
        $(impl $door {
            /// Sets options of receiving. Whatever they say of retries and dead letters, nothing is given up on: it is put in, or parked if it
            /// cannot be read.
            pub fn options(mut self, options: ReceiveOptions) -> Self {
                self.options = options;
                self
            }

            /// Calls `callback` for every problem that is waited out, as [`ReceiveOptions::on_problem`] does.
            pub fn on_problem(
                mut self,
                callback: impl Fn(&ReceiveProblem<'_>) + Send + Sync + 'static,
            ) -> Self {
                self.options = self.options.on_problem(callback);
                self
            }
        })+
    };
}

with_options!(Receive InboxEndpoint);

/// Receives by long polling; [`Inbox::receive`] creates it, and awaiting it does it.
#[must_use = "nothing is received until it is awaited"]
#[derive(Debug)]
pub struct Receive {
    inbox: Inbox,
    notifications: Notifications,
    options: ReceiveOptions,
}

impl Receive {
    fn configure(mut self, change: impl FnOnce(Notifications) -> Notifications) -> Self {
        self.notifications = change(self.notifications);
        self
    }

    /// Ends when `stop` completes; the notification in hand is put in first.
    pub fn until(self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.configure(|notifications| notifications.until(stop))
    }

    /// Sets how long the server waits for a notification, as [`Notifications::receive_timeout`] does.
    pub fn receive_timeout(self, timeout: Duration) -> Self {
        self.configure(|notifications| notifications.receive_timeout(timeout))
    }

    /// Sets the waits after a failure, of the server or of the store, as [`Notifications::backoff`] does.
    pub fn backoff(self, base: Duration, cap: Duration) -> Self {
        self.configure(|notifications| notifications.backoff(base, cap))
    }

    /// Reports when nothing has come for so long, as [`Notifications::silence`] does.
    pub fn silence(self, limit: Duration) -> Self {
        self.configure(|notifications| notifications.silence(limit))
    }
}

impl IntoFuture for Receive {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let options = self.inbox.options(self.options);
            let notifications = self.notifications.options(options);
            let taken = notifications.for_each(|received| self.inbox.clone().take(received));
            taken.await.map_err(Error::Request)
        })
    }
}

/// Builds an endpoint that puts in what the server posts; [`Inbox::endpoint`] creates it, [`build`](Self::build) finishes it.
#[must_use = "there is no endpoint before it is built"]
#[derive(Debug)]
pub struct InboxEndpoint {
    inbox: Inbox,
    webhook: WebhookBuilder,
    options: ReceiveOptions,
}

impl InboxEndpoint {
    /// Sets the maximum body size in bytes, as [`WebhookBuilder::body_limit`] does.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.webhook = self.webhook.body_limit(bytes);
        self
    }

    /// Sets how long a body may take to arrive, as [`WebhookBuilder::body_timeout`] does.
    pub fn body_timeout(mut self, time: Duration) -> Self {
        self.webhook = self.webhook.body_timeout(time);
        self
    }

    /// Builds the endpoint.
    pub fn build(self) -> Webhook {
        let webhook = self.webhook.options(self.inbox.options(self.options));
        webhook.handler(move |received| self.inbox.clone().take(received))
    }
}
