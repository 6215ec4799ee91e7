//! Which notification is posted to a `webhookUrl` next, and what its outcome changes.

use std::time::SystemTime;

use super::World;
use super::account::Account;
use super::agenda::Event;
use super::webhooks::{WebhookDelivery, WebhookOutcome};

/// A notification to be posted, with all that it takes.
pub(crate) struct Post {
    pub(crate) instance: u64,
    pub(crate) receipt_id: u64,
    pub(crate) url: String,
    /// The `webhookUrlToken`; empty if it is not set.
    pub(crate) token: String,
    pub(crate) body: Vec<u8>,
}

impl World {
    /// Returns the next notification to post, from any instance, and marks it as being posted.
    pub(crate) fn next_post(&mut self) -> Option<Post> {
        let now = self.now;
        self.accounts
            .values_mut()
            .find_map(|account| account.next_post(now))
    }

    pub(crate) fn posted(&mut self, instance: u64, receipt_id: u64, outcome: WebhookOutcome) {
        let (now, pause) = (self.now, self.options.webhook_retry);
        self.changed = true;
        let account = self.account(instance);
        account.webhooks.posting = false;
        let accepted = outcome == WebhookOutcome::Accepted;
        account.webhooks.remember(WebhookDelivery {
            receipt_id,
            outcome,
            at: now,
        });
        if accepted {
            account.queue.remove(receipt_id, now);
        } else {
            account.webhooks.paused_until = Some(now + pause);
            self.schedule(pause, Event::WebhookDue);
        }
    }
}

impl Account {
    fn next_post(&mut self, now: SystemTime) -> Option<Post> {
        if self.webhooks.posting || self.webhooks.paused_until.is_some_and(|until| now < until) {
            return None;
        }
        let url = self.webhook_url()?.to_owned();
        let notification = self.queue.head(now)?;
        self.webhooks.posting = true;
        self.webhooks.paused_until = None;
        Some(Post {
            instance: self.id,
            receipt_id: notification.receipt_id,
            url,
            token: self.setting("webhookUrlToken").to_owned(),
            body: notification.body,
        })
    }
}
