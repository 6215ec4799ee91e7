//! The course of a call, and its notifications.

use serde_json::{Value, json};

use super::World;
use super::account::Account;
use super::agenda::Event;
use super::calls::{Call, CallEnd, RINGING};
use super::messages::person_id;
use crate::kit::ids;

/// How many calls are kept, as documented.
const KEPT: usize = 10_000;

impl World {
    /// Makes a phone ring and returns the id of the call.
    pub(crate) fn ring(
        &mut self,
        caller: &str,
        callee: &str,
        is_video: bool,
        end: CallEnd,
    ) -> String {
        let id = ids::call(&mut self.rng);
        let notes = |account: &&Account| {
            let called = account.is_linked_to(callee)
                && account.wants("incomingWebhook")
                && account.wants("incomingCallWebhook");
            called || account.is_linked_to(caller) && account.wants("outgoingCallWebhook")
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
        self.announce_incoming(&call, "offer");
        self.calls.push(call);
        if self.calls.len() > KEPT {
            self.calls.remove(0);
        }
        id
    }

    /// Announces what the owner of the phone does about the ringing.
    pub(crate) fn call_answered(&mut self, id: &str) {
        let Some(call) = self.find_call(id) else {
            return;
        };
        match call.end {
            CallEnd::Answered(_) => self.announce_incoming(&call, "pickUp"),
            CallEnd::Declined => self.announce_incoming(&call, "declined"),
            CallEnd::Missed => {}
        }
    }

    pub(crate) fn call_over(&mut self, id: &str) {
        let Some(call) = self.find_call(id) else {
            return;
        };
        if call.end != CallEnd::Declined {
            self.announce_incoming(&call, "hangUp");
        }
        let participants = json!([{ "id": person_id(&call.callee), "status": call.status() }]);
        let details = [
            ("status", json!(call.status())),
            ("duration", json!(call.duration())),
            ("participants", participants),
        ];
        self.announce_call(
            &call,
            &call.caller,
            ("outgoingCall", "outgoingCallWebhook"),
            &details,
        );
    }

    fn find_call(&self, id: &str) -> Option<Call> {
        self.calls.iter().find(|call| call.id == id).cloned()
    }

    fn announce_incoming(&mut self, call: &Call, status: &str) {
        let details = [("status", json!(status))];
        self.announce_call(
            call,
            &call.callee,
            ("incomingCall", "incomingCallWebhook"),
            &details,
        );
    }

    fn announce_call(
        &mut self,
        call: &Call,
        to: &str,
        (kind, switch): (&str, &str),
        details: &[(&str, Value)],
    ) {
        self.notify_linked(to, |world, account| {
            if !account.wants(switch) {
                return None;
            }
            let mut body = account.envelope(kind, world.now);
            body["idMessage"] = json!(call.id);
            body["from"] = json!(person_id(&call.caller));
            body["isVideo"] = json!(call.is_video);
            for (name, value) in details {
                body[name] = value.clone();
            }
            Some(body)
        });
        self.changed = true;
    }
}
