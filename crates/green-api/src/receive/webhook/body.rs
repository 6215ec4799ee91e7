//! Reads the body of a request, and the notification in it.

use std::error::Error as StdError;
use std::fmt;
use std::hash::Hasher;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use serde_json::error::Category;

use crate::Received;

/// How much beyond the limit is read and forgotten. A server that is answered while it still sends may see a broken connection and no answer, and
/// would send the same again.
const DRAINED: usize = 64 * 1024 * 1024;

/// The bytes of a request.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) bytes: Bytes,
    /// How many bytes more there were, and a digest of them, which tells bodies apart that begin alike.
    pub(super) rest: Option<(usize, u64)>,
}

/// The reason why the body of a webhook cannot be read. It never repeats what was in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnreadableBody {
    /// It is longer than the [limit](super::WebhookBuilder::body_limit).
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It ends in the middle.
    Truncated,
    /// It is not JSON.
    NotJson {
        /// The line of the first mistake, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
    },
}

/// Reads a body, keeps `limit` bytes of it, and digests what is beyond.
///
/// # Errors
///
/// When the connection breaks before the end.
pub(super) async fn read(
    mut body: Body,
    limit: usize,
    mut digest: impl Hasher,
) -> Result<Posted, axum::Error> {
    // What is announced is believed only so far.
    let expected = usize::try_from(body.size_hint().lower())
        .unwrap_or(usize::MAX)
        .min(limit)
        .min(64 * 1024);
    let mut kept = Vec::with_capacity(expected);
    let mut rest = 0_usize;
    while let Some(chunk) = Chunk(&mut body).await {
        let chunk = chunk?;
        let fits = chunk.len().min(limit - kept.len());
        kept.extend_from_slice(&chunk[..fits]);
        // However the bytes are cut into chunks, what is digested is the same.
        let over = &chunk[fits..];
        let over = &over[..over.len().min(DRAINED + 1 - rest)];
        digest.write(over);
        rest += over.len();
        if rest > DRAINED {
            break;
        }
    }
    Ok(Posted {
        bytes: kept.into(),
        rest: (rest > 0).then(|| (rest, digest.finish())),
    })
}

impl Posted {
    /// Reads the notification.
    pub(super) fn notification(&self, limit: usize) -> Result<Received, UnreadableBody> {
        if self.rest.is_some() {
            return Err(UnreadableBody::TooLong { limit });
        }
        Received::read(self.bytes.clone()).map_err(|error| UnreadableBody::from_json(&error))
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
                "the body of the webhook is not JSON from line {line}, column {column}"
            ),
        }
    }
}

impl StdError for UnreadableBody {}

/// The next bytes of a body.
struct Chunk<'b>(&'b mut Body);

impl Future for Chunk<'_> {
    type Output = Option<Result<Bytes, axum::Error>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match ready!(Pin::new(&mut *self.0).poll_frame(context)) {
                Some(Ok(frame)) => {
                    // Trailers are of no interest.
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;

    use super::*;
    use crate::BoxError;
    use crate::types::Notification;

    fn digest() -> DefaultHasher {
        DefaultHasher::new()
    }

    #[tokio::test]
    async fn what_is_over_the_limit_is_cut_off() {
        for (limit, kept, truncated) in [
            (6, "Hello!", false),
            (7, "Hello!", false),
            (5, "Hello", true),
            (0, "", true),
        ] {
            let posted = read(Body::from("Hello!"), limit, digest()).await.unwrap();
            assert_eq!(
                (&*posted.bytes, posted.rest.is_some()),
                (kept.as_bytes(), truncated),
                "{limit}"
            );
        }
        assert_eq!(read(Body::empty(), 0, digest()).await.unwrap().rest, None);
    }

    #[tokio::test]
    async fn what_is_cut_off_is_digested_however_it_comes() {
        let rest_of = async |chunks: &[&'static str]| {
            let chunks: Vec<_> = chunks.iter().map(|text| Ok::<_, BoxError>(*text)).collect();
            let body = Body::from_stream(futures_util::stream::iter(chunks));
            read(body, 3, digest()).await.unwrap().rest.unwrap()
        };
        let whole = rest_of(&["a long body, for once"]).await;
        assert_eq!(rest_of(&["a l", "ong body, f", "or", " once"]).await, whole);
        assert_eq!(rest_of(&["a ", "long bod", "y, for once"]).await, whole);
        assert_ne!(rest_of(&["a long body, for ever"]).await, whole);
    }

    fn notification(body: impl Into<Vec<u8>>) -> Result<Received, UnreadableBody> {
        let posted = Posted {
            bytes: body.into().into(),
            rest: None,
        };
        posted.notification(100)
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
            let received = notification(body).unwrap_or_else(|error| panic!("{body:.40}: {error}"));
            assert!(
                matches!(received.notification, Notification::Unrecognized(_)),
                "{body:.40}"
            );
            assert_eq!(received.raw().as_str(), body.trim());
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
            let error = notification(body).err().unwrap();
            assert_eq!(error, wanted, "{}", String::from_utf8_lossy(body));
            assert!(!error.to_string().contains("secret"));
        }
    }
}
