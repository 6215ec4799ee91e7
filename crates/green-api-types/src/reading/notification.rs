//! What a notification is about, and where.

use crate::RawJson;
use crate::lenient;
use crate::models::{ChatId, InstanceId, ParseInstanceIdError};
use crate::salvage::salvage;
use crate::types::{IncomingMessageStatus, MessageNotification, Notification};

use super::content::{Fields, HasFields};

impl Notification {
    /// Returns the message, whoever wrote it.
    ///
    /// Also of a notification that was not recognised, as far as it has a message that can be read.
    #[must_use]
    pub fn message(&self) -> Option<&MessageNotification> {
        match self {
            Self::IncomingMessageReceived(message)
            | Self::OutgoingMessageReceived(message)
            | Self::OutgoingApiMessageReceived(message) => Some(message),
            _ => {
                let message = &self.salvaged()?.message;
                message.message_data.is_some().then_some(message)
            }
        }
    }

    /// Returns the message, if somebody wrote it to the linked account: what a bot answers.
    #[must_use]
    pub fn incoming_message(&self) -> Option<&MessageNotification> {
        self.message()
            .filter(|_| self.kind() == "incomingMessageReceived")
    }

    /// Returns the instance that the notification is about, for programs that serve several; also of what was not recognised, if it
    /// can be found there.
    #[must_use]
    pub fn instance_id(&self) -> Option<InstanceId> {
        self.instance().ok().flatten()
    }

    /// Returns the instance that the notification says it is about; `None` if it names none.
    ///
    /// # Errors
    ///
    /// Returns an error if it names one in a way that is not read. Whoever lets notifications in by their instance must refuse it then: another
    /// program may read it.
    pub fn instance(&self) -> Result<Option<InstanceId>, ParseInstanceIdError> {
        let id = match self {
            Self::Unrecognized(what) => named_instance(what.raw())?,
            other => other.instance_data().and_then(|data| data.id_instance),
        };
        id.map(InstanceId::try_from).transpose()
    }

    /// What can be read of a notification that was not recognised.
    pub(super) fn salvaged(&self) -> Option<&Salvaged> {
        let Self::Unrecognized(what) = self else {
            return None;
        };
        what.read_with(|raw| {
            Some(Salvaged {
                message: salvage(raw)?,
                other: salvage(raw)?,
            })
        })
    }
}

/// What may be in a notification that was not recognised: a message, or a status.
pub(super) struct Salvaged {
    pub(super) message: MessageNotification,
    pub(super) other: IncomingMessageStatus,
}

/// The number of the instance in a notification that was not recognised, by the rules for those that are.
fn named_instance(notification: &RawJson) -> Result<Option<i64>, ParseInstanceIdError> {
    let field = |json: &RawJson, name| {
        json.field::<RawJson>(name)
            .map_err(|_| ParseInstanceIdError)
    };
    let data = field(notification, "instanceData")?.unwrap_or_default();
    let id = match data.as_str() {
        "null" => None,
        object if object.starts_with('{') => field(&data, "idInstance")?,
        _ => return Err(ParseInstanceIdError),
    };
    let id = id.unwrap_or_default();
    lenient::read(&mut serde_json::Deserializer::from_str(id.as_str()))
        .map_err(|_| ParseInstanceIdError)
}

impl HasFields for Notification {
    fn fields(&self) -> Fields<'_> {
        if let Some(message) = self.message() {
            return message.fields();
        }
        let (id_message, chat_id, sender) = match self {
            Self::OutgoingMessageStatus(status) => {
                (status.id_message.as_ref(), status.chat_id.as_ref(), None)
            }
            Self::IncomingMessageStatus(status) => status_fields(status),
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
            _ => self.salvaged().map_or((None, None, None), |salvaged| {
                status_fields(&salvaged.other)
            }),
        };
        Fields {
            id_message,
            chat_id,
            sender,
            ..Fields::default()
        }
    }
}

type StatusFields<'a> = (
    Option<&'a crate::models::MessageId>,
    Option<&'a ChatId>,
    Option<&'a ChatId>,
);

fn status_fields(status: &IncomingMessageStatus) -> StatusFields<'_> {
    let sender = status.sender_data.as_ref();
    (
        status.id_message.as_ref(),
        status
            .chat_id
            .as_ref()
            .or(sender.and_then(|sender| sender.chat_id.as_ref())),
        status
            .participant
            .as_ref()
            .or(status.sender.as_ref())
            .or(sender.and_then(|sender| sender.sender.as_ref())),
    )
}
