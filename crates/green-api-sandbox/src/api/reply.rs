use std::time::SystemTime;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Response};
use serde::Serialize;
use serde_json::json;

use super::limits::Rate;

const JSON: &str = "application/json; charset=utf-8";
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const REPLENISH_RATE: HeaderName = HeaderName::from_static("x-ratelimit-replenish-rate");

/// An answer on its way out: the exact bodies of the real server, which differ in more than their status.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Vec<u8>,
    rate: Option<Rate>,
}

impl Reply {
    pub(crate) fn new(
        status: u16,
        content_type: Option<&'static str>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            status,
            content_type,
            body: body.into(),
            rate: None,
        }
    }

    /// Returns 200 with a JSON body.
    pub(crate) fn json(body: &impl Serialize) -> Self {
        // Serializing fails only for maps whose keys are not strings, which nothing here has.
        Self::json_text(serde_json::to_string(body).unwrap_or_default())
    }

    /// Returns 200 with JSON text.
    pub(crate) fn json_text(body: impl Into<String>) -> Self {
        Self::json_bytes(body.into().into_bytes())
    }

    /// Returns 200 with bytes that are declared as JSON.
    pub(crate) fn json_bytes(body: Vec<u8>) -> Self {
        Self::new(200, Some(JSON), body)
    }

    /// Returns 200 without a body.
    pub(crate) fn empty() -> Self {
        Self::new(200, None, "")
    }

    /// Returns an error in the JSON envelope.
    pub(crate) fn error(status: u16, message: &str, path: &str, now: SystemTime) -> Self {
        let timestamp = humantime::format_rfc3339_millis(now).to_string();
        // The path includes the token, as it does in the real answer.
        let envelope = json!({ "statusCode": status, "timestamp": timestamp, "path": path, "message": message });
        Self::json(&envelope).with_status(status)
    }

    pub(crate) fn validation(details: &str, path: &str, now: SystemTime) -> Self {
        let message = format!("Validation failed. Details: {details}");
        Self::error(400, &message, path, now)
    }

    /// Returns a 401 whose header says JSON and whose body is empty.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, Some("application/json"), "")
    }

    /// Returns the 403 of the web server in front of the API.
    pub(crate) fn forbidden() -> Self {
        Self::html(403)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, Some("text/plain; charset=utf-8"), "Not Found")
    }

    /// Returns the answer after which the connection is a websocket.
    pub(crate) fn switching_protocols() -> Self {
        Self::new(101, None, "")
    }

    pub(crate) fn too_many_requests() -> Self {
        Self::new(429, None, "")
    }

    /// Returns an error page of the web server in front of the API.
    pub(crate) fn html(status: u16) -> Self {
        // nginx has words of its own for these two.
        let reason = match status {
            503 => "Service Temporarily Unavailable",
            504 => "Gateway Time-out",
            _ => axum::http::StatusCode::from_u16(status)
                .ok()
                .and_then(|code| code.canonical_reason())
                .unwrap_or("Error"),
        };
        let page = format!(
            "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n\
             <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status, Some("text/html"), page)
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn with_rate(self, rate: Option<Rate>) -> Self {
        Self { rate, ..self }
    }

    /// Converts the answer for the wire.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = axum::http::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        if let Some(content_type) = self.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if let Some(rate) = self.rate {
            headers.insert(REMAINING, HeaderValue::from(rate.remaining));
            if let Ok(per_second) = HeaderValue::from_str(&rate.per_second.to_string()) {
                headers.insert(REPLENISH_RATE, per_second);
            }
        }
        response
    }
}
