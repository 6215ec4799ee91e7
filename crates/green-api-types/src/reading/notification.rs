//! What a notification is about, and where.

use serde_json::Value;

use crate::models::InstanceId;
use crate::types::{MessageNotification, Notification};

use super::content::{Fields, HasFields};

impl Notification {
    /// Returns the message, whoever wrote it.
    #[must_use]
    pub fn message(&self) -> Option<&MessageNotification> {
        match self {
            Self::IncomingMessageReceived(message)
            | Self::OutgoingMessageReceived(message)
            | Self::OutgoingApiMessageReceived(message) => Some(message),
            _ => None,
        }
    }

    /// Returns the message, if somebody wrote it to the linked account: what a bot answers.
    #[must_use]
    pub fn incoming_message(&self) -> Option<&MessageNotification> {
        if let Self::IncomingMessageReceived(message) = self {
            Some(message)
        } else {
            None
        }
    }

    /// Returns the instance that the notification is about, for programs that serve several; also of what was not recognised, if it
    /// can be found there.
    #[must_use]
    pub fn instance_id(&self) -> Option<InstanceId> {
        let id = match self {
            Self::Unrecognized(what) => {
                match &what.raw().to_value()["instanceData"]["idInstance"] {
                    Value::String(text) => return text.parse().ok(),
                    number => number.as_i64()?,
                }
            }
            other => other.instance_data()?.id_instance,
        };
        id.try_into().ok()
    }
}

impl HasFields for Notification {
    fn fields(&self) -> Fields<'_> {
        if let Some(message) = self.message() {
            return message.fields();
        }
        let (id_message, chat_id, sender) = match self {
            Self::OutgoingMessageStatus(status) => {
                (Some(&status.id_message), status.chat_id.as_ref(), None)
            }
            Self::IncomingCall(call) => {
                let caller = call.from.as_ref();
                (call.id_message.as_ref(), caller, caller)
            }
            Self::OutgoingCall(call) => (call.id_message.as_ref(), None, call.from.as_ref()),
            Self::IncomingBlock(block) => (None, block.chat_id.as_ref(), None),
            Self::DeviceInfo(info) | Self::AvatarInfo(info) => {
                let avatar = info.avatar_info.as_ref();
                (
                    None,
                    avatar.and_then(|avatar| avatar.chat_id.as_ref()),
                    None,
                )
            }
            _ => (None, None, None),
        };
        Fields {
            id_message,
            chat_id,
            sender,
            ..Fields::default()
        }
    }
}
