use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use super::contract::Contract;
use super::outbox::Outbox;
use super::queue::Queue;
use super::quota::{self, Exceeded, QuotaUse, Spending, Usage};
use super::state::State;
use super::webhooks::Webhooks;
use crate::kit::clock::unix_seconds;
use crate::kit::qr;

/// How long a code can be typed.
const CODE_LIFETIME: Duration = Duration::from_secs(150);

/// How many changes of the state are remembered: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;

/// What the server knows about one instance.
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) token: String,
    /// What the instance is, or will be again once a restart is over.
    settled: State,
    pub(crate) restarting_until: Option<SystemTime>,
    pub(crate) creating_until: Option<SystemTime>,
    /// Digits of the linked phone number.
    pub(crate) phone: Option<String>,
    pub(crate) settings: Map<String, Value>,
    pub(crate) code: Option<IssuedCode>,
    pub(crate) refuses_codes: bool,
    /// A code has been typed; the number and when it will be linked.
    pub(crate) linking: Option<(String, SystemTime)>,
    pub(crate) queue: Queue,
    pub(crate) webhooks: Webhooks,
    pub(crate) contract: Contract,
    pub(crate) usage: Usage,
    pub(crate) outbox: Outbox,
    history: VecDeque<Change>,
}

/// A code that was given out by `getAuthorizationCode`.
pub(crate) struct IssuedCode {
    pub(crate) text: String,
    pub(crate) phone: String,
    issued: SystemTime,
}

/// A line of `getStateInstanceHistory`.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    state_instance: &'static str,
    timestamp: u64,
    phone_number: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateInstanceChanged {
    type_webhook: &'static str,
    instance_data: InstanceData,
    timestamp: u64,
    state_instance: &'static str,
}

/// It has no time, unlike every other notification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuotaExceeded {
    type_webhook: &'static str,
    instance_data: InstanceData,
    quota_data: QuotaUse,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceData {
    id_instance: u64,
    wid: String,
    type_instance: &'static str,
}

impl IssuedCode {
    pub(crate) fn new(text: String, phone: String, now: SystemTime) -> Self {
        Self {
            text,
            phone,
            issued: now,
        }
    }

    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        self.expires() <= now
    }

    pub(crate) fn expires(&self) -> SystemTime {
        self.issued + CODE_LIFETIME
    }
}

impl Account {
    pub(crate) fn new(id: u64, token: String, now: SystemTime) -> Self {
        Self {
            id,
            token,
            settled: State::NotAuthorized,
            restarting_until: None,
            creating_until: None,
            phone: None,
            settings: fresh_settings(),
            code: None,
            refuses_codes: false,
            linking: None,
            queue: Queue::default(),
            webhooks: Webhooks::default(),
            contract: Contract::new(id, now),
            usage: Usage::default(),
            outbox: Outbox::default(),
            history: VecDeque::new(),
        }
    }

    pub(crate) fn state(&self) -> State {
        if self.restarting_until.is_some() {
            State::Starting
        } else {
            self.settled
        }
    }

    /// Whether the account of this phone number is linked and can be talked to, a passing restart aside.
    pub(crate) fn is_linked_to(&self, number: &str) -> bool {
        self.phone.as_deref() == Some(number) && self.settled.is_linked()
    }

    pub(crate) fn is_creating(&self, now: SystemTime) -> bool {
        self.creating_until.is_some_and(|until| now < until)
    }

    /// What the QR code says that can be scanned now; `None` in a state in which there is none.
    pub(crate) fn qr(&self, now: SystemTime) -> Option<String> {
        let shows = self.state() == State::NotAuthorized && !self.is_creating(now);
        shows.then(|| qr::content(self.id, unix_seconds(now) / qr::PERIOD))
    }

    /// The linked account's chat id; empty when there is none.
    pub(crate) fn wid(&self) -> String {
        self.phone
            .as_ref()
            .map_or_else(String::new, |phone| format!("{phone}@c.us"))
    }

    /// The settings as `getSettings` shows them.
    pub(crate) fn settings(&self) -> Map<String, Value> {
        let mut settings = self.settings.clone();
        settings.insert("wid".to_owned(), Value::from(self.wid()));
        settings
    }

    /// The latest changes of the state, newest first.
    pub(crate) fn history(&self, count: usize) -> Vec<Change> {
        self.history.iter().rev().take(count).cloned().collect()
    }

    /// Settles in a state and announces it when the settings ask for that. Whatever was under way is over.
    pub(crate) fn enter(&mut self, state: State, now: SystemTime) {
        let changed = self.state() != state;
        self.interrupt();
        self.restarting_until = None;
        self.settled = state;
        if state == State::NotAuthorized {
            self.phone = None;
        }
        if !changed {
            return;
        }
        self.remember(state, now);
        if self.wants("stateWebhook") {
            self.announce(state, now);
        }
    }

    /// Starts again. That is a passing thing and not announced; the state before comes back.
    pub(crate) fn restart(&mut self, until: SystemTime, now: SystemTime) {
        self.interrupt();
        self.restarting_until = Some(until);
        self.remember(State::Starting, now);
    }

    /// A restart is over, if it is the one that was to end now.
    pub(crate) fn restarted(&mut self, now: SystemTime) {
        if self.restarting_until == Some(now) {
            self.restarting_until = None;
            self.remember(self.settled, now);
        }
    }

    /// A code does not outlive the connection that it was asked for on, nor does a link that is being made.
    fn interrupt(&mut self) {
        self.code = None;
        self.linking = None;
    }

    fn remember(&mut self, state: State, now: SystemTime) {
        if self.history.len() == KEPT {
            self.history.pop_front();
        }
        self.history.push_back(Change {
            state_instance: state.as_str(),
            timestamp: unix_seconds(now),
            phone_number: self.wid(),
        });
    }

    /// Returns whether a switch in the settings is on.
    pub(crate) fn wants(&self, switch: &str) -> bool {
        self.settings.get(switch).and_then(Value::as_str) == Some("yes")
    }

    /// Returns where notifications are posted to. Without an address they wait for `receiveNotification`.
    pub(crate) fn webhook_url(&self) -> Option<&str> {
        let url = self.settings.get("webhookUrl").and_then(Value::as_str);
        url.filter(|url| !url.is_empty())
    }

    /// Counts a call against the quotas, and announces when that of chats does not allow it. No setting switches that off.
    pub(crate) fn spend(
        &mut self,
        method: &str,
        spending: Spending<'_>,
        now: SystemTime,
    ) -> Result<(), Box<Exceeded>> {
        let spent = self.usage.spend(method, spending, now);
        if matches!(
            spent.as_ref().map_err(AsRef::as_ref),
            Err(Exceeded::Chats(..))
        ) {
            // Notifications spell it otherwise than answers.
            let quota_data = quota::correspondents("CORRESPONDENTS_QUOTA_EXCEEDED");
            self.tell(
                &QuotaExceeded {
                    type_webhook: "quotaExceeded",
                    instance_data: self.instance_data(),
                    quota_data,
                },
                now,
            );
        }
        spent
    }

    /// The instance is deleted: nothing is linked to it, and nobody hears of it any more.
    pub(crate) fn fall_silent(&mut self) {
        self.interrupt();
        self.restarting_until = None;
        self.settled = State::NotAuthorized;
        self.phone = None;
        self.queue = Queue::default();
        self.settings = fresh_settings();
    }

    fn announce(&mut self, state: State, now: SystemTime) {
        self.tell(
            &StateInstanceChanged {
                type_webhook: "stateInstanceChanged",
                instance_data: self.instance_data(),
                timestamp: unix_seconds(now),
                state_instance: state.as_str(),
            },
            now,
        );
    }

    fn instance_data(&self) -> InstanceData {
        InstanceData {
            id_instance: self.id,
            wid: self.wid(),
            type_instance: "whatsapp",
        }
    }

    fn tell(&mut self, notification: &impl Serialize, now: SystemTime) {
        if let Ok(body) = to_raw_value(notification) {
            self.queue.push(body, now);
        }
    }
}

/// The settings of a new instance: no notification is switched on.
fn fresh_settings() -> Map<String, Value> {
    let mut settings = Map::new();
    settings.insert("typeInstance".to_owned(), json!("whatsapp"));
    settings.insert("webhookUrl".to_owned(), json!(""));
    settings.insert("webhookUrlToken".to_owned(), json!(""));
    settings.insert("delaySendMessagesMilliseconds".to_owned(), json!(500));
    settings.insert("autoTyping".to_owned(), json!(0));
    settings.insert("linkPreview".to_owned(), json!("yes"));
    for switch in [
        "markIncomingMessagesReaded",
        "markIncomingMessagesReadedOnReply",
        "outgoingWebhook",
        "outgoingMessageWebhook",
        "outgoingAPIMessageWebhook",
        "incomingWebhook",
        "deviceWebhook",
        "stateWebhook",
        "keepOnlineStatus",
        "pollMessageWebhook",
        "incomingBlockWebhook",
        "incomingCallWebhook",
        "editedMessageWebhook",
        "deletedMessageWebhook",
        "enableLidMode",
    ] {
        settings.insert(switch.to_owned(), json!("no"));
    }
    settings
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::{Account, KEPT};
    use crate::world::state::State;

    #[test]
    fn the_latest_changes_are_remembered() {
        let mut account = Account::new(1, "one".to_owned(), UNIX_EPOCH);
        account.enter(State::Blocked, UNIX_EPOCH);
        for _ in 0..KEPT / 2 {
            account.enter(State::Authorized, UNIX_EPOCH);
            account.enter(State::SleepMode, UNIX_EPOCH);
        }
        let history = account.history(usize::MAX);
        assert_eq!(history.len(), KEPT);
        assert_eq!(
            (history[0].state_instance, history[KEPT - 1].state_instance),
            ("sleepMode", "authorized")
        );
    }
}
