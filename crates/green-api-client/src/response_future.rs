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

/// Shorter parts of an address are no token, and could stand in a header by chance.
const SHORTEST_SECRET: usize = 8;

/// A request under way, and nothing of its types: what it does is compiled once.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error<()>>> + Send + 'a>>;

/// Reads what came back. The headers of a good answer stay in the reply.
pub type Read<T> = fn(&mut Reply) -> Result<T, Error<()>>;

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
        let mut reply = ready!(self.sending.as_mut().poll(context))?;
        let value = (self.read)(&mut reply)?;
        let (status, headers) = (reply.response.status(), reply.headers());
        Poll::Ready(Ok(ResponseValue::new(value, status, headers)))
    }
}

/// A response that was read to its end, or as far as it is read.
pub struct Reply {
    /// Without its body.
    pub(crate) response: Response,
    pub(crate) body: Bytes,
}

impl Reply {
    /// Returns the body of a good answer.
    pub(crate) fn good(&mut self) -> Result<&Bytes, Error<()>> {
        match self.response.status() {
            StatusCode::OK => Ok(&self.body),
            _ => Err(self.unexpected()),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(&mut self) -> Result<T, Error<()>> {
        decode(self.good()?)
    }

    /// Decodes the body, whatever the status.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, Error<()>> {
        decode(&self.body)
    }

    pub(crate) fn unexpected(&mut self) -> Error<()> {
        // A response knows its address and shows it in `Debug`; one that is built anew does not.
        let mut clean = http::Response::new(std::mem::take(&mut self.body));
        *clean.status_mut() = self.response.status();
        *clean.headers_mut() = self.headers();
        Error::UnexpectedResponse(Response::from(clean))
    }

    /// Takes the headers, without those that repeat the address.
    fn headers(&mut self) -> HeaderMap {
        let headers = std::mem::take(self.response.headers_mut());
        without_address(headers, self.response.url().path())
    }
}

fn decode<T: DeserializeOwned>(body: &Bytes) -> Result<T, Error<()>> {
    serde_json::from_slice(body).map_err(|error| Error::InvalidResponsePayload(body.clone(), error))
}

/// The headers without those that repeat the address, as `Location` does: errors show them.
fn without_address(mut headers: HeaderMap, path: &str) -> HeaderMap {
    let parts = path.split('/').map(str::as_bytes);
    let parts: Vec<&[u8]> = parts.filter(|part| part.len() >= SHORTEST_SECRET).collect();
    let repeats = |value: &http::HeaderValue| {
        let value = value.as_bytes();
        parts.iter().any(|part| contains(value, part))
    };
    if headers.values().any(repeats) {
        headers = headers
            .iter()
            .filter(|(_, value)| !repeats(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
    }
    headers
}

/// Whether the text has this part, whose first byte is rare enough to be looked for alone.
fn contains(text: &[u8], part: &[u8]) -> bool {
    let mut windows = text.windows(part.len());
    windows.any(|window| window.first() == part.first() && window == part)
}
