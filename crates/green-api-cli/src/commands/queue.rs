//! `green-api queue`.

use green_api::Instance;
use green_api::types::{QueueCount, QueuedMessage};

use super::plan::{Plan, done, typed};
use crate::args::QueueCommand;
use crate::text::{self, one_line, table};

pub(crate) fn plan(command: QueueCommand) -> Plan<Instance> {
    match command {
        QueueCommand::Show(limit) => Plan::one(typed(Instance::show_messages_queue, list), limit),
        QueueCommand::Count {
            notifications,
            limit,
        } => {
            let step = if notifications {
                typed(Instance::get_webhooks_count, count)
            } else {
                typed(Instance::get_messages_count, count)
            };
            Plan::one(step, limit)
        }
        QueueCommand::Clear {
            notifications,
            confirmed,
        } => {
            let (step, what) = if notifications {
                (
                    done(Instance::clear_webhooks_queue, "Cleared"),
                    "this discards all notifications waiting to be received",
                )
            } else {
                (
                    done(Instance::clear_messages_queue, "Cleared"),
                    "this discards all messages waiting to be sent",
                )
            };
            Plan::confirmed(step, confirmed, what)
        }
    }
}

fn count(queue: QueueCount) -> Option<String> {
    Some(queue.count.to_string())
}

/// Lists id, kind, chat and text, from either of the shapes that servers send.
fn list(messages: Vec<QueuedMessage>) -> Option<String> {
    let row = |message: &QueuedMessage| {
        let id = message.id_message().map(|id| one_line(id.as_str()));
        let new_kind = message.type_.as_ref().map(|kind| kind.as_str());
        let old_kind = message.type_message.as_ref().map(|kind| kind.as_str());
        let kind = new_kind.or(old_kind);
        let chat = message.chat_id().map(text::chat);
        let file = message.file().and_then(|file| file.file_name);
        let words = message.text().or(file);
        [
            id.unwrap_or_default(),
            one_line(kind.unwrap_or_default()),
            chat.unwrap_or_default(),
            words.map(one_line).unwrap_or_default(),
        ]
    };
    Some(table(&messages.iter().map(row).collect::<Vec<_>>()))
}
