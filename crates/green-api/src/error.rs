//! What went wrong, what became of the request, and what to do next.

mod kind;
mod sentence;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

#[cfg(feature = "client")]
use green_api_client::AccountName;

pub use self::kind::{ErrorKind, Outlook};
use crate::types::QuotaError;

/// The error of a request that failed.
///
/// `Display` is one sentence that names the operation, says what happened and what to do. It never holds the token or a raw body, so it can be
/// logged; [`account`](Self::account) says whose request it was. [`kind`](Self::kind) is for programs, [`delivery`](Self::delivery) says whether the request may have had its effect.
///
/// What to do after [`Delivery::MaybeSent`] is told in [never twice](crate::guides::never_twice).
///
/// ```
/// use green_api::{Delivery, Error, ErrorKind};
///
/// fn explain(error: &Error) {
///     match error.kind() {
///         ErrorKind::RateLimited => println!("again in {:?}", error.retry_after()),
///         _ if error.delivery() == Delivery::MaybeSent => println!("look before you repeat it: {error}"),
///         _ => println!("{error}"),
///     }
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    operation: String,
    account: Option<String>,
    kind: ErrorKind,
    delivery: Delivery,
    status: Option<u16>,
    message: Option<String>,
    advice: Option<String>,
    retry_after: Option<Duration>,
    quota: Option<QuotaError>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The outcome at the server of a request that failed. [Never twice](crate::guides::never_twice) says what to do then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// It provably did not leave. Repeating it is safe.
    NotSent,
    /// It may have had its effect. Look before you repeat it: [`Instance::settle`](crate::Instance::settle) does so for what sends.
    MaybeSent,
    /// The server refused it. It had no effect.
    Refused,
    /// The server took it; only its answer could not be read. Do not repeat it.
    Accepted,
}

/// How they come about.
#[cfg(feature = "client")]
impl Error {
    pub(crate) fn new(operation: impl Into<String>, kind: ErrorKind, delivery: Delivery) -> Self {
        Self(Box::new(Inner {
            operation: operation.into(),
            account: None,
            kind,
            delivery,
            status: None,
            message: None,
            advice: None,
            retry_after: None,
            quota: None,
            source: None,
        }))
    }

    pub(crate) fn invalid(operation: &str, message: impl Into<String>) -> Self {
        Self::new(operation, ErrorKind::InvalidInput, Delivery::NotSent)
            .with_message(Some(message.into()))
    }

    /// A file on this machine failed. `what` is a sentence of its own.
    pub(crate) fn file(
        operation: &str,
        what: impl Into<String>,
        delivery: Delivery,
        advice: &str,
    ) -> Self {
        Self::new(operation, ErrorKind::File, delivery)
            .with_message(Some(what.into()))
            .with_advice(Some(advice.to_owned()))
    }

    /// The same of another operation.
    pub(crate) fn of(mut self, operation: &str) -> Self {
        operation.clone_into(&mut self.0.operation);
        self
    }

    pub(crate) fn with_account(mut self, account: impl Into<Option<AccountName>>) -> Self {
        self.0.account = account.into().map(|account| account.to_string());
        self
    }

    pub(crate) fn with_status(mut self, status: Option<u16>) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn with_message(mut self, message: Option<String>) -> Self {
        self.0.message = message;
        self
    }

    pub(crate) fn with_advice(mut self, advice: Option<String>) -> Self {
        self.0.advice = advice;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_quota(mut self, quota: Option<QuotaError>) -> Self {
        self.0.quota = quota;
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }
}

impl Error {
    /// Returns the documented name of the operation that failed.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// Returns whose request it was, `instance 7103000001`; `None` if it did not get as far as a request.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.0.account.as_deref()
    }

    /// Returns the kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what became of the request.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// Returns the HTTP status, if one arrived.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the server's own words, without the token and at most 200 characters: the part of its JSON that is meant for people, or a
    /// text that is documented. What is neither is not shown. For errors that come from here, such as [`ErrorKind::InvalidInput`],
    /// [`ErrorKind::File`] and [`ErrorKind::Tls`], it is what is wrong.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Returns how long to wait before the next try, if the server or the documentation says; at most a day.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns what is used up, for [`ErrorKind::QuotaExceeded`].
    #[must_use]
    pub fn quota(&self) -> Option<&QuotaError> {
        self.0.quota.as_ref()
    }

    /// Returns `true` if the same request is likely to succeed a little later: if its kind's outlook is [`Outlook::Passes`].
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind().outlook() == Outlook::Passes
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            operation,
            account,
            kind,
            delivery,
            status,
            message,
            retry_after,
            quota,
            source,
            ..
        } = &*self.0;
        f.debug_struct("Error")
            .field("operation", operation)
            .field("account", account)
            .field("kind", kind)
            .field("delivery", delivery)
            .field("status", status)
            .field("message", message)
            .field("retry_after", retry_after)
            .field("quota", quota)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl Delivery {
    /// Returns `true` if the request may have had its effect, so that it must not be repeated unseen.
    #[must_use]
    pub fn may_have_effect(self) -> bool {
        matches!(self, Self::MaybeSent | Self::Accepted)
    }

    /// Returns the name in snake case, `maybe_sent`, as it stands in spans and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::MaybeSent => "maybe_sent",
            Self::Refused => "refused",
            Self::Accepted => "accepted",
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::MaybeSent => "maybe sent",
            Self::Refused => "refused",
            Self::Accepted => "accepted",
        })
    }
}
