//! What was posted, as far as it is taken.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody as _};

/// How much beyond the limit is read and forgotten. A server that is answered while it still sends may see a broken connection and no answer, and
/// would send the same again.
const DRAINED: usize = 64 * 1024 * 1024;

/// The bytes of a request.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) bytes: Bytes,
    /// Whether there was more.
    pub(super) truncated: bool,
}

/// Reads a body, and keeps `limit` bytes of it.
///
/// # Errors
///
/// When the connection breaks before the end.
pub(super) async fn read(mut body: Body, limit: usize) -> Result<Posted, axum::Error> {
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
        rest += chunk.len() - fits;
        if rest > DRAINED {
            break;
        }
    }
    Ok(Posted {
        bytes: kept.into(),
        truncated: rest > 0,
    })
}

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
    use super::*;

    #[tokio::test]
    async fn what_is_over_the_limit_is_cut_off() {
        for (limit, kept, truncated) in [
            (6, "Hello!", false),
            (7, "Hello!", false),
            (5, "Hello", true),
            (0, "", true),
        ] {
            let posted = read(Body::from("Hello!"), limit).await.unwrap();
            assert_eq!(
                (&*posted.bytes, posted.truncated),
                (kept.as_bytes(), truncated),
                "{limit}"
            );
        }
        assert!(!read(Body::empty(), 0).await.unwrap().truncated);
    }
}
