//! Connections: whether a request has got one yet, and why none could be made.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::cell::Cell;
use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use tokio::time::{Instant, Sleep};
use tower_layer::Layer;
use tower_service::Service;

use crate::time_limit::timed_out;

thread_local! {
    /// Whether a connection was waited for since this was last set to `false` on this thread.
    static CONNECTING: Cell<bool> = const { Cell::new(false) };
}

/// What is known of a request's connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Connecting {
    /// Whether it was still without one when it was last looked at.
    pub(crate) still: bool,
    /// When it had one, if it had to wait for it.
    pub(crate) until: Option<Instant>,
}

/// Waits for a request until a time limit, and says what is known of its connection.
///
/// The client polls the connection that a request waits for within the request itself, until it has this one or an idle one. The time limit ends
/// the request before anything else is polled, so what was true at the poll before is true at its end: nothing has left.
///
/// In a machine that sleeps, the clock of the time limit stands still. A request that found its connection afterwards would send what others have
/// given up by now, so the date counts as well while it waits for one.
pub(crate) async fn watch<T>(
    mut limit: Pin<&mut Sleep>,
    sending: impl Future<Output = reqwest::Result<T>>,
) -> (reqwest::Result<T>, Connecting) {
    let mut sending = pin!(sending);
    let most = limit.deadline().saturating_duration_since(Instant::now());
    let (mut since, mut until) = (None::<SystemTime>, None);
    poll_fn(|context| {
        let is_late = since.is_some_and(|since| since.elapsed().unwrap_or_default() > most);
        let known = |until| Connecting {
            still: since.is_some(),
            until,
        };
        if is_late || limit.as_mut().poll(context).is_ready() {
            return Poll::Ready((Err(timed_out()), known(until)));
        }
        CONNECTING.set(false);
        match sending.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready((output, known(until))),
            Poll::Pending if CONNECTING.get() => {
                since.get_or_insert_with(SystemTime::now);
                Poll::Pending
            }
            Poll::Pending => {
                if since.take().is_some() {
                    until = Some(Instant::now());
                }
                Poll::Pending
            }
        }
    })
    .await
}

/// Notes that a connection is being made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noting;

impl<S> Layer<S> for Noting {
    type Service = Noted<S>;

    fn layer(&self, connector: S) -> Noted<S> {
        Noted(Arc::new(connector))
    }
}

/// A connector. Every request clones it several times and few use it, so that it is shared until a connection is made.
#[derive(Debug)]
pub(crate) struct Noted<S>(Arc<S>);

impl<S> Clone for Noted<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, R> Service<R> for Noted<S>
where
    S: Service<R, Future: Send> + Clone + Send + 'static,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // The clone that connects is asked.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let mut connector = S::clone(&self.0);
        let connecting = async move {
            poll_fn(|context| connector.poll_ready(context)).await?;
            connector.call(request).await
        };
        let mut connecting = Box::pin(connecting);
        Box::pin(poll_fn(move |context| {
            let made = connecting.as_mut().poll(context);
            if made.is_pending() {
                CONNECTING.set(true);
            }
            made
        }))
    }
}

/// The cause of a failed connection, where it is more specific than that nobody listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// The host has no address.
    Dns,
    /// The certificate is for another host.
    CertificateName,
    /// The certificate has expired, or is not valid yet.
    CertificateExpired,
    /// The certificate comes from nobody who is trusted here.
    CertificateUntrusted,
    /// No agreement on TLS, for this reason.
    Tls(&'static str),
    /// The proxy made no connection, for this reason.
    Proxy(&'static str),
}

/// Finds in an error and its causes why a connection could not be made.
#[must_use]
pub fn connect_failure(error: &reqwest::Error) -> Option<ConnectFailure> {
    find(StdError::source(error)?)
}

/// Returns whether the server has said by HTTP/2 that it did nothing with the request: it closes the connection, as servers do after a number of requests,
/// or has too many under way.
#[must_use]
pub fn is_unprocessed(error: &reqwest::Error) -> bool {
    #[cfg(feature = "http2")]
    {
        let first = StdError::source(error);
        let mut causes = std::iter::successors(first, |cause| (*cause).source());
        causes
            .find_map(<dyn StdError>::downcast_ref)
            .is_some_and(|error: &h2::Error| {
                // Requests that it did take end with the connection, and in another way.
                let closes = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
                let refuses =
                    error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
                error.is_remote() && (closes || refuses)
            })
    }
    #[cfg(not(feature = "http2"))]
    {
        let _ = error;
        false
    }
}

fn find(cause: &(dyn StdError + 'static)) -> Option<ConnectFailure> {
    #[cfg(feature = "__rustls")]
    if let Some(error) = cause.downcast_ref() {
        return Some(of_rustls(error));
    }
    // What is inside of such an error is not its source, and has the same text.
    let inside = cause
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    if let Some(inside) = inside {
        return find(inside);
    }
    of_text(&cause.to_string().to_lowercase()).or_else(|| find(cause.source()?))
}

#[cfg(feature = "__rustls")]
fn of_rustls(error: &rustls::Error) -> ConnectFailure {
    use ConnectFailure as Failure;
    use rustls::{AlertDescription as Alert, CertificateError as Certificate, Error};
    match error {
        Error::InvalidCertificate(certificate) => match certificate {
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                Failure::CertificateName
            }
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. } => Failure::CertificateExpired,
            Certificate::UnknownIssuer => Failure::CertificateUntrusted,
            other => of_text(&format!("{other:?}").to_lowercase())
                .unwrap_or(Failure::Tls("its certificate cannot be accepted")),
        },
        Error::InvalidMessage(_) => Failure::Tls(NOT_TLS),
        Error::PeerIncompatible(_) | Error::AlertReceived(Alert::ProtocolVersion) => {
            Failure::Tls(OLD_TLS)
        }
        Error::AlertReceived(Alert::CertificateRequired) => Failure::Tls(CLIENT_CERTIFICATE),
        Error::AlertReceived(_) => Failure::Tls("it refused the handshake"),
        _ => Failure::Tls("the handshake failed"),
    }
}

const NOT_TLS: &str = "the server does not speak TLS at this port";
const OLD_TLS: &str = "the server speaks no version of TLS that is safe";
const CLIENT_CERTIFICATE: &str = "the server wants a certificate of the client";

/// For what has no type of its own: proxies, names, and the TLS libraries of the platforms.
fn of_text(text: &str) -> Option<ConnectFailure> {
    use ConnectFailure as Failure;
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    Some(
        if has(&["proxy authorization required", "proxy authentication"]) {
            Failure::Proxy("it asks for a user name and a password")
        } else if text.starts_with("tunnel error: unsuccessful") {
            Failure::Proxy("it refused to connect to the server")
        } else if text.starts_with("tunnel error") || text.starts_with("socks error") {
            Failure::Proxy("it could not be used")
        } else if text.starts_with("dns error") {
            Failure::Dns
        } else if has(&[
            "hostname mismatch",
            "ip address mismatch",
            "certificate not valid for name",
            "host name mismatch",
        ]) {
            Failure::CertificateName
        } else if has(&[
            "certificate has expired",
            "certificate expired",
            "certificate is not yet valid",
            "certificate not valid yet",
            "is expired",
        ]) {
            Failure::CertificateExpired
        } else if has(&[
            "self-signed",
            "self signed",
            "unknownissuer",
            "unable to get local issuer",
            "not trusted",
            "causedasendentity",
            "untrusted root",
        ]) {
            Failure::CertificateUntrusted
        } else if has(&["wrong version number", "record overflow", "http request"]) {
            Failure::Tls(NOT_TLS)
        } else if has(&["unsupported protocol", "protocol version"]) {
            Failure::Tls(OLD_TLS)
        } else if has(&["certificate required"]) {
            Failure::Tls(CLIENT_CERTIFICATE)
        } else if has(&["ssl routines", "tls handshake", "handshake failure"]) {
            Failure::Tls("the handshake failed")
        } else {
            return None;
        },
    )
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Waits so long by the date, for a connection or for an answer.
    fn waits(connecting: bool) -> impl Future<Output = reqwest::Result<()>> {
        let since = SystemTime::now();
        poll_fn(move |context| {
            CONNECTING.set(connecting);
            context.waker().wake_by_ref();
            match since.elapsed().unwrap_or_default() > Duration::from_millis(50) {
                true => Poll::Ready(Ok(())),
                false => Poll::Pending,
            }
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_comes_after_a_sleep_is_too_late() {
        // The clock stands still, since there is always something to do.
        for (milliseconds, connecting, is_sent) in
            [(20, true, false), (20, false, true), (60_000, true, true)]
        {
            let limit = pin!(tokio::time::sleep(Duration::from_millis(milliseconds)));
            let (sent, was_connecting) = watch(limit, waits(connecting)).await;
            assert_eq!(sent.is_ok(), is_sent);
            assert_eq!(was_connecting.still, connecting);
        }
    }

    #[test]
    fn the_texts_of_other_tls_libraries_are_told_apart() {
        for (text, failure) in [
            (
                "error:0a000086:ssl routines::certificate verify failed (hostname mismatch)",
                ConnectFailure::CertificateName,
            ),
            (
                "error:0a000086:ssl routines::certificate verify failed (certificate has expired)",
                ConnectFailure::CertificateExpired,
            ),
            (
                "error:0a000086:ssl routines::certificate verify failed (self-signed certificate)",
                ConnectFailure::CertificateUntrusted,
            ),
            (
                "error:0a00010b:ssl routines::wrong version number",
                ConnectFailure::Tls(NOT_TLS),
            ),
            (
                "error:0a000102:ssl routines::unsupported protocol",
                ConnectFailure::Tls(OLD_TLS),
            ),
            ("dns error", ConnectFailure::Dns),
            (
                "tunnel error: proxy authorization required",
                ConnectFailure::Proxy("it asks for a user name and a password"),
            ),
        ] {
            assert_eq!(of_text(text), Some(failure), "{text}");
        }
        assert_eq!(of_text("connection refused (os error 111)"), None);
    }
}
