//! Calls from one phone to another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::account::Account;
use crate::messages::{Peer, person_id};
use crate::notifications::envelope;
use crate::phone::Phone;
use crate::world::{Event, World};

/// How long a phone rings before its owner does something.
const RINGING: Duration = Duration::from_secs(5);

/// How many calls are kept, as documented.
const KEPT: usize = 10_000;

/// How a call ends, from [`Phone::call`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnd {
    /// It is answered and lasts so long.
    Answered(Duration),
    /// It is declined.
    Declined,
    /// Nobody answers.
    Missed,
}

/// A call.
pub(crate) struct Call {
    pub(crate) id: String,
    /// Digits of the number that calls.
    pub(crate) caller: String,
    /// Digits of the number that is called.
    pub(crate) callee: String,
    pub(crate) is_video: bool,
    end: CallEnd,
    pub(crate) at: SystemTime,
    /// The instances that write it down: those whose settings ask for notifications of such calls.
    pub(crate) noted_by: BTreeSet<u64>,
}

impl Phone {
    /// Calls somebody, who does something after 5 seconds by the sandbox's clock, and returns the id of the call.
    ///
    /// Instances that are linked to the phone that rings hear of it as `incomingCall`, those that are linked to this one as
    /// `outgoingCall` when it is over; both when `incomingCallWebhook` is on.
    pub fn call(&self, number: &str, is_video: bool, end: CallEnd) -> String {
        let callee = match Peer::parse(number) {
            Peer::Person(callee) => callee,
            Peer::Group(id) => id,
        };
        self.core
            .with(|world| world.ring(&self.number, &callee, is_video, end))
    }
}

impl Call {
    /// How it ended, in the spelling of the journals.
    pub(crate) fn status(&self) -> &'static str {
        match self.end {
            CallEnd::Answered(_) => "pickUp",
            CallEnd::Declined => "declined",
            CallEnd::Missed => "hungUp",
        }
    }

    /// How long it lasted, in seconds.
    pub(crate) fn duration(&self) -> u64 {
        if let CallEnd::Answered(duration) = self.end {
            duration.as_secs()
        } else {
            0
        }
    }

    /// How long from the first ring to the end.
    fn length(&self) -> Duration {
        RINGING
            + if let CallEnd::Answered(duration) = self.end {
                duration
            } else {
                Duration::ZERO
            }
    }

    pub(crate) fn is_over(&self, now: SystemTime) -> bool {
        self.at + self.length() <= now
    }
}

impl World {
    fn ring(&mut self, caller: &str, callee: &str, is_video: bool, end: CallEnd) -> String {
        let id = format!("{:032X}", self.rng.u128(..));
        let notes = |account: &&Account| {
            let hears = account.is_linked_to(caller)
                || account.is_linked_to(callee) && account.wants("incomingWebhook");
            hears && account.wants("incomingCallWebhook")
        };
        let noted_by = self
            .accounts
            .values()
            .filter(notes)
            .map(|account| account.id)
            .collect();
        let call = Call {
            id: id.clone(),
            caller: caller.to_owned(),
            callee: callee.to_owned(),
            is_video,
            end,
            at: self.now,
            noted_by,
        };
        self.schedule(RINGING, Event::CallAnswered(id.clone()));
        self.schedule(call.length(), Event::CallOver(id.clone()));
        self.calls.push(call);
        if self.calls.len() > KEPT {
            self.calls.remove(0);
        }
        self.announce_incoming(&id, "offer");
        id
    }

    /// The owner of the phone has done something about the ringing.
    pub(crate) fn call_answered(&mut self, id: &str) {
        let Some(call) = self.calls.iter().find(|call| call.id == id) else {
            return;
        };
        match call.end {
            CallEnd::Answered(_) => self.announce_incoming(id, "pickUp"),
            CallEnd::Declined => self.announce_incoming(id, "declined"),
            CallEnd::Missed => {}
        }
    }

    pub(crate) fn call_over(&mut self, id: &str) {
        let Some(call) = self.calls.iter().find(|call| call.id == id) else {
            return;
        };
        if call.end != CallEnd::Declined {
            self.announce_incoming(id, "hangUp");
        }
        let Some(call) = self.calls.iter().find(|call| call.id == id) else {
            return;
        };
        let participants = json!([{ "id": person_id(&call.callee), "status": call.status() }]);
        let details = json!({ "status": call.status(), "duration": call.duration(), "participants": participants });
        self.announce(id, "outgoingCall", details);
    }

    fn announce_incoming(&mut self, id: &str, status: &str) {
        self.announce(id, "incomingCall", json!({ "status": status }));
    }

    fn announce(&mut self, id: &str, kind: &str, details: Value) {
        let Some(call) = self.calls.iter().find(|call| call.id == id) else {
            return;
        };
        let viewer = if kind == "incomingCall" {
            &call.callee
        } else {
            &call.caller
        };
        let hearing = self
            .accounts
            .values()
            .filter(|account| account.is_linked_to(viewer) && account.wants("incomingCallWebhook"));
        let bodies: BTreeMap<u64, Value> = hearing
            .map(|account| {
                let mut body = envelope(account, kind, self.now);
                body["idMessage"] = json!(call.id);
                body["from"] = json!(person_id(&call.caller));
                body["isVideo"] = json!(call.is_video);
                if let (Value::Object(body), Value::Object(details)) = (&mut body, &details) {
                    body.extend(details.clone());
                }
                (account.id, body)
            })
            .collect();
        self.notify_all(bodies);
        self.stirred = true;
    }
}
