//! What belongs to one call: its time limit, and the record of its response.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use green_api_types::models::InstanceId;
use reqwest::Url;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::Extra;

/// Carried by a [`Client`](crate::Client): how the next request is sent, and the record of the last response.
///
/// Clones share the record, so give every concurrent call a context of its own.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    base: Option<Arc<Url>>,
    timeout: Option<Duration>,
    extra: Extra,
    headers: HeaderMap,
    account: Option<AccountName>,
    response: Arc<Mutex<ResponseRecord>>,
}

impl CallContext {
    /// Returns a context whose requests have this time limit, instead of their operation's own.
    #[inline]
    #[must_use]
    pub fn with_timeout(timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..Self::default()
        }
    }

    /// Sets the parsed address of the host, which then is not parsed for every request.
    #[inline]
    #[must_use]
    pub fn with_base(mut self, base: impl Into<Arc<Url>>) -> Self {
        self.base = Some(base.into());
        self
    }

    /// Returns the parsed address of the host.
    pub(crate) fn base(&self) -> Option<&Url> {
        self.base.as_deref()
    }

    /// Sets fields that are sent beside the ones that the operation's type knows.
    #[inline]
    #[must_use]
    pub fn with_extra(mut self, extra: Extra) -> Self {
        self.extra = extra;
        self
    }

    /// Returns the fields that are sent beside the known ones.
    #[must_use]
    pub fn extra(&self) -> &Extra {
        &self.extra
    }

    /// Sets headers that are sent beside those of the operation.
    #[inline]
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Returns the headers that are sent beside those of the operation.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Names the account in what is logged.
    #[inline]
    #[must_use]
    pub fn named(mut self, account: AccountName) -> Self {
        self.account = Some(account);
        self
    }

    /// Returns the name of the account in what is logged.
    #[must_use]
    pub fn account(&self) -> Option<AccountName> {
        self.account
    }

    /// Returns the time limit that replaces the operation's own.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns what has been recorded of the last request; a later request starts afresh.
    #[inline]
    #[must_use]
    pub fn take_response(&self) -> ResponseRecord {
        std::mem::take(&mut *self.lock())
    }

    pub(crate) fn record(&self, response: ResponseRecord) {
        *self.lock() = response;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ResponseRecord> {
        // A change cannot leave it half-made.
        self.response.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An account, as it is named in what is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountName {
    /// An instance.
    Instance(InstanceId),
    /// The partner's account.
    Partner,
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance(id) => write!(f, "instance {id}"),
            Self::Partner => f.write_str("the partner's account"),
        }
    }
}

/// The length of the one form of a date that servers may send.
const IMF_FIXDATE: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();

/// The part of a response that has arrived: enough to say what became of the request.
#[derive(Clone, Default)]
pub struct ResponseRecord {
    /// The documented name of the operation.
    pub operation: &'static str,
    /// The status line, once it arrived.
    pub status: Option<u16>,
    /// `Date`, which few look at, so that it is not read for all. A copy, because a header keeps the whole buffer that it was read into.
    pub date: Option<[u8; IMF_FIXDATE]>,
    /// `Retry-After` of an error, from seconds or a date; at most a day.
    pub retry_after: Option<Duration>,
    /// The interval required between requests for this operation, from `X-RateLimit-Replenish-Rate` of an error; at most a day.
    pub spacing: Option<Duration>,
    /// Whether the request still waited for its connection when it ended without a response.
    pub connecting: bool,
    /// When the request had its connection, if it had to wait for one. It has left no earlier.
    pub connected: Option<Instant>,
    /// The body, as far as it was read.
    pub body: Bytes,
    /// Whether the body is longer than what is read of it.
    pub too_long: bool,
    /// Whether the body ended before it should.
    pub incomplete: bool,
}

impl ResponseRecord {
    /// Returns the server's time when it answered, in whole seconds, if it said so.
    #[must_use]
    pub fn date(&self) -> Option<SystemTime> {
        let text = str::from_utf8(self.date.as_ref()?).ok()?;
        httpdate::parse_http_date(text).ok()
    }
}

impl fmt::Debug for ResponseRecord {
    // The body can hold messages, and in errors the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseRecord")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("spacing", &self.spacing)
            .field("connecting", &self.connecting)
            .field("body_bytes", &self.body.len())
            .field("too_long", &self.too_long)
            .field("incomplete", &self.incomplete)
            .finish()
    }
}
