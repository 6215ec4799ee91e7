//! What the generated methods return.

#![expect(
    clippy::result_large_err,
    reason = "it is what the generated methods return"
)]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use progenitor_client::{Error, ResponseValue};
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

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

/// A response that was read to its end, or as far as it is read.
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error<()>> {
        self.successful()?.decode()
    }

    /// Decodes the body, whatever the status.
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error<()>> {
        match serde_json::from_slice(&self.body) {
            Ok(value) => Ok(ResponseValue::new(value, self.status, self.headers)),
            Err(error) => Err(Error::InvalidResponsePayload(self.body, error)),
        }
    }

    pub(crate) fn successful(self) -> Result<Self, Error<()>> {
        match self.status {
            StatusCode::OK => Ok(self),
            _ => Err(self.unexpected()),
        }
    }

    pub(crate) fn unexpected(self) -> Error<()> {
        // A response knows its address and shows it in `Debug`; one that is built anew does not.
        let mut clean = http::Response::new(self.body);
        *clean.status_mut() = self.status;
        *clean.headers_mut() = self.headers;
        Error::UnexpectedResponse(Response::from(clean))
    }
}
