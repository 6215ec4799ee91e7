//! What came in the body of a request.

use std::error::Error as StdError;
use std::fmt;

use serde::Deserialize as _;
use serde_json::error::Category;

use super::body::Posted;
use crate::RawJson;
use crate::types::Notification;

/// A notification, and the JSON that it was read from.
#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) notification: Notification,
    pub(super) raw: RawJson,
}

/// Why the body of a webhook cannot be read. It never repeats what was in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnreadableBody {
    /// There is more than the [limit](super::WebhookBuilder::body_limit).
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It ends in the middle.
    Truncated,
    /// It is no JSON object.
    NotJson {
        /// The line of the first mistake, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
    },
}

impl Arrival {
    pub(super) fn read(posted: &Posted, limit: usize) -> Result<Self, UnreadableBody> {
        if posted.truncated {
            return Err(UnreadableBody::TooLong { limit });
        }
        let raw: RawJson = serde_json::from_slice(&posted.bytes)
            .map_err(|error| UnreadableBody::from_json(&error))?;
        // Whatever is JSON is a notification, if only an unrecognised one.
        let notification =
            Notification::deserialize(&mut serde_json::Deserializer::from_str(raw.as_str()));
        notification
            .map(|notification| Self { notification, raw })
            .map_err(|error| UnreadableBody::from_json(&error))
    }
}

impl UnreadableBody {
    /// The words of the error itself could repeat what was in the body.
    fn from_json(error: &serde_json::Error) -> Self {
        match error.classify() {
            Category::Eof => Self::Truncated,
            _ => Self::NotJson {
                line: error.line(),
                column: error.column(),
            },
        }
    }
}

impl fmt::Display for UnreadableBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(
                f,
                "the body of the webhook is longer than {limit} bytes; what was read ends there"
            ),
            Self::Truncated => {
                f.write_str("the body of the webhook is JSON that ends in the middle")
            }
            Self::NotJson { line, column } => write!(
                f,
                "the body of the webhook is no JSON from line {line}, column {column}"
            ),
        }
    }
}

impl StdError for UnreadableBody {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: impl Into<Vec<u8>>) -> Result<Arrival, UnreadableBody> {
        Arrival::read(
            &Posted {
                bytes: body.into().into(),
                truncated: false,
            },
            100,
        )
    }

    #[test]
    fn whatever_is_json_is_a_notification() {
        let deep = format!(
            r#"{{"typeWebhook":"deep","a":{}{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        for body in [
            "{}",
            " null\n",
            "[1]",
            r#""text""#,
            r#"{"instanceData":7}"#,
            r#"{"typeWebhook":"new","a":1,"a":2}"#,
            &deep,
        ] {
            let arrival = read(body).unwrap_or_else(|error| panic!("{body:.40}: {error}"));
            assert!(
                matches!(arrival.notification, Notification::Unrecognized(_)),
                "{body:.40}"
            );
            assert_eq!(arrival.raw.as_str(), body.trim());
        }
    }

    #[test]
    fn what_is_no_json_says_where_and_not_what() {
        let cases: [(&[u8], UnreadableBody); 7] = [
            (b"", UnreadableBody::Truncated),
            (
                br#"{"typeWebhook":"incomingMess"#,
                UnreadableBody::Truncated,
            ),
            (
                b"<html>secret</html>",
                UnreadableBody::NotJson { line: 1, column: 1 },
            ),
            (
                b"{\n\"a\":secret}",
                UnreadableBody::NotJson { line: 2, column: 5 },
            ),
            (
                br#"{} secret"#,
                UnreadableBody::NotJson { line: 1, column: 4 },
            ),
            (
                b"{\"a\":\"\xff\xfe\"}",
                UnreadableBody::NotJson { line: 1, column: 7 },
            ),
            (
                b"\xef\xbb\xbf{}",
                UnreadableBody::NotJson { line: 1, column: 1 },
            ),
        ];
        for (body, wanted) in cases {
            let error = read(body).err().unwrap();
            assert_eq!(error, wanted, "{}", String::from_utf8_lossy(body));
            assert!(!error.to_string().contains("secret"));
        }
    }
}
