//! `green-api check`.

use green_api::types::CheckWhatsappResponse;
use green_api::{ChatId, ChatKind, Instance, PhoneNumber};
use serde_json::{Value, json};

use super::plan::{Plan, Step, read};
use crate::args::CheckArgs;
use crate::failure::Stop;
use crate::text;

pub(crate) fn plan(args: CheckArgs) -> Plan<Instance> {
    let step = |chat: &ChatId| {
        let who = text::chat(chat);
        let shown = who.clone();
        Step::new("checkWhatsapp", arguments(chat), move |answer| {
            let yes_no = if exists(answer)? { "yes" } else { "no" };
            Some(format!("{shown}: {yes_no}"))
        })
        .about(who)
        .judged(|answer| match exists(answer) {
            Some(false) => Err(Stop::Negative),
            _ => Ok(()),
        })
    };
    Plan::all(args.chats.iter().map(step).collect(), args.limit)
}

/// Numbers go where servers of every age look for them; hidden ids have a place of their own on newer ones.
fn arguments(chat: &ChatId) -> Value {
    let number = chat
        .as_str()
        .strip_suffix("@c.us")
        .and_then(|digits| digits.parse::<PhoneNumber>().ok());
    match number {
        Some(number) if chat.kind() == ChatKind::Person => json!({ "phoneNumber": number }),
        _ => json!({ "chatId": chat }),
    }
}

fn exists(answer: &Value) -> Option<bool> {
    Some(read::<CheckWhatsappResponse>(answer)?.exists_whatsapp)
}
