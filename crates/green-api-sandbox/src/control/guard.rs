//! Who may control the sandbox, and in which form.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Problem;
use crate::kit::guard::Guard;

/// Keeps pages of other origins out.
pub(super) async fn check(
    State(guard): State<Guard>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    guard.admit(request, next).await.map_err(Problem::forbidden)
}

/// Lets only JSON pass: a form of another page can send a POST, but none of JSON.
pub(super) async fn json_only(request: Request, next: Next) -> Result<Response, Problem> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let is_json = content_type
        .and_then(|kind| kind.to_str().ok()?.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if *request.method() == Method::POST && !is_json {
        return Err(Problem::not_json());
    }
    Ok(next.run(request).await)
}
