//! What decides whether a notification comes again.

use std::fmt;

use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::telemetry::Handling;
use crate::{BoxError, Error, Instance, RetryPolicy};

/// The receipt of a notification, which decides whether it comes again: [`ack`](Self::ack) deletes it from the queue, [`nack`](Self::nack) or dropping
/// the receipt leaves it there.
#[must_use = "dropping it means that the notification was not handled"]
pub struct Receipt {
    instance: Instance,
    id: i64,
    handling: Handling,
    outcome: Outcome,
    tell: Option<oneshot::Sender<Outcome>>,
}

/// What the loop learns from a receipt that is dropped.
#[derive(Debug)]
pub(super) enum Outcome {
    Failed(Option<BoxError>),
    /// Handled, and not known to be deleted. Perhaps that was `tried`.
    Handled {
        tried: bool,
    },
    /// Handled and deleted, or `vanished` before that.
    Deleted {
        vanished: bool,
    },
}

impl Receipt {
    pub(super) fn new(
        instance: Instance,
        id: i64,
        handling: Handling,
    ) -> (Self, oneshot::Receiver<Outcome>) {
        let (tell, told) = oneshot::channel();
        (
            Self {
                instance,
                id,
                handling,
                outcome: Outcome::Failed(None),
                tell: Some(tell),
            },
            told,
        )
    }

    /// Returns the server's number for the notification, `receiptId`.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Returns the span of this attempt to handle the notification, which ends with the receipt. What instruments its handler with a clone of it
    /// finds the handler's spans and calls below; [`for_each`](crate::Notifications::for_each) does so by itself.
    #[must_use]
    pub fn span(&self) -> &Span {
        self.handling.span()
    }

    /// Acknowledges the notification: deletes it from the queue, so that the next one comes.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Instance::delete_notification`]. The loop that gave out the notification deletes it later and does not give it out
    /// again, so an error may be ignored as long as the loop goes on.
    pub async fn ack(mut self) -> Result<(), Error> {
        // It was, even if this is dropped before the answer is there.
        self.outcome = Outcome::Handled { tried: true };
        let span = self.handling.span().clone();
        self.delete().instrument(span).await
    }

    async fn delete(&mut self) -> Result<(), Error> {
        let delete = || self.instance.delete_notification(self.id);
        // `false` in the answer means that it was deleted before; if the first answer was lost, perhaps by this.
        let vanished = match delete().retry(RetryPolicy::never()).await {
            Ok(answer) => !answer.result,
            Err(error) if error.is_transient() => delete().await.map(|_| false)?,
            Err(error) => return Err(error),
        };
        self.outcome = Outcome::Deleted { vanished };
        Ok(())
    }

    /// Gives the notification back: it comes again after a while, and is dead-lettered when it has failed for too long.
    pub fn nack(self) {
        drop(self);
    }

    /// Gives the notification back like [`nack`](Self::nack), with the reason, which the dead letter will have. A
    /// [`HandlerError`](crate::HandlerError) also says what is to become of it.
    pub fn nack_because(mut self, error: impl Into<BoxError>) {
        self.outcome = Outcome::Failed(Some(error.into()));
    }

    /// Leaves the deletion of a notification that was handled to the loop.
    pub(super) fn handled(mut self) {
        self.outcome = Outcome::Handled { tried: false };
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if !matches!(self.outcome, Outcome::Failed(_)) {
            self.handling.handled();
        }
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
            .finish_non_exhaustive()
    }
}
