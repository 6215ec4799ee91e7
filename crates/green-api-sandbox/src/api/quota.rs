//! The 466 of a quota that is used up.

use serde_json::{Value, json};

use super::bundle::Operation;
use super::call::Call;
use super::reply::Reply;
use crate::world::messages::Peer;
use crate::world::quota::{Exceeded, Plan, Spending};

/// The status of these refusals.
pub(super) const STATUS: u16 = 466;

/// Counts a call, and returns the refusal if the plan does not allow it.
pub(super) fn refusal(call: &Call<'_>) -> Option<Reply> {
    if call.core.with(|world| world.options.plan) == Plan::Business {
        return None;
    }
    let in_form = call.form.fields.get("chatId").map(String::as_str);
    let chat_id = in_form.or_else(|| call.body.get("chatId").and_then(Value::as_str));
    // However it is written, it is one chat.
    let written_to = chat_id
        .filter(|_| writes(call.route.operation))
        .map(|id| Peer::parse(id).chat_id());
    let spending = match &written_to {
        Some(chat_id) => Spending::Chat(chat_id),
        None if call.operation() == "checkWhatsapp" => Spending::Check,
        None => Spending::Call,
    };
    let method = method(call.route.operation);
    let spent = call.account(|account, now| account.spend(&method, spending, now));
    Some(refused(*spent.err()?))
}

/// Returns the refusal of an operation whose quota is used up.
pub(super) fn exceeded(operation: &Operation) -> Reply {
    let method = method(operation);
    refused(match writes(operation) {
        true => Exceeded::chats(&method, 0),
        false => Exceeded::calls(&method),
    })
}

/// Returns whether an operation counts against the quota of chats.
fn writes(operation: &Operation) -> bool {
    operation.section == "sending"
}

/// Returns the name of an operation, which is in lower case here.
fn method(operation: &Operation) -> String {
    operation.id.to_ascii_lowercase()
}

fn refused(exceeded: Exceeded) -> Reply {
    let body = match exceeded {
        Exceeded::Checks(checks) => json!({ "invokeStatus": checks }),
        Exceeded::Chats(invoked, chats) => {
            json!({ "invokeStatus": invoked, "correspondentsStatus": chats })
        }
    };
    Reply::json(&body).with_status(STATUS)
}
