//! Statuses: what people publish for a day to those who have them in the address book.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::messages::{Attachment, MessageStatus};
use crate::kit::clock::rfc3339;

/// A status, from [`Phone::statuses`](crate::Phone::statuses).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(description = "A status that somebody published.")]
#[non_exhaustive]
pub struct Status {
    /// The id, `idMessage`.
    pub id: String,
    /// The chat id of its author.
    pub author: String,
    /// Its content.
    pub content: StatusContent,
    /// The time of publication, by the sandbox's clock.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: SystemTime,
}

/// The content of a status.
///
/// In JSON the field `kind` tells them apart: `{"kind": "text", "text": "Open today"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum StatusContent {
    /// A text.
    #[serde(rename_all = "camelCase")]
    Text {
        /// The text.
        text: String,
        /// The colour behind it, as `#RRGGBB`.
        #[serde(default = "black")]
        background_color: String,
        /// The font, such as `SERIF`.
        #[serde(default = "serif")]
        font: String,
    },
    /// A picture, video or recording.
    File(Attachment),
}

fn black() -> String {
    "#000000".to_owned()
}

fn serif() -> String {
    "SERIF".to_owned()
}

/// A status, and who has got it.
pub(crate) struct Published {
    pub(crate) status: Status,
    /// Digits of the number that published it.
    pub(crate) author: String,
    pub(crate) sent_by: Option<u64>,
    /// The chat ids that it was meant for; none is everybody.
    pub(crate) meant_for: Vec<String>,
    /// How far it got with whom and since when, by the digits of their numbers.
    pub(crate) views: BTreeMap<String, (MessageStatus, SystemTime)>,
    pub(crate) deleted: bool,
}
