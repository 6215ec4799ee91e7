//! `green-api history`.

use std::time::Duration;

use green_api::Instance;
use green_api::types::{Direction, JournalMessage};

use super::plan::{Given, Plan, typed};
use crate::args::HistoryCommand;
use crate::text::{self, content, moment, one_line, table};

pub(crate) fn plan(command: HistoryCommand) -> Plan<Instance> {
    match command {
        HistoryCommand::Chat { chat, count, limit } => {
            let request = move |i: &Instance| {
                i.get_chat_history(chat)
                    .given(count, |r, count| r.count(count))
            };
            Plan::one(typed(request, list), limit)
        }
        HistoryCommand::Incoming(lately) => {
            let request = move |i: &Instance| {
                i.last_incoming_messages()
                    .given(lately.minutes, |r, time| r.minutes(minutes(time)))
            };
            Plan::one(typed(request, list), lately.limit)
        }
        HistoryCommand::Outgoing(lately) => {
            let request = move |i: &Instance| {
                i.last_outgoing_messages()
                    .given(lately.minutes, |r, time| r.minutes(minutes(time)))
            };
            Plan::one(typed(request, list), lately.limit)
        }
    }
}

fn minutes(count: i64) -> Duration {
    Duration::from_secs(count.unsigned_abs().saturating_mul(60))
}

/// A line each, the latest last, where people look first.
fn list(mut messages: Vec<JournalMessage>) -> Option<String> {
    // The server begins with the latest, and some have the same second.
    messages.reverse();
    messages.sort_by_key(|message| message.timestamp.map(|time| time.seconds()));
    Some(table(&messages.iter().map(row).collect::<Vec<_>>()))
}

fn row(message: &JournalMessage) -> [String; 4] {
    let outgoing = message.type_ == Some(Direction::Outgoing);
    let chat = message.chat_id.as_ref().map(text::chat).unwrap_or_default();
    let name = message
        .sender_name()
        .map(one_line)
        .filter(|name| *name != chat);
    let who = match name {
        Some(name) if !outgoing => format!("{chat} {name}"),
        _ => chat,
    };
    let status = message
        .status_message
        .as_ref()
        .filter(|_| outgoing)
        .map(|status| format!(" ({})", one_line(status.as_str())));
    [
        message.timestamp.map(moment).unwrap_or_default(),
        if outgoing { "→" } else { "←" }.to_owned(),
        who,
        format!("{}{}", said(message), status.unwrap_or_default()),
    ]
}

/// What the message says, or what it is.
fn said(message: &JournalMessage) -> String {
    if message.is_deleted == Some(true) {
        return "[deleted]".to_owned();
    }
    let named = message
        .caption()
        .or(message.file().and_then(|file| file.file_name));
    let words = message
        .text()
        .or(message.reaction().and_then(|reaction| reaction.emoji))
        .or(message.button_reply().and_then(|button| button.text));
    content(
        message
            .type_message
            .as_ref()
            .map_or("message", |kind| kind.as_str()),
        words,
        named,
    )
}
