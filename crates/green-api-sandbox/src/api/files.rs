//! Where files are served.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State as Shared};
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::reply::Reply;
use super::state::Api;

/// Where files are served; no path of the API begins like this.
pub(super) const ROUTE: &str = "/files/{*path}";

/// Serves a file.
pub(super) async fn serve(
    Shared(api): Shared<Arc<Api>>,
    Path(path): Path<String>,
) -> Response<Body> {
    let found = api.core.with(|world| {
        let now = world.now;
        world.files.get(&path, now)
    });
    let Some(file) = found else {
        return Reply::not_found().into_response();
    };
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    let mime = HeaderValue::from_str(&file.mime)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_TYPE, mime);
    let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC);
    if let Ok(disposition) = HeaderValue::from_str(&format!("inline; filename*=UTF-8''{name}")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    // Anybody may have sent it, and a browser must not run it as a page of the sandbox.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
