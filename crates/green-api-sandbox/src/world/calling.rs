//! What becomes of a call, and who hears of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::World;
use super::account::Account;
use super::agenda::Event;
use super::calls::{Call, CallEnd, RINGING};
use super::messages::person_id;
use super::notifications::envelope;
use crate::kit::ids;

/// How many calls are kept, as documented.
const KEPT: usize = 10_000;

impl World {
    /// Lets a phone ring, and returns the id of the call.
    pub(crate) fn ring(
        &mut self,
        caller: &str,
        callee: &str,
        is_video: bool,
        end: CallEnd,
    ) -> String {
        let id = ids::call(&mut self.rng);
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
        self.changed = true;
    }
}
