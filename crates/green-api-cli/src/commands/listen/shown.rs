//! A notification as one line for people.

use green_api::types::{MessageData, MessageNotification, MessageStatus, Notification, QuotaUse};
use green_api::{MessageId, UnixTime};
use serde_json::Value;

use crate::text::{self, moment, one_line};

/// Shows time, sender and content.
pub(super) fn line(notification: &Notification, body: &Value) -> String {
    let time = body["timestamp"]
        .as_i64()
        .map(|time| moment(UnixTime::from(time)));
    let what = match notification {
        Notification::IncomingMessageReceived(message) => format!("← {}", said(message)),
        Notification::OutgoingMessageReceived(message)
        | Notification::OutgoingApiMessageReceived(message) => format!("→ {}", said(message)),
        other => format!("{}{}", one_line(other.kind()), about(other)),
    };
    format!(
        "{}  {what}",
        time.unwrap_or_else(|| " ".repeat("2026-11-03 09:41:07Z".len()))
    )
}

/// Shows the chat, the sender and what they wrote.
fn said(message: &MessageNotification) -> String {
    let chat = message.chat_id().map(text::chat).unwrap_or_default();
    let name = message.sender_name().map(one_line).or_else(|| {
        message
            .sender()
            .filter(|_| message.is_from_group())
            .map(text::chat)
    });
    // A sender without a name is named by the number, which is the chat already.
    let name = name.filter(|name| *name != chat);
    let who = name.map(|name| format!(" {name}")).unwrap_or_default();
    let kind = message.message_data.as_ref().map_or("", MessageData::kind);
    let said = text::said(kind, message);
    if chat.is_empty() {
        return said;
    }
    format!("{chat}{who}: {said}")
}

/// Shows the details of anything but a message.
fn about(notification: &Notification) -> String {
    let chat = notification
        .chat_id()
        .filter(|chat| !chat.is_empty())
        .map(|chat| format!(" {}", text::chat(chat)));
    let more = match notification {
        Notification::OutgoingMessageStatus(is) => {
            status(&is.id_message, &is.status, &is.description)
        }
        Notification::IncomingMessageStatus(is) => {
            status(&is.id_message, &is.status, &is.description)
        }
        Notification::StateInstanceChanged(changed) => {
            Some(format!(" {}", one_line(changed.state_instance.as_str())))
        }
        Notification::StatusInstanceChanged(changed) => {
            Some(format!(" {}", one_line(changed.status_instance.as_str())))
        }
        Notification::IncomingBlock(block) => block
            .chat_state
            .as_ref()
            .map(|state| format!(": {}", one_line(state))),
        Notification::QuotaExceeded(exceeded) => exceeded.quota_data.as_ref().map(quota),
        Notification::IncomingCall(call) | Notification::OutgoingCall(call) => call
            .status
            .as_ref()
            .map(|status| format!(": {}", one_line(status.as_str()))),
        _ => None,
    };
    format!("{}{}", chat.unwrap_or_default(), more.unwrap_or_default())
}

/// Shows a message's id, its status and the reason for that.
fn status(
    id: &Option<MessageId>,
    status: &Option<MessageStatus>,
    reason: &Option<String>,
) -> Option<String> {
    let status = status.as_ref().map(MessageStatus::as_str);
    let status = status.filter(|status| !status.is_empty())?;
    let id = id.as_ref().map(|id| one_line(id.as_str()));
    let reason = in_brackets(reason.as_deref());
    Some(format!(
        ": {} {}{reason}",
        id.unwrap_or_default(),
        one_line(status)
    ))
}

/// Shows what is used up, how much of it there was, and what the server says about that.
fn quota(quota: &QuotaUse) -> String {
    let what = quota.method.as_deref().map(one_line);
    let used = match (quota.used, quota.total) {
        (Some(used), Some(total)) => format!(" {used} of {total}"),
        _ => String::new(),
    };
    let status = quota.status.as_ref();
    let status = status.map(|status| format!(" {}", one_line(status.as_str())));
    let reason = in_brackets(quota.description.as_deref());
    let (what, status) = (what.unwrap_or_default(), status.unwrap_or_default());
    format!(": {what}{used}{status}{reason}")
}

fn in_brackets(text: Option<&str>) -> String {
    match text.map(one_line) {
        Some(text) if !text.is_empty() => format!(" ({text})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows every recorded notification.
    #[test]
    fn every_kind_has_a_line() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/notifications");
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|is| is == "json"));
        paths.sort();
        let mut all = String::new();
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let body: Value = serde_json::from_str(&text).unwrap();
            // Some are bodies of other answers.
            let Ok(notification) = serde_json::from_str::<Notification>(&text) else {
                continue;
            };
            let line = line(&notification, &body);
            assert!(!line.contains(char::is_control), "{line:?}");
            let name = path.file_stem().unwrap().to_string_lossy();
            all += &format!("{name}\n  {line}\n");
        }
        assert!(all.lines().count() > 200, "{all}");
        insta::with_settings!({ omit_expression => true, snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("listen__lines", all);
        });
    }
}
