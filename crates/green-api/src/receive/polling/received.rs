//! A notification in hand, and what becomes of it.

use std::fmt;

use green_api_client::ResponseRecord;
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::types::Notification;
use crate::{BoxError, Drift, Error, Instance, RawJson};

/// A notification, and the receipt that decides whether it comes again.
///
/// ```no_run
/// use futures_util::StreamExt;
///
/// # async fn example(instance: green_api::Instance) -> Result<(), green_api::Error> {
/// let mut notifications = instance.notifications();
/// while let Some(received) = notifications.next().await {
///     let received = received?;
///     println!("{:?}", received.notification);
///     received.ack().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropping it means that it was not handled"]
pub struct Received {
    /// The notification.
    pub notification: Notification,
    /// What acknowledges it.
    pub receipt: Receipt,
    /// The answer that it came in.
    pub(super) answer: ResponseRecord,
}

impl Received {
    /// The notification's JSON as it came, with what this version does not know.
    #[must_use]
    pub fn raw(&self) -> RawJson {
        raw(&self.answer)
    }

    /// What this version does not know in it; see [`Drift`]. Looked for when it is asked for.
    #[must_use]
    pub fn drift(&self) -> Drift {
        Drift::of::<Notification>(self.raw().as_str())
    }

    /// It was handled. See [`Receipt::ack`].
    ///
    /// # Errors
    ///
    /// As for [`Receipt::ack`].
    pub async fn ack(self) -> Result<(), Error> {
        self.receipt.ack().await
    }

    /// It was not handled. See [`Receipt::nack`].
    pub fn nack(self) {
        self.receipt.nack();
    }
}

/// The notification as it stands in the answer.
pub(super) fn raw(answer: &ResponseRecord) -> RawJson {
    #[derive(Deserialize)]
    struct Envelope {
        body: RawJson,
    }
    // It was decoded before, so it is there.
    serde_json::from_slice(&answer.body)
        .map_or_else(|_| RawJson::default(), |Envelope { body }| body)
}

/// What becomes of a notification: [`ack`](Self::ack) deletes it from the queue, [`nack`](Self::nack) or dropping the receipt leaves it there,
/// so that it comes again.
#[must_use = "dropping it means that the notification was not handled"]
pub struct Receipt {
    instance: Instance,
    id: i64,
    attempt: u32,
    outcome: Outcome,
    tell: Option<oneshot::Sender<Outcome>>,
}

/// What a receipt tells the loop when it goes.
#[derive(Debug)]
pub(super) enum Outcome {
    Failed(Option<BoxError>),
    /// Handled, and not yet deleted.
    Handled,
    Deleted,
}

impl Receipt {
    pub(super) fn new(
        instance: Instance,
        id: i64,
        attempt: u32,
    ) -> (Self, oneshot::Receiver<Outcome>) {
        let (tell, told) = oneshot::channel();
        (
            Self {
                instance,
                id,
                attempt,
                outcome: Outcome::Failed(None),
                tell: Some(tell),
            },
            told,
        )
    }

    /// The server's number for it, `receiptId`.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// How often this loop has given out the notification, this time included.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The notification was handled: deletes it from the queue, so that the next one comes.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::delete_notification`]. The loop that gave it out deletes it later then and does not give it out again, so an error may
    /// be ignored as long as the loop goes on.
    pub async fn ack(mut self) -> Result<(), Error> {
        // It was, even if this is dropped before the answer is there.
        self.outcome = Outcome::Handled;
        // `false` in the answer means that it was deleted before.
        self.instance.delete_notification(self.id).await?;
        self.outcome = Outcome::Deleted;
        Ok(())
    }

    /// The notification was not handled: it comes again after a while, and goes to the dead letters when it has failed too often.
    pub fn nack(self) {
        drop(self);
    }

    /// The same, with the reason, which the dead letter will have.
    pub fn nack_because(mut self, error: impl Into<BoxError>) {
        self.outcome = Outcome::Failed(Some(error.into()));
    }

    /// It was handled, and the loop is to delete it.
    pub(super) fn handled(mut self) {
        self.outcome = Outcome::Handled;
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            let outcome = std::mem::replace(&mut self.outcome, Outcome::Failed(None));
            // Nobody listens when the loop has been dropped.
            let _ = tell.send(outcome);
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
