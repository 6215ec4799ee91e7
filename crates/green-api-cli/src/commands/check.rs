//! `green-api check`.

use green_api::types::CheckWhatsappResponse;
use green_api::{ChatId, ChatKind, PhoneNumber};
use serde_json::{Value, json};

use super::Planned;
use crate::args::CheckArgs;
use crate::failure::Stop;
use crate::plan::{Request, read};
use crate::text;

pub(crate) fn planned(args: &CheckArgs) -> Planned {
    let request = |chat: &ChatId| {
        Request::new("checkWhatsapp", arguments(chat), has_whatsapp)
            .about(text::chat(chat))
            .judged(exists)
    };
    Planned::all(args.chats.iter().map(request).collect(), args.limit)
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

fn has_whatsapp(answer: &Value, subject: Option<&str>) -> Option<String> {
    let exists = read::<CheckWhatsappResponse>(answer)?.exists_whatsapp;
    Some(format!(
        "{}: {}",
        subject.unwrap_or_default(),
        if exists { "yes" } else { "no" }
    ))
}

fn exists(answer: &Value, _: Option<&str>) -> Result<(), Stop> {
    match read::<CheckWhatsappResponse>(answer) {
        Some(CheckWhatsappResponse {
            exists_whatsapp: false,
            ..
        }) => Err(Stop::No),
        _ => Ok(()),
    }
}
