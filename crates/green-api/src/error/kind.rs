//! The kinds of failure.

/// The kinds of failure, from the first byte to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The arguments cannot be right. Nothing was sent.
    InvalidInput,
    /// A file on this machine could not be read or written.
    File,
    /// The request waited for its turn by the [`Pace`](crate::Pace) until its deadline: this program calls the operation faster than the API takes it.
    Throttled,
    /// No connection could be had: refused, no way to the host, or one by HTTP/2 that the server was about to close or gave no more requests.
    Connect,
    /// The host's name has no address.
    Dns,
    /// The server's certificate is for another host.
    CertificateName,
    /// The server's certificate has expired, or is not valid yet by this machine's clock.
    CertificateExpired,
    /// The server's certificate comes from nobody whom this machine trusts, or from the server itself.
    CertificateUntrusted,
    /// No agreement on TLS: plain HTTP at the port, old versions only, a certificate of the client wanted. [`Error::message`](crate::Error::message) says which.
    Tls,
    /// A proxy refused the connection or requires authentication (407).
    Proxy,
    /// No complete answer came in time.
    TimedOut,
    /// The connection broke before the answer was complete.
    ConnectionLost,
    /// 400: the server does not accept the request.
    BadRequest,
    /// 400: the instance is starting; it takes up to 5 minutes.
    Starting,
    /// 400: no WhatsApp account is linked, or the instance is still starting; the server has one text for both. Receiving waits it out.
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
    /// 466: the tariff's quota is used up. Waiting a second does not help; see [`Error::quota`](crate::Error::quota).
    QuotaExceeded,
    /// 499: the server saw the client give up.
    ClientClosedRequest,
    /// 500 and its like: the server failed.
    Server,
    /// 502, 503, 504: the server could not be reached behind its gateway.
    Gateway,
    /// The answer says no: with 200 and a refusal in it, or from the host that a file is fetched from.
    Declined,
    /// 200, but the answer is not what it should be.
    UnexpectedAnswer,
    /// 200, but the answer is longer than anything that is documented, or than allowed.
    AnswerTooLong,
    /// A status that is not documented.
    UnexpectedStatus,
}

/// The prospect that waiting helps against a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outlook {
    /// The cause is likely to pass by itself: the same request can succeed a little later.
    Passes,
    /// The request keeps failing until somebody changes something: the request itself, the credentials or the account.
    NeedsAction,
    /// The kind alone does not tell. Look at [`Error::message`](crate::Error::message) before you repeat the request.
    Unclear,
}

impl ErrorKind {
    /// Returns the name in snake case, `timed_out`, as it stands in spans and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::File => "file",
            Self::Connect => "connect",
            Self::Dns => "dns",
            Self::CertificateName => "certificate_name",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateUntrusted => "certificate_untrusted",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::TimedOut => "timed_out",
            Self::ConnectionLost => "connection_lost",
            Self::BadRequest => "bad_request",
            Self::Starting => "starting",
            Self::NotAuthorized => "not_authorized",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
            Self::WebhookUrlSet => "webhook_url_set",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::Throttled => "throttled",
            Self::QuotaExceeded => "quota_exceeded",
            Self::ClientClosedRequest => "client_closed_request",
            Self::Server => "server",
            Self::Gateway => "gateway",
            Self::Declined => "declined",
            Self::UnexpectedAnswer => "unexpected_answer",
            Self::AnswerTooLong => "answer_too_long",
            Self::UnexpectedStatus => "unexpected_status",
        }
    }

    /// Returns whether waiting helps. Whether repeating can do harm is another question, which [`Error::delivery`](crate::Error::delivery) answers.
    #[must_use]
    pub fn outlook(self) -> Outlook {
        match self {
            // The server has one text for "not linked" and "starting", and a phone is linked again.
            Self::Throttled
            | Self::Connect
            | Self::Dns
            | Self::TimedOut
            | Self::ConnectionLost
            | Self::Starting
            | Self::NotAuthorized
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
            // A host may be restored, a certificate renewed, a month ends.
            Self::CertificateName
            | Self::CertificateExpired
            | Self::CertificateUntrusted
            | Self::Tls
            | Self::Proxy
            | Self::NotFound
            | Self::TooLarge
            | Self::QuotaExceeded
            | Self::Declined
            | Self::UnexpectedAnswer
            | Self::AnswerTooLong
            | Self::UnexpectedStatus => Outlook::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_receiving_waits_out_is_transient() {
        for (kind, outlook) in [
            (ErrorKind::NotAuthorized, Outlook::Passes),
            (ErrorKind::Starting, Outlook::Passes),
            (ErrorKind::Dns, Outlook::Passes),
            (ErrorKind::CertificateExpired, Outlook::Unclear),
            (ErrorKind::Unauthorized, Outlook::NeedsAction),
        ] {
            assert_eq!(kind.outlook(), outlook, "{kind:?}");
        }
    }
}
