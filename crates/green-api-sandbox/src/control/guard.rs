//! Keeps web pages from other places out: a browser would carry their requests to a server on this machine.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Problem;

/// The names under which the sandbox lets itself be controlled.
#[derive(Clone)]
pub(crate) struct Hosts {
    listening: SocketAddr,
    /// The host by which clients know the sandbox, without a port.
    public: Arc<str>,
}

impl Hosts {
    /// `url` is the address by which clients know the sandbox, whatever it listens on.
    pub(crate) fn new(listening: SocketAddr, url: &str) -> Self {
        let authority = url
            .split_once("://")
            .map_or(url, |(_, rest)| rest)
            .split('/')
            .next()
            .unwrap_or_default();
        Self {
            listening,
            public: bare(authority).into(),
        }
    }

    /// Returns whether a `Host` header names this sandbox.
    ///
    /// A page that has made its own name point here (DNS rebinding) still sends that name. With an address in place of a name
    /// there is nothing to be made point elsewhere, so where the sandbox listens on all addresses, all are good.
    fn include(&self, host: &str) -> bool {
        let bare = bare(host);
        match bare.parse::<IpAddr>() {
            Ok(address) => {
                address.is_loopback()
                    || address == self.listening.ip()
                    || self.listening.ip().is_unspecified()
            }
            Err(_) => {
                bare.eq_ignore_ascii_case("localhost")
                    || (!bare.is_empty() && self.public.eq_ignore_ascii_case(bare))
            }
        }
    }
}

/// Returns a host without its port and, when it is an IPv6 address, without its brackets.
fn bare(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    name.trim_start_matches('[').trim_end_matches(']')
}

/// Lets a request pass or answers it.
pub(crate) async fn check(
    State(hosts): State<Hosts>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let headers = request.headers();
    let host = text(headers, HOST.as_str()).unwrap_or_default();
    if !hosts.include(host) {
        return Err(Problem::forbidden(format!(
            "the header Host says `{host}`, which is not a name of this sandbox; use localhost or the address that it listens on"
        )));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        same_origin(headers, host)?;
        let is_json = text(headers, CONTENT_TYPE.as_str())
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        // A form of another page can send a POST, but none of JSON.
        if *request.method() == Method::POST && !is_json {
            return Err(Problem::not_json());
        }
    }
    Ok(next.run(request).await)
}

/// Browsers say where a request comes from; other programs say nothing.
fn same_origin(headers: &HeaderMap, host: &str) -> Result<(), Problem> {
    let site_fits =
        text(headers, "sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin_fits = text(headers, ORIGIN.as_str()).is_none_or(|origin| {
        origin
            .split_once("://")
            .is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
    });
    if site_fits && origin_fits {
        Ok(())
    } else {
        Err(Problem::forbidden(
            "a web page of another origin may not control the sandbox",
        ))
    }
}

/// Returns the value of a header. One that is not text becomes `?`, which fits nothing.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_its_own_are_good() {
        let local = Hosts::new(([127, 0, 0, 1], 8080).into(), "http://sandbox:8080");
        for good in [
            "127.0.0.1:8080",
            "127.0.0.1",
            "localhost:8080",
            "LOCALHOST",
            "[::1]:8080",
            "[::1]",
            "sandbox:8080",
        ] {
            assert!(local.include(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.0.2.7:8080",
            "sandbox.evil",
        ] {
            assert!(!local.include(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_that_it_listens_on_is_good() {
        let one = Hosts::new(([192, 0, 2, 7], 8080).into(), "http://127.0.0.1:8080");
        assert!(one.include("192.0.2.7:8080") && !one.include("192.0.2.8:8080"));
        let all = Hosts::new(([0, 0, 0, 0], 8080).into(), "http://127.0.0.1:8080");
        assert!(all.include("192.0.2.8:8080") && !all.include("evil.example"));
    }
}
