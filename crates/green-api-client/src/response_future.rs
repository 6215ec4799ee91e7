//! What the generated methods return.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use progenitor_client::Error;

use crate::generated::client::ResponseValue;
use crate::hooks::Reply;

/// A request under way, and nothing of its types: what it does is compiled once.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error<()>>> + Send + 'a>>;

/// Reads what came back.
pub type Read<T> = fn(Reply) -> Result<ResponseValue<T>, Error<()>>;

/// A request that is sent when this is awaited.
#[must_use = "a request is sent when it is awaited"]
pub struct ResponseFuture<'a, T> {
    sending: Sending<'a>,
    read: Read<T>,
}

impl<'a, T> ResponseFuture<'a, T> {
    pub(crate) fn new(sending: Sending<'a>, read: Read<T>) -> Self {
        Self { sending, read }
    }

    /// Returns the sending, and what reads what comes of it.
    #[doc(hidden)]
    #[must_use]
    pub fn into_parts(self) -> (Sending<'a>, Read<T>) {
        (self.sending, self.read)
    }
}

impl<T> Future for ResponseFuture<'_, T> {
    type Output = Result<ResponseValue<T>, Error<()>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = ready!(self.sending.as_mut().poll(context))?;
        Poll::Ready((self.read)(reply))
    }
}
