//! Ids of messages, calls and statuses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lenient;

/// The id of a message, a call or a status: any text, since it has no form to rely on.
///
/// ```
/// use green_api_types::models::MessageId;
///
/// let id = MessageId::from("3EB0C767D097B7C7C030");
/// assert_eq!(id.as_str(), "3EB0C767D097B7C7C030");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(#[serde(deserialize_with = "lenient::read")] String);

impl MessageId {
    /// Returns the id as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if the server sent an empty id.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<String>> From<T> for MessageId {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// So that one id serves many requests.
impl From<&MessageId> for MessageId {
    fn from(id: &MessageId) -> Self {
        id.clone()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for MessageId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

schema!(MessageId, { "type": "string" });
