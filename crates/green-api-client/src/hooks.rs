//! The one place that talks to the network.
//!
//! The secret token is in the path of every request, so an address is a secret: it is taken out of every error and every response here,
//! redirects (which would repeat it to another host) are not followed, and nothing that is logged contains it.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use progenitor_client::{ClientHooks, Error, OperationInfo};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Request, Response, StatusCode};

use crate::generated::client::{Client, ResponseValue};
use crate::multipart::Form;
use crate::{CallContext, ResponseRecord, connecting, waits};
use green_api_types::operation::Operation;
use green_api_types::operations;

/// How much of a good answer is read: the longest documented one, a chat's history, is far below.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// How much of an error page is read: enough for the reason.
const ERROR_LIMIT: usize = 64 * 1024;
/// Shorter parts of an address are no token, and could stand in a header by chance.
const SHORTEST_SECRET: usize = 8;
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection pool for [`Client::new_with_client`] that is safe to use with a token in the path: it follows no redirects and sends no `Referer`.
///
/// # Errors
///
/// When TLS cannot be set up.
pub fn http_client() -> reqwest::Result<reqwest::Client> {
    http_client_builder().build()
}

/// The same, to be changed before it is built.
pub fn http_client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .connector_layer(connecting::Noting)
        .user_agent(concat!("green-api-rs/", env!("CARGO_PKG_VERSION")))
}

impl ClientHooks<CallContext> for Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        let own = || {
            operations::ALL
                .iter()
                .find(|row| row.name == info.operation_id)
        };
        let timeout = self
            .inner
            .timeout()
            .or_else(|| own().map(|row| row.timeout));
        prepare(request, timeout);
        self.inner
            .extra()
            .add_to(request)
            .map_err(Error::InvalidRequest)
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        execute(&self.client, &self.inner, request, info.operation_id).await
    }
}

impl Client {
    /// Sends a form; progenitor's generator has no multipart.
    pub(crate) async fn send_form<T: serde::de::DeserializeOwned>(
        &self,
        operation: &Operation,
        path: &str,
        form: Form,
    ) -> Result<ResponseValue<T>, Error<()>> {
        let url = format!("{}{path}", self.baseurl);
        let mut request = self
            .client
            .post(url)
            .multipart(self.inner.extra().add_to_form(form.into_reqwest()))
            .build()
            .map_err(reqwest::Error::without_url)?;
        let timeout = self.inner.timeout().unwrap_or(operation.timeout);
        prepare(&mut request, Some(timeout));
        let response = execute(&self.client, &self.inner, request, operation.name).await?;
        match response.status() {
            StatusCode::OK => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}

/// A plain GET to another host, which must learn nothing of the API.
pub(crate) async fn get(client: &reqwest::Client, url: reqwest::Url) -> reqwest::Result<Response> {
    let start = Instant::now();
    let response = client
        .execute(Request::new(reqwest::Method::GET, url))
        .await
        .map_err(reqwest::Error::without_url)?;
    tracing::debug!(status = response.status().as_u16(), elapsed = ?start.elapsed(), "a storage host answered");
    Ok(response)
}

pub(crate) fn prepare(request: &mut Request, timeout: Option<Duration>) {
    *request.timeout_mut() = timeout;
}

pub(crate) async fn execute(
    client: &reqwest::Client,
    context: &CallContext,
    request: Request,
    name: &str,
) -> reqwest::Result<Response> {
    let (start, account) = (Instant::now(), context.account());
    context.record(|record| *record = ResponseRecord::default());
    let address: Vec<String> = request
        .url()
        .path()
        .split('/')
        .filter(|part| part.len() >= SHORTEST_SECRET)
        .map(str::to_owned)
        .collect();
    let (result, connecting) = connecting::watch(client.execute(request)).await;
    context.record(|record| record.connecting = connecting && result.is_err());
    let mut response = match result {
        Ok(response) => response,
        Err(error) => {
            tracing::debug!(operation = name, account, elapsed = ?start.elapsed(), timeout = error.is_timeout(), "no answer");
            return Err(error.without_url());
        }
    };
    let status = response.status();
    context.record(|record| note_head(record, status, response.headers()));
    let limit = if status.is_success() {
        ANSWER_LIMIT
    } else {
        ERROR_LIMIT
    };
    let read = read_body(&mut response, limit).await;
    tracing::debug!(operation = name, account, status = status.as_u16(), elapsed = ?start.elapsed(), "answered");
    let (body, cut) = match read {
        Ok(read) => read,
        Err((body, error)) => {
            context.record(|record| {
                record.body = body;
                record.incomplete = true;
            });
            return Err(error.without_url());
        }
    };
    context.record(|record| {
        record.body = body.clone();
        record.too_long = cut;
    });
    // An empty 200 means the same as `null`, and only the latter is JSON.
    let body = if status.is_success() && body.trim_ascii().is_empty() {
        Bytes::from_static(b"null")
    } else {
        body
    };
    // A response knows its address and shows it in `Debug`; one that is built anew does not.
    let mut clean = http::Response::new(body);
    *clean.status_mut() = status;
    *clean.headers_mut() = without_address(response.headers(), &address);
    Ok(Response::from(clean))
}

/// The headers without those that repeat the address, as `Location` does: errors show them.
fn without_address(headers: &HeaderMap, address: &[String]) -> HeaderMap {
    let repeats = |value: &http::HeaderValue| {
        address.iter().any(|part| {
            value
                .as_bytes()
                .windows(part.len())
                .any(|window| window == part.as_bytes())
        })
    };
    headers
        .iter()
        .filter(|(_, value)| !repeats(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn note_head(record: &mut ResponseRecord, status: StatusCode, headers: &HeaderMap) {
    let text = |value: &http::HeaderValue| value.to_str().ok().map(str::to_owned);
    record.status = Some(status.as_u16());
    record.content_type = headers.get(CONTENT_TYPE).and_then(text);
    record.retry_after = waits::retry_after(headers);
    record.spacing = waits::spacing(headers);
}

/// Reads at most `limit` bytes, and whether there was more; when the connection fails, what had arrived by then.
async fn read_body(
    response: &mut Response,
    limit: usize,
) -> Result<(Bytes, bool), (Bytes, reqwest::Error)> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if chunk.len() > limit.saturating_sub(body.len()) => {
                body.extend_from_slice(&chunk[..limit.saturating_sub(body.len())]);
                return Ok((body.freeze(), true));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok((body.freeze(), false)),
            Err(error) => return Err((body.freeze(), error)),
        }
    }
}
