//! Keeps web pages of other origins out: a browser would carry their requests to a server on this machine.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

/// Decides which requests come from here. Clones are the same guard.
#[derive(Clone)]
pub(crate) struct Guard(Arc<Rules>);

struct Rules {
    listening: SocketAddr,
    /// The host by which clients know the sandbox, without a port.
    public: String,
    /// The origins whose pages may use the sandbox; `*` stands for all.
    origins: Vec<String>,
}

impl Guard {
    /// `url` is the address by which clients know the sandbox, whatever it listens on.
    pub(crate) fn new(listening: SocketAddr, url: &str, origins: Vec<String>) -> Self {
        let authority = url
            .split_once("://")
            .map_or(url, |(_, rest)| rest)
            .split('/')
            .next()
            .unwrap_or_default();
        Self(Arc::new(Rules {
            listening,
            public: bare(authority).to_owned(),
            origins,
        }))
    }

    /// Passes a request on, or returns the reason why it is refused. Pages of allowed origins can read the answer, and their browser's
    /// preflights are answered here.
    pub(crate) async fn admit(&self, mut request: Request, next: Next) -> Result<Response, String> {
        name_host(&mut request);
        let Some(origin) = self.0.allowed_origin(request.headers())? else {
            return Ok(next.run(request).await);
        };
        let mut response = if *request.method() == Method::OPTIONS {
            preflight(request.headers())
        } else {
            next.run(request).await
        };
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        headers.insert(VARY, HeaderValue::from_static("origin"));
        Ok(response)
    }

    /// Passes a request on unless its `Host` is not a name of this sandbox. This is enough for what pages may embed but not read.
    pub(crate) async fn admit_embedding(
        &self,
        mut request: Request,
        next: Next,
    ) -> Result<Response, String> {
        name_host(&mut request);
        self.0.check_host(request.headers())?;
        Ok(next.run(request).await)
    }
}

impl Rules {
    /// Returns the origin of a page of another origin that is allowed; `None` for requests of the sandbox's own page and of programs.
    fn allowed_origin(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, String> {
        let host = self.check_host(headers)?;
        let any = self.origins.iter().any(|allowed| allowed == "*");
        if let Some(origin) = headers.get(ORIGIN)
            && (any || self.origins.iter().any(|allowed| origin == allowed))
        {
            return Ok(Some(origin.clone()));
        }
        if any || same_origin(headers, host) {
            return Ok(None);
        }
        Err(
            "a web page of another origin may not use the sandbox, unless its origin is allowed when the sandbox is started"
                .to_owned(),
        )
    }

    fn check_host<'h>(&self, headers: &'h HeaderMap) -> Result<&'h str, String> {
        let host = text(headers, HOST.as_str()).unwrap_or_default();
        if self.includes(host) {
            return Ok(host);
        }
        Err(format!(
            "the header Host says `{host}`, which is not a name of this sandbox; use localhost, the address that it listens on, or its \
             public URL"
        ))
    }

    /// Returns whether a `Host` header names this sandbox.
    ///
    /// A page that has made its own name point here (DNS rebinding) still sends that name. With an address in place of a name
    /// there is nothing to be made point elsewhere, so where the sandbox listens on all addresses, all are good.
    fn includes(&self, host: &str) -> bool {
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

/// HTTP/2 has the host in another place.
fn name_host(request: &mut Request) {
    if let Some(authority) = request.uri().authority()
        && !request.headers().contains_key(HOST)
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(HOST, host);
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

/// Browsers say where a request comes from; other programs say nothing.
fn same_origin(headers: &HeaderMap, host: &str) -> bool {
    let site_fits =
        text(headers, "sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin_fits = text(headers, ORIGIN.as_str()).is_none_or(|origin| {
        origin
            .split_once("://")
            .is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
    });
    site_fits && origin_fits
}

/// Allows what a browser asks for on behalf of a page.
fn preflight(asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

/// Returns the value of a header. One that is not text becomes `?`, which fits nothing.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(listening: ([u8; 4], u16), url: &str, host: &str) -> bool {
        Guard::new(listening.into(), url, Vec::new())
            .0
            .includes(host)
    }

    #[test]
    fn only_names_of_its_own_are_good() {
        let local = |host| includes(([127, 0, 0, 1], 8080), "http://sandbox:8080", host);
        for good in [
            "127.0.0.1:8080",
            "127.0.0.1",
            "localhost:8080",
            "LOCALHOST",
            "[::1]:8080",
            "[::1]",
            "sandbox:8080",
        ] {
            assert!(local(good), "{good}");
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
            assert!(!local(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_that_it_listens_on_is_good() {
        let url = "http://127.0.0.1:8080";
        let one = |host| includes(([192, 0, 2, 7], 8080), url, host);
        assert!(one("192.0.2.7:8080") && !one("192.0.2.8:8080"));
        let all = |host| includes(([0, 0, 0, 0], 8080), url, host);
        assert!(all("192.0.2.8:8080") && !all("evil.example"));
    }
}
