//! The sentence that an error is.

use std::fmt;

use green_api_types::operation::Operation;

use super::{Delivery, Error, ErrorKind, Inner};

impl Error {
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
        let unsent = |next| {
            if self.delivery() == Delivery::NotSent {
                next
            } else {
                unsure
            }
        };
        let (what, next): (&str, &str) = match self.kind() {
            Kind::InvalidInput | Kind::File => {
                return (
                    message.clone().unwrap_or_default(),
                    self.0.advice.as_deref().unwrap_or("nothing was sent"),
                );
            }
            Kind::Throttled => (
                "its turn did not come in time: this program calls faster than its pace allows",
                "send less at once, or set a longer `RetryPolicy::deadline` or another `Pace`; nothing was sent",
            ),
            Kind::Connect => (
                "no connection to the server",
                "check the address and the network; nothing was sent",
            ),
            Kind::Dns => (
                "the name of the host has no address",
                unsent("check the address and the network's name server; nothing was sent"),
            ),
            Kind::CertificateName => (
                "the certificate of the server is for another host name",
                unsent(
                    "check the address; something on the way may answer in its place; nothing was sent",
                ),
            ),
            Kind::CertificateExpired => (
                "the certificate of the server has expired, or is not valid yet",
                unsent(
                    "check the clock of this machine, then ask whoever runs the server; nothing was sent",
                ),
            ),
            Kind::CertificateUntrusted => (
                "the certificate of the server comes from nobody whom this machine trusts",
                unsent(
                    "check the address; if a proxy of your network signed it, install its certificate; nothing was sent",
                ),
            ),
            Kind::Tls => (
                "no TLS connection to the server",
                unsent("check the address and its port; nothing was sent"),
            ),
            Kind::Proxy => (
                "the proxy did not connect to the server",
                unsent("check the proxy's address, user name and password; nothing was sent"),
            ),
            Kind::TimedOut if self.delivery() == Delivery::NotSent => (
                "no connection in time",
                "check the network or allow more time; nothing was sent",
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
                "copy apiTokenInstance from the console; a new instance can say this in its first minutes",
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
            Kind::Declined => ("the server said no", "see the operation's documentation"),
            Kind::UnexpectedAnswer if self.delivery() == Delivery::MaybeSent => {
                ("the answer is not as documented", unsure)
            }
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
                if reads {
                    "check the address; redirects are not followed"
                } else {
                    "it may have been carried out, so look before you repeat it; redirects are not followed"
                },
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
