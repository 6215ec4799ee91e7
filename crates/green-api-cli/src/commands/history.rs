//! `green-api history`.

use green_api::types::{Direction, JournalMessage};
use serde_json::{Value, json};

use super::Planned;
use crate::args::HistoryCommand;
use crate::plan::{Request, read};
use crate::text::{self, moment, one_line, table};

pub(crate) fn planned(command: HistoryCommand) -> Planned {
    let (operation, arguments, limit) = match command {
        HistoryCommand::Chat { chat, count, limit } => ("getChatHistory", json!({ "chatId": chat, "count": count }), limit),
        HistoryCommand::Incoming(lately) => ("lastIncomingMessages", json!({ "minutes": lately.minutes }), lately.limit),
        HistoryCommand::Outgoing(lately) => ("lastOutgoingMessages", json!({ "minutes": lately.minutes }), lately.limit),
    };
    Planned::one(Request::new(operation, arguments, list), limit)
}

/// A line each, the latest last, where people look first.
fn list(answer: &Value, _: Option<&str>) -> Option<String> {
    let mut messages: Vec<JournalMessage> = read(answer)?;
    messages.sort_by_key(|message| message.timestamp.map(|time| time.seconds()));
    Some(table(&messages.iter().map(row).collect::<Vec<_>>()))
}

fn row(message: &JournalMessage) -> [String; 4] {
    let outgoing = message.type_ == Some(Direction::Outgoing);
    let chat = message.chat_id.as_ref().map(text::chat).unwrap_or_default();
    let name = message.sender_contact_name.as_deref().or(message.sender_name.as_deref()).map(one_line).filter(|name| !name.is_empty());
    let who = match name {
        Some(name) if !outgoing => format!("{chat} {name}"),
        _ => chat,
    };
    let status = message.status_message.as_ref().filter(|_| outgoing).map(|status| format!(" ({})", one_line(status.as_str())));
    [
        message.timestamp.map(moment).unwrap_or_default(),
        if outgoing { "→" } else { "←" }.to_owned(),
        who,
        format!("{}{}", content(message), status.unwrap_or_default()),
    ]
}

/// The text of a message, or else its kind and what names it best.
fn content(message: &JournalMessage) -> String {
    if message.is_deleted == Some(true) {
        return "[deleted]".to_owned();
    }
    let extended = message.extended_text_message.as_ref().or(message.extended_text_message_data.as_ref());
    let words = message.text_message.as_deref().or(extended.and_then(|extended| extended.text.as_deref())).filter(|text| !text.is_empty());
    if let Some(words) = words {
        return one_line(words);
    }
    let kind = message.type_message.as_ref().map_or("message", |kind| kind.as_str());
    let named = [message.caption.as_deref(), message.file_name.as_deref()].into_iter().flatten().find(|text| !text.is_empty());
    format!("[{}] {}", one_line(kind), named.map(one_line).unwrap_or_default()).trim_end().to_owned()
}
