//! The error of a request that took too long.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame};

/// Fails like a connection whose time is over.
struct Late;

impl Body for Late {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let error = io::Error::new(io::ErrorKind::TimedOut, "operation timed out");
        Poll::Ready(Some(Err(error)))
    }
}

/// Returns an error whose `is_timeout` is true. Only reqwest can make its errors, and it makes this one of what a body fails with.
pub(crate) fn timed_out() -> reqwest::Error {
    let mut body = pin!(reqwest::Body::wrap(Late));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(Some(Err(error))) = body.as_mut().poll_frame(&mut context) {
            return error;
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_a_timeout_and_no_failure_to_connect() {
        let error = super::timed_out();
        assert!(error.is_timeout() && !error.is_connect(), "{error:?}");
    }
}
