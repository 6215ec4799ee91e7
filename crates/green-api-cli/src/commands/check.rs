//! `green-api check`.

use green_api::types::CheckWhatsappResponse;
use green_api::{ChatId, ChatKind, Instance, PhoneNumber};

use super::plan::{Given, Plan, Step, read, typed};
use crate::args::CheckArgs;
use crate::failure::Stop;
use crate::text;

pub(crate) fn plan(args: CheckArgs) -> Plan<Instance> {
    Plan::all(args.chats.into_iter().map(step).collect(), args.limit)
}

fn step(chat: ChatId) -> Step<Instance> {
    let who = text::chat(&chat);
    let subject = who.clone();
    let asked = chat.clone();
    let show = move |answer: CheckWhatsappResponse| {
        let yes_no = if answer.exists_whatsapp { "yes" } else { "no" };
        // A hidden id, or another way to write the number, as in Brazil and Mexico: messages go there.
        let other = answer.chat_id.filter(|id| !id.is_empty() && *id != asked);
        let other = other.map(|id| format!(" ({})", text::one_line(id.as_str())));
        Some(format!("{who}: {yes_no}{}", other.unwrap_or_default()))
    };
    // Every server takes a number as `phoneNumber`; only newer ones take hidden ids, as `chatId`.
    let (number, id) = match number(&chat) {
        Some(number) => (Some(number), None),
        None => (None, Some(chat)),
    };
    let request = move |i: &Instance| {
        i.check_whatsapp()
            .given(number, |r, number| r.phone_number(number))
            .given(id, |r, id| r.chat_id(id))
    };
    typed(request, show).about(subject).judged(|answer| {
        match read::<CheckWhatsappResponse>(answer) {
            Some(answer) if !answer.exists_whatsapp => Err(Stop::Negative),
            _ => Ok(()),
        }
    })
}

fn number(chat: &ChatId) -> Option<PhoneNumber> {
    let digits = chat.as_str().strip_suffix("@c.us")?;
    digits
        .parse()
        .ok()
        .filter(|_| chat.kind() == ChatKind::Person)
}
