//! `green-api history`.

use std::time::Duration;

use green_api::Instance;
use green_api::types::{Direction, JournalMessage};

use super::plan::{Given, Plan, typed};
use crate::args::{HistoryCommand, RecentArgs};
use crate::text::{self, moment, one_line, table};

pub(crate) fn plan(command: HistoryCommand) -> Plan<Instance> {
    match command {
        HistoryCommand::Chat { chat, count, limit } => {
            let request = move |i: &Instance| {
                i.get_chat_history(chat)
                    .given(count, |r, count| r.count(count))
            };
            Plan::one(typed(request, list), limit)
        }
        HistoryCommand::Incoming(RecentArgs { minutes, limit }) => {
            let request = move |i: &Instance| {
                i.last_incoming_messages()
                    .given(minutes, |r, count| r.minutes(duration(count)))
            };
            Plan::one(typed(request, list), limit)
        }
        HistoryCommand::Outgoing(RecentArgs { minutes, limit }) => {
            let request = move |i: &Instance| {
                i.last_outgoing_messages()
                    .given(minutes, |r, count| r.minutes(duration(count)))
            };
            Plan::one(typed(request, list), limit)
        }
    }
}

fn duration(minutes: i64) -> Duration {
    Duration::from_secs(minutes.unsigned_abs().saturating_mul(60))
}

/// Lists messages with the latest last, where people look first.
fn list(mut messages: Vec<JournalMessage>) -> Option<String> {
    // The server begins with the latest. Messages of the same second keep their order, since the sort is stable.
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

/// Returns the words of a message, or else what it is.
fn said(message: &JournalMessage) -> String {
    if message.is_deleted == Some(true) {
        return "[deleted]".to_owned();
    }
    let kind = message.type_message.as_ref().map(|kind| kind.as_str());
    text::said(kind.unwrap_or("message"), message)
}
