//! The 466 of a quota that is used up.

use serde::Serialize;
use serde_json::Value;

use super::call::Call;
use super::reply::Reply;
use crate::world::messages::Peer;
use crate::world::quota::{Exceeded, Plan, QuotaUse, Spending};

/// The body of a 466.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    invoke_status: QuotaUse,
    #[serde(skip_serializing_if = "Option::is_none")]
    correspondents_status: Option<QuotaUse>,
}

/// Counts a call, and returns the refusal when the plan does not allow it.
pub(super) fn refusal(call: &Call<'_>) -> Option<Reply> {
    if call.core.with(|world| world.options.plan) == Plan::Business {
        return None;
    }
    let in_form = call.form.fields.get("chatId").map(String::as_str);
    let chat_id = in_form.or_else(|| call.body.get("chatId").and_then(Value::as_str));
    // However it is written, it is one chat.
    let written_to = chat_id
        .filter(|_| call.route.operation.section == "sending")
        .map(|id| Peer::parse(id).chat_id());
    let spending = match &written_to {
        Some(chat_id) => Spending::Chat(chat_id),
        None if call.operation() == "checkWhatsapp" => Spending::Check,
        None => Spending::Call,
    };
    // The names of methods are in lower case here.
    let method = call.operation().to_ascii_lowercase();
    let spent = call.account(|account, now| account.spend(&method, spending, now));
    let (invoke_status, correspondents_status) = match *spent.err()? {
        Exceeded::Checks(checks) => (checks, None),
        Exceeded::Chats(invoked, chats) => (invoked, Some(chats)),
    };
    let body = Refusal {
        invoke_status,
        correspondents_status,
    };
    Some(Reply::json(&body).with_status(466))
}
