//! The 466 of a quota that is used up.

use serde_json::{Value, json};

use super::call::Call;
use super::reply::Reply;
use crate::world::messages::Peer;
use crate::world::quota::{Exceeded, Plan, Spending};

/// Counts a call, and returns the refusal if the plan does not allow it.
pub(super) fn refusal(call: &Call<'_>) -> Option<Reply> {
    if call.core.with(|world| world.options.plan) == Plan::Business {
        return None;
    }
    let in_form = call.form.fields.get("chatId").map(String::as_str);
    let chat_id = in_form.or_else(|| call.body.get("chatId").and_then(Value::as_str));
    // However it is written, it is one chat.
    let written_to = chat_id
        .filter(|_| {
            call.route.operation.section == "sending"
                || matches!(call.operation(), "sendProduct" | "sendOrder")
        })
        .map(|id| Peer::parse(id).chat_id());
    let spending = match &written_to {
        Some(chat_id) => Spending::Chat(chat_id),
        None if call.operation() == "checkWhatsapp" => Spending::Check,
        None => Spending::Call,
    };
    // The names of operations are in lower case here.
    let method = call.operation().to_ascii_lowercase();
    let spent = call.account(|account, now| account.spend(&method, spending, now));
    let body = match *spent.err()? {
        Exceeded::Checks(checks) => json!({ "invokeStatus": checks }),
        Exceeded::Chats(invoked, chats) => {
            json!({ "invokeStatus": invoked, "correspondentsStatus": chats })
        }
    };
    Some(Reply::json(&body).with_status(466))
}
