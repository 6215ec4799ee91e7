//! The answers to requests.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};

/// The outcome of a request. Only the first two take a notification out of the server's queue; after all others it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was handled, or dead-lettered.
    Settled,
    /// It was settled before.
    Repeated,
    /// It is not JSON.
    Unreadable,
    /// It is longer than allowed.
    TooLong,
    /// The connection broke, so nobody will read this.
    BrokenOff,
    /// It did not come in time.
    TooSlow,
    /// It came without a valid token.
    Unauthorized,
    /// Its instance is not known here, or has another token.
    Forbidden,
    /// It was not posted.
    NotPosted,
    /// It could not be handled.
    Failed,
    /// No more notifications are accepted.
    ShuttingDown,
}

impl Answer {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Settled | Self::Repeated => StatusCode::OK,
            Self::Unreadable | Self::BrokenOff => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotPosted => StatusCode::METHOD_NOT_ALLOWED,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// For whoever tries the endpoint by hand.
    fn words(self) -> &'static str {
        match self {
            Self::Settled | Self::Repeated => "",
            Self::Unreadable => "this is not JSON\n",
            Self::TooLong => "this is longer than allowed\n",
            Self::TooSlow => "the body took too long; send it again\n",
            Self::BrokenOff => "the connection broke before the end\n",
            Self::Unauthorized => {
                "the header Authorization is missing or wrong; it must have webhookUrlToken of the instance's settings\n"
            }
            Self::Forbidden => "the instance is not known here, or has another token\n",
            Self::NotPosted => "notifications are posted here\n",
            Self::Failed => "the notification could not be handled; send it again\n",
            Self::ShuttingDown => "this endpoint is shutting down; send it again\n",
        }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.words()));
        *response.status_mut() = self.status();
        let header: Option<(HeaderName, &str)> = match self {
            Self::Unauthorized => Some((WWW_AUTHENTICATE, "Bearer")),
            Self::NotPosted => Some((ALLOW, "POST")),
            _ => None,
        };
        let content_type =
            (!self.words().is_empty()).then_some((CONTENT_TYPE, "text/plain; charset=utf-8"));
        let headers = header
            .into_iter()
            .chain(content_type)
            .map(|(name, value)| (name, HeaderValue::from_static(value)));
        response.headers_mut().extend(headers);
        response
    }
}
