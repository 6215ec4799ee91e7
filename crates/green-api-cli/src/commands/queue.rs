//! `green-api queue`.

use green_api::types::{QueueCount, QueuedMessage};
use serde_json::Value;

use super::Planned;
use crate::args::QueueCommand;
use crate::plan::{Request, read};
use crate::text::{self, one_line, table};

pub(crate) fn planned(command: QueueCommand) -> Planned {
    match command {
        QueueCommand::Show(limit) => {
            Planned::one(Request::new("showMessagesQueue", Value::Null, list), limit)
        }
        QueueCommand::Count {
            notifications,
            limit,
        } => {
            let operation = if notifications {
                "getWebhooksCount"
            } else {
                "getMessagesCount"
            };
            Planned::one(Request::new(operation, Value::Null, count), limit)
        }
        QueueCommand::Clear {
            notifications,
            confirmed,
        } => {
            let (operation, what) = if notifications {
                (
                    "clearWebhooksQueue",
                    "this drops all notifications that wait to be received",
                )
            } else {
                (
                    "clearMessagesQueue",
                    "this drops all messages that wait to be sent",
                )
            };
            Planned::confirmed(
                Request::new(operation, Value::Null, |_, _| Some("Cleared".to_owned())),
                confirmed,
                what,
            )
        }
    }
}

fn count(answer: &Value, _: Option<&str>) -> Option<String> {
    Some(read::<QueueCount>(answer)?.count.to_string())
}

/// Id, kind, chat and text, of both shapes that servers answer with.
fn list(answer: &Value, _: Option<&str>) -> Option<String> {
    let messages: Vec<QueuedMessage> = read(answer)?;
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
