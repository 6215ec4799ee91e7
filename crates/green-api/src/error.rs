//! What went wrong, what became of the request, and what to do next.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use green_api_types::operation::Operation;

use crate::types::QuotaError;

/// Why a request failed.
///
/// `Display` is one sentence that names the operation, says what happened and what to do. It never holds the token or a raw body, so it can be
/// logged. [`kind`](Self::kind) is for programs, [`delivery`](Self::delivery) says whether the request may have had its effect.
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
    kind: ErrorKind,
    delivery: Delivery,
    status: Option<u16>,
    message: Option<String>,
    advice: Option<String>,
    retry_after: Option<Duration>,
    quota: Option<QuotaError>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of failure, from the first byte to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The arguments cannot be right. Nothing was sent.
    InvalidInput,
    /// A file on this machine could not be read or written.
    File,
    /// No connection could be made: refused, no such host, TLS.
    Connect,
    /// No complete answer came in time.
    TimedOut,
    /// The connection broke before the answer was complete.
    ConnectionLost,
    /// 400: the server does not accept the request.
    BadRequest,
    /// 400: the instance is starting; it takes up to 5 minutes.
    Starting,
    /// 400: no WhatsApp account is linked, or the instance is still starting; the server has one text for both.
    NotAuthorized,
    /// 400: the instance is not paid for.
    Expired,
    /// 400: the instance was deleted.
    Deleted,
    /// 400: notifications go to a webhook address, so they cannot be fetched.
    WebhookUrlSet,
    /// 401: the token is wrong.
    Unauthorized,
    /// 403: the host or the instance's number is wrong, or the tariff forbids it.
    Forbidden,
    /// 404: no such operation on this host.
    NotFound,
    /// 413, or 500 with these words: the request or the file is too large.
    TooLarge,
    /// 429: more requests a second than the operation allows.
    RateLimited,
    /// 466: the tariff's quota is used up. Waiting a second does not help; see [`Error::quota`].
    QuotaExceeded,
    /// 499: the server saw the client give up.
    ClientClosedRequest,
    /// 500 and its like: the server failed.
    Server,
    /// 502, 503, 504: the server could not be reached behind its gateway.
    Gateway,
    /// The answer says no: with 200 and a refusal in it, or from the host that a file is fetched from.
    Refused,
    /// 200, but the answer is not what it should be.
    UnexpectedAnswer,
    /// 200, but the answer is longer than anything that is documented, or than allowed.
    AnswerTooLong,
    /// A status that is not documented.
    UnexpectedStatus,
}

/// Whether waiting helps against a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outlook {
    /// The cause is likely to pass by itself: the same request can succeed a little later.
    Passes,
    /// The request keeps failing until somebody changes something: the request itself, the credentials or the account.
    NeedsAction,
    /// The kind alone does not tell. Look at [`Error::message`] before you repeat the request.
    Unclear,
}

impl ErrorKind {
    /// Returns whether waiting helps. Whether repeating can do harm is another question, which [`Error::delivery`] answers.
    #[must_use]
    pub fn outlook(self) -> Outlook {
        match self {
            Self::Connect
            | Self::TimedOut
            | Self::ConnectionLost
            | Self::Starting
            | Self::RateLimited
            | Self::ClientClosedRequest
            | Self::Server
            | Self::Gateway => Outlook::Passes,
            Self::InvalidInput
            | Self::File
            | Self::BadRequest
            | Self::Expired
            | Self::Deleted
            | Self::WebhookUrlSet
            | Self::Unauthorized
            | Self::Forbidden => Outlook::NeedsAction,
            // An account may be linked meanwhile, a host may be restored, a month ends.
            Self::NotAuthorized
            | Self::NotFound
            | Self::TooLarge
            | Self::QuotaExceeded
            | Self::Refused
            | Self::UnexpectedAnswer
            | Self::AnswerTooLong
            | Self::UnexpectedStatus => Outlook::Unclear,
        }
    }
}

/// What became of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// It provably did not leave. Repeating it is safe.
    NotSent,
    /// It may have had its effect. Look before you repeat it.
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
    /// The documented name of the operation that failed.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What became of the request.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// The HTTP status, if one arrived.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The server's own words, without the token and at most 200 characters; or, for [`ErrorKind::InvalidInput`] and
    /// [`ErrorKind::File`], what is wrong.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// How long to wait before the next try, if the server or the documentation says.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What is used up, for [`ErrorKind::QuotaExceeded`].
    #[must_use]
    pub fn quota(&self) -> Option<&QuotaError> {
        self.0.quota.as_ref()
    }

    /// Returns `true` if the same request is likely to succeed a little later: if its kind's outlook is [`Outlook::Passes`].
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind().outlook() == Outlook::Passes
    }

    /// What happened, and what to do about it.
    fn sentence(&self) -> (String, &str) {
        use ErrorKind as Kind;
        let Inner {
            status, message, ..
        } = &*self.0;
        let words = message
            .as_deref()
            .map(|words| format!(": {words}"))
            .unwrap_or_default();
        let code = status
            .map(|status| format!(" (HTTP {status})"))
            .unwrap_or_default();
        // What only reads has no effect to look for.
        let reads = Operation::find(&self.0.operation).is_some_and(Operation::reads);
        let unsure = if reads {
            "it only reads, so try again"
        } else {
            "it may have been carried out, so look before you repeat it"
        };
        let taken = if reads {
            "it only reads, so try again"
        } else {
            "do not repeat it; look at its effect"
        };
        let (what, next): (&str, &str) = match self.kind() {
            Kind::InvalidInput | Kind::File => {
                return (
                    message.clone().unwrap_or_default(),
                    self.0.advice.as_deref().unwrap_or("nothing was sent"),
                );
            }
            Kind::Connect => (
                "no connection to the server",
                "check the address and the network; nothing was sent",
            ),
            Kind::TimedOut if self.delivery() == Delivery::NotSent => (
                "no connection in time",
                "check the network; nothing was sent",
            ),
            Kind::TimedOut if self.delivery() == Delivery::Accepted => (
                "the server accepted it, but its answer was not complete in time",
                taken,
            ),
            Kind::TimedOut => ("no complete answer in time", unsure),
            Kind::ConnectionLost if self.delivery() == Delivery::Accepted => (
                "the server accepted it, but the connection broke within the answer",
                taken,
            ),
            Kind::ConnectionLost => (
                "the connection broke before the answer was complete",
                unsure,
            ),
            Kind::BadRequest => (
                "the server does not accept the request",
                "mend it by these words and the operation's documentation",
            ),
            Kind::Starting => (
                "the instance is starting",
                "wait up to 5 minutes, then try again",
            ),
            Kind::NotAuthorized => (
                "no WhatsApp account is linked, or the instance is still starting",
                "look at the state, then link a phone",
            ),
            Kind::Expired => ("the instance is not paid for", "renew it in the console"),
            Kind::Deleted => ("the instance was deleted", "use another one"),
            Kind::WebhookUrlSet => (
                "notifications go to a webhook address",
                "clear `webhookUrl` with setSettings and wait a minute, or receive them at that address",
            ),
            Kind::Unauthorized => (
                "the token is wrong",
                "copy apiTokenInstance from the console; a new instance can say this in its first minutes, too",
            ),
            Kind::Forbidden => (
                "the host and the instance do not belong together, or the tariff forbids it",
                "copy apiUrl and idInstance from the console",
            ),
            Kind::NotFound => (
                "this host has no such operation",
                "check the address, including its path",
            ),
            Kind::TooLarge => (
                "the request is too large",
                "JSON may have 100 KB and a file 100 MB",
            ),
            Kind::RateLimited => ("too many requests a second", "space them out and try again"),
            Kind::QuotaExceeded => (
                "the tariff's quota is used up",
                "wait for the next month or change the tariff",
            ),
            Kind::ClientClosedRequest => (
                "the server saw the connection close before it had answered",
                unsure,
            ),
            Kind::Server if self.delivery() == Delivery::Refused => {
                ("the server failed", "try again later")
            }
            Kind::Server => ("the server failed", unsure),
            Kind::Gateway => ("the server could not be reached behind its gateway", unsure),
            Kind::Refused => ("the server said no", "see the operation's documentation"),
            Kind::UnexpectedAnswer => (
                "the server accepted it, but its answer is not as documented",
                if reads {
                    "a newer version of this library may know it"
                } else {
                    "do not repeat it; a newer version of this library may know the answer"
                },
            ),
            Kind::AnswerTooLong if message.is_some() => ("the answer is too long", "allow more"),
            Kind::AnswerTooLong => (
                "the server accepted it, but its answer is longer than 16 MiB",
                "ask for less at once",
            ),
            Kind::UnexpectedStatus => (
                "the server answered with a status that is not documented",
                "check the address; redirects are not followed",
            ),
        };
        (
            format!("{what}{code}{words}"),
            self.0.advice.as_deref().unwrap_or(next),
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, next) = self.sentence();
        let (first, rest) = next.split_at(next.chars().next().map_or(0, char::len_utf8));
        let (what, rest) = (what.trim_end_matches('.'), rest.trim_end_matches('.'));
        write!(
            f,
            "{}: {what}; {}{rest}",
            self.0.operation,
            first.to_lowercase()
        )
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            operation,
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
