use std::collections::VecDeque;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::contract::Contract;
use super::messages::person_id;
use super::outbox::Outbox;
use super::queue::Queue;
use super::quota::{self, Exceeded, Spending, Usage};
use super::state::State;
use super::webhooks::Webhooks;
use crate::kit::clock::unix_seconds;
use crate::kit::qr;

/// How many changes of the state are remembered: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;

/// The state of one instance on the server.
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) token: String,
    /// The state, or during a restart the one that comes back.
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
    /// Lines of `getStateInstanceHistory`, oldest first.
    history: VecDeque<Value>,
}

/// A code that was given out by `getAuthorizationCode`.
pub(crate) struct IssuedCode {
    pub(crate) text: String,
    pub(crate) phone: String,
    pub(crate) expires: SystemTime,
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

    /// Returns whether the account of this phone number is linked and reachable, ignoring a restart in progress.
    pub(crate) fn is_linked_to(&self, number: &str) -> bool {
        self.phone.as_deref() == Some(number) && self.settled.is_linked()
    }

    pub(crate) fn is_creating(&self, now: SystemTime) -> bool {
        self.creating_until.is_some_and(|until| now < until)
    }

    /// Returns the content of the QR code that can be scanned now; `None` unless the state is `notAuthorized`.
    pub(crate) fn qr(&self, now: SystemTime) -> Option<String> {
        let shows = self.state() == State::NotAuthorized && !self.is_creating(now);
        shows.then(|| qr::content(self.id, unix_seconds(now) / qr::PERIOD))
    }

    /// Returns the linked account's chat id, or an empty string if none is linked.
    pub(crate) fn wid(&self) -> String {
        self.phone.as_deref().map(person_id).unwrap_or_default()
    }

    /// Returns the settings as `getSettings` shows them.
    pub(crate) fn settings(&self) -> Map<String, Value> {
        let mut settings = self.settings.clone();
        settings.insert("wid".to_owned(), Value::from(self.wid()));
        settings
    }

    /// Returns the latest state changes, newest first.
    pub(crate) fn history(&self, count: usize) -> Vec<Value> {
        self.history.iter().rev().take(count).cloned().collect()
    }

    /// Enters a state, ends a restart or a linking in progress, and announces the state if the settings ask for it.
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
            let mut body = self.envelope("stateInstanceChanged", now);
            body["stateInstance"] = json!(state.as_str());
            self.queue.push(body.to_string(), now);
        }
    }

    /// Restarts the instance until `until`. This is not announced, and the state before comes back.
    pub(crate) fn restart(&mut self, until: SystemTime, now: SystemTime) {
        self.interrupt();
        self.restarting_until = Some(until);
        self.remember(State::Starting, now);
    }

    /// Ends the restart that was to end now.
    pub(crate) fn restarted(&mut self, now: SystemTime) {
        if self.restarting_until == Some(now) {
            self.restarting_until = None;
            self.remember(self.settled, now);
        }
    }

    /// Drops the code and a linking in progress, neither of which outlives the connection.
    fn interrupt(&mut self) {
        self.code = None;
        self.linking = None;
    }

    fn remember(&mut self, state: State, now: SystemTime) {
        if self.history.len() == KEPT {
            self.history.pop_front();
        }
        self.history.push_back(json!({
            "stateInstance": state.as_str(),
            "timestamp": unix_seconds(now),
            "phoneNumber": self.wid(),
        }));
    }

    /// Returns a text from the settings, or an empty one if it is not set.
    pub(crate) fn setting(&self, name: &str) -> &str {
        let value = self.settings.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    /// Returns whether a switch in the settings is on.
    pub(crate) fn wants(&self, switch: &str) -> bool {
        self.setting(switch) == "yes"
    }

    /// Returns where notifications are posted to. Without an address they wait for `receiveNotification`.
    pub(crate) fn webhook_url(&self) -> Option<&str> {
        Some(self.setting("webhookUrl")).filter(|url| !url.is_empty())
    }

    /// Counts a call against the quotas, and announces if the quota of chats is exceeded, whatever the settings say.
    pub(crate) fn spend(
        &mut self,
        method: &str,
        spending: Spending<'_>,
        now: SystemTime,
    ) -> Result<(), Box<Exceeded>> {
        let spent = self.usage.spend(method, spending, now);
        if matches!(&spent, Err(exceeded) if matches!(**exceeded, Exceeded::Chats(..))) {
            // Unlike every other notification it has no timestamp, and it spells the status differently from answers.
            let body = json!({
                "typeWebhook": "quotaExceeded",
                "instanceData": self.instance_data(),
                "quotaData": quota::correspondents("CORRESPONDENTS_QUOTA_EXCEEDED"),
            });
            self.queue.push(body.to_string(), now);
        }
        spent
    }

    /// Unlinks and empties an instance that is deleted.
    pub(crate) fn fall_silent(&mut self) {
        self.interrupt();
        self.restarting_until = None;
        self.settled = State::NotAuthorized;
        self.phone = None;
        self.queue = Queue::default();
        self.settings = fresh_settings();
    }

    /// Returns the fields that every notification begins with.
    pub(crate) fn envelope(&self, kind: &str, now: SystemTime) -> Value {
        json!({
            "typeWebhook": kind,
            "instanceData": self.instance_data(),
            "timestamp": unix_seconds(now),
        })
    }

    fn instance_data(&self) -> Value {
        json!({ "idInstance": self.id, "wid": self.wid(), "typeInstance": "whatsapp" })
    }
}

/// Returns the settings of a new instance: every notification is switched off.
fn fresh_settings() -> Map<String, Value> {
    let values = [
        ("typeInstance", json!("whatsapp")),
        ("webhookUrl", json!("")),
        ("webhookUrlToken", json!("")),
        ("delaySendMessagesMilliseconds", json!(500)),
        ("autoTyping", json!(0)),
        ("linkPreview", json!("yes")),
    ];
    let switches = [
        "markIncomingMessagesReaded",
        "markIncomingMessagesReadedOnReply",
        "outgoingWebhook",
        "outgoingMessageWebhook",
        "outgoingAPIMessageWebhook",
        "outgoingCallWebhook",
        "incomingWebhook",
        "incomingMessageStatusWebhook",
        "deviceWebhook",
        "stateWebhook",
        "keepOnlineStatus",
        "pollMessageWebhook",
        "incomingBlockWebhook",
        "incomingCallWebhook",
        "editedMessageWebhook",
        "deletedMessageWebhook",
        "enableLidMode",
    ];
    let switches = switches.map(|switch| (switch, json!("no")));
    let all = values.into_iter().chain(switches);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
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
        assert_eq!(history[0]["stateInstance"], "sleepMode");
        assert_eq!(history[KEPT - 1]["stateInstance"], "authorized");
    }
}
