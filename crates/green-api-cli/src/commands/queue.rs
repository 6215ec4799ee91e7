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
            notifications: false,
            limit,
        } => Plan::one(typed(Instance::get_messages_count, count), limit),
        QueueCommand::Count {
            notifications: true,
            limit,
        } => Plan::one(typed(Instance::get_webhooks_count, count), limit),
        QueueCommand::Clear {
            notifications: false,
            confirmed,
        } => Plan::confirmed(
            done(Instance::clear_messages_queue, "Cleared"),
            confirmed,
            "this drops all messages that wait to be sent",
        ),
        QueueCommand::Clear {
            notifications: true,
            confirmed,
        } => Plan::confirmed(
            done(Instance::clear_webhooks_queue, "Cleared"),
            confirmed,
            "this drops all notifications that wait to be received",
        ),
    }
}

fn count(queue: QueueCount) -> Option<String> {
    Some(queue.count.to_string())
}

/// Id, kind, chat and text, of both shapes that servers answer with.
fn list(messages: Vec<QueuedMessage>) -> Option<String> {
    let row = |message: &QueuedMessage| {
        let id = message.id_message().map(|id| one_line(id.as_str()));
        let kind = message
            .type_
            .as_ref()
            .map(|kind| kind.as_str())
            .or(message.type_message.as_ref().map(|kind| kind.as_str()));
        let chat = message.chat_id().map(text::chat);
        let words = message
            .text()
            .or(message.file().and_then(|file| file.file_name));
        [
            id.unwrap_or_default(),
            one_line(kind.unwrap_or_default()),
            chat.unwrap_or_default(),
            words.map(one_line).unwrap_or_default(),
        ]
    };
    Some(table(&messages.iter().map(row).collect::<Vec<_>>()))
}
