//! Errors as the client makes them.

use std::ops::RangeInclusive;
use std::time::Duration;

use green_api_types::operation::Operation;

use crate::client::request::classify::clean;
use crate::{Delivery, Error, ErrorKind};

/// Returns a builder of an error of this kind, with the delivery and the status that the kind usually has.
///
/// ```
/// use std::time::Duration;
/// use green_api::{Delivery, ErrorKind, operations, testing};
///
/// let error = testing::error(&operations::SEND_MESSAGE, ErrorKind::RateLimited).retry_after(Duration::from_secs(2)).build();
/// assert_eq!((error.operation(), error.status()), ("sendMessage", Some(429)));
/// assert_eq!((error.delivery(), error.retry_after()), (Delivery::Refused, Some(Duration::from_secs(2))));
/// ```
pub fn error(operation: &Operation, kind: ErrorKind) -> ErrorBuilder {
    let form = form(kind);
    ErrorBuilder {
        operation: operation.id.to_owned(),
        kind,
        delivery: form.deliveries.first().copied(),
        status: form.usual,
        message: None,
        retry_after: None,
    }
}

/// Builds an [`Error`]; [`error`] creates it.
#[derive(Clone, Debug)]
#[must_use = "there is no error before `build`"]
pub struct ErrorBuilder {
    operation: String,
    kind: ErrorKind,
    delivery: Option<Delivery>,
    status: Option<u16>,
    message: Option<String>,
    retry_after: Option<Duration>,
}

impl ErrorBuilder {
    /// Sets what became of the request.
    pub fn delivery(self, delivery: Delivery) -> Self {
        // What breaks off within the answer has seen its status.
        let interrupted = matches!(self.kind, ErrorKind::TimedOut | ErrorKind::ConnectionLost);
        let status = match (interrupted, delivery) {
            (true, Delivery::Accepted) => Some(200),
            _ => self.status,
        };
        Self {
            delivery: Some(delivery),
            status,
            ..self
        }
    }

    /// Sets the HTTP status.
    pub fn status(self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    /// Sets the server's words; as from the server, they become one line of at most 200 characters.
    pub fn message(self, words: &str) -> Self {
        Self {
            message: clean(words, &[]),
            ..self
        }
    }

    /// Sets how long to wait before the next try.
    pub fn retry_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    /// Returns the error.
    ///
    /// # Panics
    ///
    /// Panics if the client never makes an error of this kind with this delivery or status, such as a wrong token that may have been sent.
    #[must_use]
    pub fn build(self) -> Error {
        let form = form(self.kind);
        let delivery = self.delivery.unwrap_or(Delivery::MaybeSent);
        assert!(
            form.deliveries.is_empty() || form.deliveries.contains(&delivery),
            "an error of the kind {:?} is never {delivery}",
            self.kind
        );
        if let Some(status) = self.status {
            assert!(
                delivery != Delivery::NotSent && form.statuses.contains(&status),
                "an error of the kind {:?} that was {delivery} never has the status {status}",
                self.kind
            );
        }
        Error::new(self.operation, self.kind, delivery)
            .with_status(self.status)
            .with_message(self.message)
            .with_retry_after(self.retry_after)
    }
}

/// What errors of a kind have.
struct Form {
    /// The first one is usual. Any, if none is here.
    deliveries: &'static [Delivery],
    usual: Option<u16>,
    statuses: RangeInclusive<u16>,
}

fn form(kind: ErrorKind) -> Form {
    use Delivery::{Accepted, MaybeSent, NotSent, Refused};
    use ErrorKind as Kind;
    let (deliveries, usual, statuses): (&[Delivery], _, _) = match kind {
        Kind::InvalidInput
        | Kind::Throttled
        | Kind::Connect
        | Kind::Dns
        | Kind::CertificateName
        | Kind::CertificateExpired
        | Kind::CertificateUntrusted => (&[NotSent], None, 0..=0),
        Kind::Tls | Kind::Proxy => (&[NotSent, MaybeSent], None, 0..=0),
        Kind::File => (&[NotSent, MaybeSent, Accepted], None, 0..=0),
        Kind::TimedOut => (&[MaybeSent, NotSent, Accepted], None, 200..=299),
        Kind::ConnectionLost => (&[MaybeSent, Accepted], None, 200..=299),
        Kind::BadRequest
        | Kind::Starting
        | Kind::NotAuthorized
        | Kind::Expired
        | Kind::Deleted
        | Kind::WebhookUrlSet => (&[Refused], Some(400), 400..=400),
        Kind::Unauthorized => (&[Refused], Some(401), 401..=401),
        Kind::Forbidden => (&[Refused], Some(403), 403..=403),
        Kind::NotFound => (&[Refused], Some(404), 404..=405),
        Kind::TooLarge => (&[Refused], Some(413), 413..=500),
        Kind::RateLimited => (&[Refused], Some(429), 429..=429),
        Kind::QuotaExceeded => (&[Refused], Some(466), 400..=466),
        Kind::ClientClosedRequest => (&[MaybeSent], Some(499), 499..=499),
        Kind::Server => (&[MaybeSent, Refused], Some(500), 500..=599),
        Kind::Gateway => (&[MaybeSent, Refused], Some(502), 502..=504),
        Kind::Declined => (&[Refused], Some(200), 200..=599),
        Kind::UnexpectedAnswer => (&[Accepted, MaybeSent], Some(200), 200..=299),
        Kind::AnswerTooLong => (&[Accepted], Some(200), 200..=299),
        Kind::UnexpectedStatus => (&[MaybeSent, Refused, Accepted], Some(302), 100..=599),
    };
    Form {
        deliveries,
        usual,
        statuses,
    }
}
