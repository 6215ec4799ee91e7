//! The one place that talks to the network.
//!
//! The secret token is in the path of every request, so an address is a secret: it is taken out of every error and every response here,
//! redirects (which would repeat it to another host) are not followed, and nothing that is logged contains it.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]
#![expect(
    clippy::result_large_err,
    reason = "it is what the generated methods return"
)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{Display, Write as _};
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use progenitor_client::{Error, encode_path};
use reqwest::header::{ACCEPT, DATE, HeaderMap};
use reqwest::{Method, Request, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::Sleep;

use crate::extra::{JSON, set_body};
use crate::generated::client::Client;
use crate::multipart::Form;
use crate::response_future::{Reply, ResponseFuture, Sending};
use crate::{CallContext, ResponseRecord, connecting, waits};
use green_api_types::operation::Operation;

/// How much of a good answer is read: the longest documented one, a chat's history, is far below.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// How much of an error page is read: enough for the reason.
const ERROR_LIMIT: usize = 64 * 1024;
/// Most paths are shorter.
const LONG_PATH: usize = 128;
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a shared connection may be silent, while it has calls, before the server is asked whether it is there.
#[cfg(feature = "http2")]
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How long the server may take to say so.
#[cfg(feature = "http2")]
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes a connection pool for [`Client::new_with_client`] that is safe to use with a token in the path: it follows no redirects and sends no `Referer`.
///
/// # Errors
///
/// When TLS cannot be set up.
pub fn http_client() -> reqwest::Result<reqwest::Client> {
    http_client_builder().build()
}

/// Returns the same, to be changed before it is built.
pub fn http_client_builder() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder();
    // A call that fails does not end the connection it shares: one that is dead would have all calls that follow.
    #[cfg(feature = "http2")]
    let builder = builder
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_TIMEOUT);
    builder
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // An attempt is one request, also where HTTP/2 says that another one would do no harm.
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .connector_layer(connecting::Noting)
        .user_agent(concat!("green-api-rs/", env!("CARGO_PKG_VERSION")))
}

pub(crate) fn unusable<E>(_: E) -> Error<()> {
    Error::InvalidRequest("the address cannot be used".to_owned())
}

/// Appends a part of a path, made fit for it.
fn push_segment(path: &mut String, value: &dyn Display) {
    let start = path.len();
    // Writing to a text cannot fail.
    let _ = write!(path, "{value}");
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let written = path.bytes().skip(start);
    // Looking at all of them is faster than to stop at the first that is not.
    if !written.fold(true, |fit, byte| fit & is_fit(byte)) {
        let segment = path.split_off(start);
        path.push_str(&encode_path(&segment));
    }
}

/// Trusts these certificates as well, one or more as PEM; `None` if that is not what it holds.
#[must_use]
pub fn trusting(builder: reqwest::ClientBuilder, pem: &[u8]) -> Option<reqwest::ClientBuilder> {
    #[cfg(any(feature = "__rustls", feature = "native-tls"))]
    {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).ok()?;
        let trusting = |builder: reqwest::ClientBuilder, one| builder.add_root_certificate(one);
        (!certificates.is_empty()).then(|| certificates.into_iter().fold(builder, trusting))
    }
    // Nothing is encrypted, so nothing is trusted.
    #[cfg(not(any(feature = "__rustls", feature = "native-tls")))]
    {
        let _ = pem;
        Some(builder)
    }
}

/// Identifies the program by this certificate chain and its private key, both as PEM; `None` if that is not what they hold.
#[cfg(any(feature = "__rustls", feature = "native-tls"))]
#[must_use]
pub fn identifying(
    builder: reqwest::ClientBuilder,
    certificates: &[u8],
    key: &[u8],
) -> Option<reqwest::ClientBuilder> {
    #[cfg(feature = "__rustls")]
    let identity = reqwest::Identity::from_pem(&[certificates, key].join(&b'\n'));
    #[cfg(not(feature = "__rustls"))]
    let identity = reqwest::Identity::from_pkcs8_pem(certificates, key);
    Some(builder.identity(identity.ok()?))
}

impl Client {
    /// Returns the address of an operation, with these values in place of the names in its path.
    pub(crate) fn address(
        &self,
        operation: &Operation,
        values: &[&dyn Display],
    ) -> Result<Url, Error<()>> {
        let base = self.base()?;
        let mut path = String::with_capacity(LONG_PATH);
        path.push_str(base.path().trim_end_matches('/'));
        if path.starts_with("//") {
            // What follows would be read as the name of a host.
            path.insert_str(0, "/.");
        }
        let mut rest = operation.path;
        for value in values {
            let Some((before, after)) = rest.split_once('{') else {
                break;
            };
            path.push_str(before);
            push_segment(&mut path, value);
            rest = after.split_once('}').map_or("", |(_, after)| after);
        }
        path.push_str(rest);
        // A copy of the base would have to grow several times.
        base.join(&path).map_err(unusable)
    }

    /// Returns the address of the host, which was parsed once if the context has it.
    pub(crate) fn base(&self) -> Result<Cow<'_, Url>, Error<()>> {
        match self.inner.base() {
            Some(base) => Ok(Cow::Borrowed(base)),
            None => self.baseurl.parse().map(Cow::Owned).map_err(unusable),
        }
    }

    /// Makes a request with a JSON body.
    pub(crate) fn json(
        &self,
        operation: &Operation,
        values: &[&dyn Display],
        body: &impl Serialize,
    ) -> Result<Request, Error<()>> {
        let body = serde_json::to_vec(body);
        let body = body.map_err(|error| Error::InvalidRequest(error.to_string()))?;
        self.request(operation, values, Some(body))
    }

    /// Makes a request with this JSON as its body, if any.
    pub(crate) fn request(
        &self,
        operation: &Operation,
        values: &[&dyn Display],
        json: Option<Vec<u8>>,
    ) -> Result<Request, Error<()>> {
        let url = self.address(operation, values)?;
        let unknown = |_| Error::InvalidRequest("the verb cannot be used".to_owned());
        let verb = Method::from_bytes(operation.verb.as_bytes()).map_err(unknown)?;
        let mut request = Request::new(verb, url);
        request.headers_mut().insert(ACCEPT, JSON);
        if let Some(json) = json {
            set_body(&mut request, json);
        }
        Ok(request)
    }

    /// Sends a request and reads the answer.
    pub(crate) fn answer<T: DeserializeOwned>(
        &self,
        operation: &'static Operation,
        request: Result<Request, Error<()>>,
    ) -> ResponseFuture<'_, T> {
        ResponseFuture::new(self.send(operation, request), Reply::read)
    }

    /// Sends a request whose answer has nothing to read: it is empty, `null` or an object. Anything else comes from elsewhere, such as the page of a
    /// portal.
    pub(crate) fn done(
        &self,
        operation: &'static Operation,
        request: Result<Request, Error<()>>,
    ) -> ResponseFuture<'_, ()> {
        ResponseFuture::new(self.send(operation, request), |reply| {
            reply.read::<Option<HashMap<String, IgnoredAny>>>()?;
            Ok(())
        })
    }

    /// Sends a form; progenitor's generator has no multipart.
    pub(crate) fn send_form<T: DeserializeOwned>(
        &self,
        operation: &'static Operation,
        values: &[&dyn Display],
        form: Form,
    ) -> ResponseFuture<'_, T> {
        let request = self.address(operation, values).and_then(|url| {
            let form = self.inner.extra().add_to_form(form.into_reqwest());
            let request = self.client.post(url).multipart(form).build();
            Ok(request.map_err(reqwest::Error::without_url)?)
        });
        let sending = self.execute(operation.name, operation.timeout, request);
        ResponseFuture::new(sending, Reply::read)
    }

    fn send(
        &self,
        operation: &'static Operation,
        request: Result<Request, Error<()>>,
    ) -> Sending<'_> {
        let mut request = request;
        if let Ok(ready) = &mut request
            && let Err(message) = self.inner.extra().add_to(ready)
        {
            request = Err(Error::InvalidRequest(message));
        }
        self.execute(operation.name, operation.timeout, request)
    }

    /// Sends a request within this time, unless the context has another limit.
    pub(crate) fn execute<'a>(
        &'a self,
        name: &'a str,
        timeout: Duration,
        request: Result<Request, Error<()>>,
    ) -> Sending<'a> {
        let mut request = match request {
            Ok(request) => request,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let timeout = self.inner.timeout().unwrap_or(timeout);
        if !self.inner.headers().is_empty() {
            request.headers_mut().extend(self.inner.headers().clone());
        }
        // Nothing is sent until it is polled, and it is smaller than the request.
        let pending = self.client.execute(request);
        Box::pin(async move {
            // That of reqwest takes several boxes more.
            let limit = pin!(tokio::time::sleep(timeout));
            Ok(receive(&self.inner, name, limit, pending).await?)
        })
    }
}

/// A plain GET to another host, which must learn nothing of the API.
pub(crate) async fn get(client: &reqwest::Client, url: reqwest::Url) -> reqwest::Result<Response> {
    let response = client
        .execute(Request::new(reqwest::Method::GET, url))
        .await
        .map_err(reqwest::Error::without_url)?;
    tracing::debug!(
        status = response.status().as_u16(),
        "a storage host answered"
    );
    Ok(response)
}

async fn receive(
    context: &CallContext,
    name: &str,
    limit: Pin<&mut Sleep>,
    pending: impl Future<Output = reqwest::Result<Response>>,
) -> reqwest::Result<Reply> {
    let mut record = ResponseRecord::default();
    let received = receive_noting(&mut record, context, name, limit, pending).await;
    context.record(record);
    received
}

async fn receive_noting(
    record: &mut ResponseRecord,
    context: &CallContext,
    name: &str,
    mut limit: Pin<&mut Sleep>,
    pending: impl Future<Output = reqwest::Result<Response>>,
) -> reqwest::Result<Reply> {
    let start = Instant::now();
    let account = context.account().map(tracing::field::display);
    let mut response = match connecting::watch(limit.as_mut(), pending).await {
        (Ok(response), connecting) => {
            record.connected = connecting.until;
            response
        }
        (Err(error), connecting) => {
            (record.connecting, record.connected) = (connecting.still, connecting.until);
            tracing::debug!(
                operation = name,
                account,
                duration_ms = milliseconds(start),
                timeout = error.is_timeout(),
                "no answer"
            );
            return Err(error.without_url());
        }
    };
    let status = response.status();
    note_head(record, status, response.headers());
    let most = if status.is_success() {
        ANSWER_LIMIT
    } else {
        ERROR_LIMIT
    };
    let read = read_body(&mut response, most, limit).await;
    tracing::debug!(
        operation = name,
        account,
        status = status.as_u16(),
        duration_ms = milliseconds(start),
        "answered"
    );
    let (body, cut) = match read {
        Ok(read) => read,
        Err((body, error)) => {
            record.body = body;
            record.incomplete = true;
            return Err(error.without_url());
        }
    };
    record.body = body.clone();
    record.too_long = cut;
    // An empty 200 means the same as `null`, and only the latter is JSON.
    let body = if status.is_success() && body.trim_ascii().is_empty() {
        Bytes::from_static(b"null")
    } else {
        body
    };
    Ok(Reply { response, body })
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn note_head(record: &mut ResponseRecord, status: StatusCode, headers: &HeaderMap) {
    record.status = Some(status.as_u16());
    let date = headers.get(DATE);
    record.date = date.and_then(|date| date.as_bytes().try_into().ok());
    if !status.is_success() {
        record.retry_after = waits::retry_after(headers);
        record.spacing = waits::spacing(headers);
    }
}

/// Reads at most so many bytes, and whether there was more; when the connection fails or the time is over, what had arrived by then.
async fn read_body(
    response: &mut Response,
    most: usize,
    mut limit: Pin<&mut Sleep>,
) -> Result<(Bytes, bool), (Bytes, reqwest::Error)> {
    let mut body = Body::default();
    loop {
        match connecting::watch(limit.as_mut(), response.chunk()).await.0 {
            Ok(Some(mut chunk)) => {
                let left = most.saturating_sub(body.len());
                let cut = chunk.len() > left;
                chunk.truncate(left);
                body.push(chunk);
                if cut {
                    return Ok((body.freeze(), true));
                }
            }
            Ok(None) => return Ok((body.freeze(), false)),
            Err(error) => return Err((body.freeze(), error)),
        }
    }
}

/// A body that grows. Most come in one piece, which is not copied.
enum Body {
    Whole(Bytes),
    Pieces(BytesMut),
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Pieces(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, piece: Bytes) {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => *bytes = piece,
            Self::Whole(bytes) => {
                let mut pieces = BytesMut::from(&bytes[..]);
                pieces.extend_from_slice(&piece);
                *self = Self::Pieces(pieces);
            }
            Self::Pieces(pieces) => pieces.extend_from_slice(&piece),
        }
    }

    fn freeze(self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Pieces(bytes) => bytes.freeze(),
        }
    }
}

#[cfg(test)]
mod tests {
    use green_api_types::operations::SEND_MESSAGE;

    use super::*;

    #[test]
    fn whatever_the_values_are_the_host_stays() {
        let odd = [
            "token", "", ".", "..", "a/b", "//a", "a\\b", "\\\\a", "a?b", "#a", " a ", "\ta\n",
            "%2e", "é",
        ];
        for stem in ["", "/", "/stem/", "//stem", "//stem//", "///stem/.."] {
            let base = format!("http://host:8080{stem}");
            let http = reqwest::Client::new();
            let client = Client::new_with_client(&base, http, CallContext::default());
            for value in odd {
                let address = client.address(&SEND_MESSAGE, &[&7, &value]);
                let address = address.expect("it is one");
                // The same by what changes nothing but the path.
                let mut expected: Url = base.parse().expect("it is one");
                let stem = expected.path().trim_end_matches('/').to_owned();
                let value = encode_path(value);
                expected.set_path(&format!("{stem}/waInstance7/sendMessage/{value}"));
                assert_eq!(address, expected);
            }
        }
    }
}
