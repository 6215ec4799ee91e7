//! Who voted in a poll.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::RawJson;

/// Somebody who voted: a chat id, or an object that has one.
///
/// ```
/// use green_api_types::models::PollVoter;
///
/// let voter: PollVoter = serde_json::from_str(r#""447700900123@c.us""#)?;
/// assert_eq!(voter.chat_id().as_deref(), Some("447700900123@c.us"));
/// let voter: PollVoter = serde_json::from_str(r#"{"id": "447700900123@c.us"}"#)?;
/// assert_eq!(voter.chat_id().as_deref(), Some("447700900123@c.us"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PollVoter(RawJson);

impl PollVoter {
    /// Returns the chat id: the text itself, or the first text of the object that looks like one.
    #[must_use]
    pub fn chat_id(&self) -> Option<String> {
        match self.0.to_value() {
            Value::String(text) => Some(text),
            Value::Object(fields) => fields.into_iter().find_map(|(_, value)| {
                value
                    .as_str()
                    .filter(|text| text.contains('@'))
                    .map(str::to_owned)
            }),
            _ => None,
        }
    }

    /// Returns the JSON as it came.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.0
    }
}

schema!(PollVoter, {});
