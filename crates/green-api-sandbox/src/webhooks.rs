//! Webhooks: with a `webhookUrl` in the settings, notifications are posted there, one at a time and in order.

use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use serde_json::Value;

use crate::account::Account;
use crate::queue::Notification;
use crate::world::{Core, Event, World};

/// How long the server waits for an endpoint, by the sandbox's clock.
const PATIENCE: Duration = Duration::from_secs(180);

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
    /// What the endpoint made of it.
    pub outcome: WebhookOutcome,
    /// When that was known, by the sandbox's clock.
    pub at: SystemTime,
}

/// What an endpoint made of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookOutcome {
    /// It answered 200, and the notification has left the queue.
    Accepted,
    /// It answered this HTTP status, which is not 200. The notification will be posted again.
    Refused(u16),
    /// It could not be reached or broke the connection off; the reason in words. The notification will be posted again.
    Failed(String),
    /// It did not answer within 180 seconds. The notification will be posted again.
    TimedOut,
}

/// What is known about the webhooks of one instance.
#[derive(Default)]
pub(crate) struct Webhooks {
    /// A notification is on its way; the next one waits for its outcome.
    posting: bool,
    /// After a failure nothing is posted before this time.
    pub(crate) paused_until: Option<SystemTime>,
    deliveries: VecDeque<WebhookDelivery>,
    forgotten: usize,
}

/// A notification to be posted, with all that it takes.
struct Post {
    instance: u64,
    receipt_id: u64,
    url: String,
    authorization: Option<HeaderValue>,
    body: Vec<u8>,
}

impl Webhooks {
    pub(crate) fn deliveries(&self) -> Vec<WebhookDelivery> {
        self.deliveries.iter().cloned().collect()
    }

    /// How many attempts there have been, the forgotten ones included.
    pub(crate) fn count(&self) -> usize {
        self.forgotten + self.deliveries.len()
    }

    fn remember(&mut self, delivery: WebhookDelivery) {
        self.deliveries.push_back(delivery);
        if self.deliveries.len() > KEPT {
            self.deliveries.pop_front();
            self.forgotten += 1;
        }
    }
}

/// Posts whatever there is to post, until the sandbox ends. An endpoint that does not answer holds up its own instance only.
pub(crate) async fn run(core: Arc<Core>) {
    // A redirect is an answer that is not 200. A proxy from the environment would never find an endpoint on loopback.
    // Where the machine has no certificates there may be no client, and then that is what becomes of each post.
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build();
    let mut closed = core.closed.subscribe();
    loop {
        let post = tokio::select! {
            post = core.wait_for(None, World::next_post) => post,
            _ = closed.wait_for(|closed| *closed) => None,
        };
        let Some(post) = post else { return };
        match &http {
            Ok(http) => {
                tokio::spawn(deliver(Arc::clone(&core), http.clone(), post));
            }
            Err(error) => core.with(|world| {
                world.posted(
                    post.instance,
                    post.receipt_id,
                    WebhookOutcome::Failed(reason(error)),
                )
            }),
        }
    }
}

async fn deliver(core: Arc<Core>, http: reqwest::Client, post: Post) {
    let mut request = http
        .post(post.url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .body(post.body);
    if let Some(authorization) = post.authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let answer = async {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        // The connection can only be used again once the answer has been read.
        answer.bytes().await?;
        Ok(status)
    };
    let deadline = core.with(|world| world.now) + PATIENCE;
    let mut closed = core.closed.subscribe();
    let outcome = tokio::select! {
        status = answer => match status {
            Ok(200) => WebhookOutcome::Accepted,
            Ok(status) => WebhookOutcome::Refused(status),
            Err(error) => WebhookOutcome::Failed(reason(&error)),
        },
        () = core.clock.sleep_until(deadline) => WebhookOutcome::TimedOut,
        _ = closed.wait_for(|closed| *closed) => return,
    };
    core.with(|world| world.posted(post.instance, post.receipt_id, outcome));
}

/// The innermost reason. The address is left out, which may hold a secret of the endpoint.
fn reason(error: &reqwest::Error) -> String {
    let mut source = error.source();
    while let Some(deeper) = source.and_then(|source| source.source()) {
        source = Some(deeper);
    }
    match source {
        Some(source) => source.to_string(),
        None if error.is_builder() => {
            "webhookUrl is not an address that can be posted to".to_owned()
        }
        None => "the connection failed".to_owned(),
    }
}

impl World {
    /// The next notification to post, of whatever instance has one. It counts as being posted from now on.
    fn next_post(&mut self) -> Option<Post> {
        let now = self.now;
        self.accounts
            .values_mut()
            .find_map(|account| account.next_post(now))
    }

    pub(crate) fn posted(&mut self, instance: u64, receipt_id: u64, outcome: WebhookOutcome) {
        let (now, pause) = (self.now, self.options.webhook_retry);
        self.stirred = true;
        let Some(account) = self.accounts.get_mut(&instance) else {
            return;
        };
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
    /// Where notifications are posted to. Without an address they wait for `receiveNotification`.
    pub(crate) fn webhook_url(&self) -> Option<&str> {
        self.settings
            .get("webhookUrl")
            .and_then(Value::as_str)
            .filter(|url| !url.is_empty())
    }

    fn next_post(&mut self, now: SystemTime) -> Option<Post> {
        if self.webhooks.posting || self.webhooks.paused_until.is_some_and(|until| now < until) {
            return None;
        }
        let url = self.webhook_url()?.to_owned();
        let notification = self.queue.head(now)?;
        self.webhooks.posting = true;
        self.webhooks.paused_until = None;
        let token = self
            .settings
            .get("webhookUrlToken")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Notification { receipt_id, body } = notification;
        Some(Post {
            instance: self.id,
            receipt_id,
            url,
            authorization: authorization(token),
            body,
        })
    }
}

/// The header for a `webhookUrlToken`, which may name its scheme itself.
fn authorization(token: &str) -> Option<HeaderValue> {
    if token.is_empty() {
        return None;
    }
    let has_scheme = ["Bearer ", "Basic "]
        .iter()
        .any(|scheme| token.starts_with(scheme));
    let value = if has_scheme {
        token.to_owned()
    } else {
        format!("Bearer {token}")
    };
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
