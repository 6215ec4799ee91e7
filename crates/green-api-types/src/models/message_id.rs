//! Ids of messages, calls and statuses.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient::{self, EXACT, Lenient, Scalar};

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
pub struct MessageId(#[serde(deserialize_with = "exact")] String);

fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    lenient::read(deserializer).map(|Exact(id)| id)
}

struct Exact(String);

impl Lenient for Exact {
    const EXPECTED: &'static str = "an id";

    /// Refuses a number that may stand for its neighbours: two messages would have one id.
    fn from_scalar(scalar: Scalar) -> Result<Self, Scalar> {
        match scalar {
            Scalar::Float(number) if number.abs() > EXACT => Err(scalar),
            other => String::from_scalar(other).map(Self),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_are_never_read_alike() {
        let read = serde_json::from_str::<MessageId>;
        for json in ["7", "12345678901234567890", "12345678901234567891"] {
            assert_eq!(read(json).unwrap().as_str(), json);
        }
        for json in ["123456789012345678901", "1e18", "9007199254740994.0"] {
            let error = read(json).unwrap_err().to_string();
            assert!(
                error.starts_with("expected an id, found a number"),
                "{error}"
            );
        }
    }
}
