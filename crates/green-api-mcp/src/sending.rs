//! Sending through the outbox.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use green_api::{Instance, RequestParts};
use green_api_mailbox::{Error, Hold, Outbox, OutboxEntry, OutboxEvent, OutboxState, OutboxWork};
use rmcp::model::CallToolResult;
use serde_json::json;

use crate::answer::refused;
use crate::foreign::hide;

/// Sends messages, each once.
#[derive(Clone)]
pub(crate) struct Sending {
    pub instance: Instance,
    pub outbox: Outbox,
    /// How long an answer waits until the message is sent.
    pub patience: Duration,
    /// Why the instance sends nothing for now.
    held: Arc<Mutex<Option<Hold>>>,
}

impl Sending {
    pub(crate) fn new(instance: Instance, outbox: Outbox, patience: Duration) -> Self {
        Self {
            instance,
            outbox,
            patience,
            held: Arc::default(),
        }
    }

    /// Sends what is in the outbox, until the end.
    pub(crate) fn work(
        &self,
        set: impl FnOnce(OutboxWork) -> OutboxWork,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
        let held = Arc::clone(&self.held);
        let work = set(self.outbox.work([self.instance.clone()]));
        let work = work.until(end).on_event(move |event| {
            let now = match event {
                OutboxEvent::Held { reason, .. } => Some(*reason),
                OutboxEvent::Resumed { .. } => None,
                _ => return,
            };
            *held.lock().unwrap_or_else(PoisonError::into_inner) = now;
        });
        work.into_future()
    }

    /// Puts a message into the outbox, and tells what became of it within the patience.
    pub(crate) async fn send(&self, key: Option<String>, parts: RequestParts) -> CallToolResult {
        let key = key.unwrap_or_else(|| format!("mcp-{:032x}", fastrand::u128(..)));
        let put = self.outbox.put_parts(&*key, self.instance.id(), parts);
        match put.await {
            Ok(put) => {
                self.wait(&key).await;
                self.tell(&key, Some(!put.is_new())).await
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Tells what became of a message.
    pub(crate) async fn status(&self, key: &str) -> CallToolResult {
        self.tell(key, None).await
    }

    /// Waits until nothing more is done about a message for now.
    async fn wait(&self, key: &str) {
        let settled = async {
            let mut states = pin!(self.outbox.watch(key));
            while let Ok(Some(state)) = states.try_next().await {
                if !state.is_open() {
                    return;
                }
            }
            pending().await
        };
        // What is late is told as it is.
        let _ = tokio::time::timeout(self.patience, settled).await;
    }

    async fn tell(&self, key: &str, was_there: Option<bool>) -> CallToolResult {
        let entry = match self.outbox.get(key).await {
            Ok(entry) if entry.instance() == self.instance.id() => entry,
            Ok(_) => return self.failed(&Error::Unknown(key.to_owned())),
            Err(error) => return self.failed(&error),
        };
        let (state, token) = (entry.state(), self.token());
        let mut told = json!({
            "idempotencyKey": key,
            "state": state.as_str(),
            "idMessage": entry.message_id().map(|id| hide(id.as_str(), &token)),
        });
        if was_there == Some(true) {
            told["note"] = "There was a message with this key already: this is what became of it, and nothing else is sent.".into();
        }
        if let Some(problem) = entry.problem() {
            told["problem"] = hide(problem, &token).into();
        }
        if let Some(advice) = self.advice(&entry) {
            told["advice"] = advice.into();
        }
        let is_good = state.is_open()
            || matches!(
                state,
                OutboxState::Sent | OutboxState::Delivered | OutboxState::Read
            );
        if is_good || was_there.is_none() {
            CallToolResult::structured(told)
        } else {
            CallToolResult::structured_error(told)
        }
    }

    fn advice(&self, entry: &OutboxEntry) -> Option<String> {
        match entry.state() {
            OutboxState::Queued | OutboxState::Sending => {
                let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
                let held = held.map(|hold| format!(" The instance sends nothing for now: {hold}."));
                Some(format!(
                    "It is in the outbox and will be sent; do not send it again under another key. Ask outbox_status later.{}",
                    held.unwrap_or_default()
                ))
            }
            OutboxState::Doubtful => Some(
                "It may have been sent, which is being looked into; do not send it again under another key. Ask outbox_status in some minutes."
                    .to_owned(),
            ),
            OutboxState::Parked => Some(
                "Nobody can tell whether it was sent; do not send it again. A person looks at the phone, and then says so with `green-api outbox retry`."
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn failed(&self, error: &Error) -> CallToolResult {
        refused(hide(&error.to_string(), &self.token()))
    }

    fn token(&self) -> String {
        self.instance.credentials().token().expose().to_owned()
    }
}
