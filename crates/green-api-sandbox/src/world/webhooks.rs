//! The webhooks of an instance.

use std::collections::VecDeque;
use std::time::SystemTime;

/// How many deliveries are remembered for each instance: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 1_000;

/// One attempt to post a notification to the `webhookUrl` of an instance, from
/// [`Instance::webhook_deliveries`](crate::Instance::webhook_deliveries).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The receipt of the notification, as [`Instance::notify`](crate::Instance::notify) returned it. Attempts to post the same
    /// notification share it.
    pub receipt_id: u64,
    /// The result of the attempt.
    pub outcome: WebhookOutcome,
    /// The time at which the result was known, by the sandbox's clock.
    pub at: SystemTime,
}

/// The result of posting a notification to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookOutcome {
    /// It answered 200, and the notification has left the queue.
    Accepted,
    /// It answered this HTTP status, which is not 200. The notification will be posted again.
    Refused(u16),
    /// It could not be reached or closed the connection; the text is the reason. The notification will be posted again.
    Failed(String),
    /// It did not answer within 180 seconds. The notification will be posted again.
    TimedOut,
}

/// The webhooks of one instance.
#[derive(Default)]
pub(crate) struct Webhooks {
    /// A notification is on its way; the next one waits for its outcome.
    pub(super) posting: bool,
    /// After a failure nothing is posted before this time.
    pub(crate) paused_until: Option<SystemTime>,
    deliveries: VecDeque<WebhookDelivery>,
    forgotten: usize,
}

impl Webhooks {
    pub(crate) fn deliveries(&self) -> Vec<WebhookDelivery> {
        self.deliveries.iter().cloned().collect()
    }

    /// Returns the number of attempts, including those that are no longer remembered.
    pub(crate) fn count(&self) -> usize {
        self.forgotten + self.deliveries.len()
    }

    pub(super) fn remember(&mut self, delivery: WebhookDelivery) {
        self.deliveries.push_back(delivery);
        if self.deliveries.len() > KEPT {
            self.deliveries.pop_front();
            self.forgotten += 1;
        }
    }
}
