//! The control over HTTP, for tests and people, under `/sandbox/`, where GREEN-API itself has no path.

mod chats;
mod clock;
mod document;
mod faults;
mod guard;
mod input;
mod instances;
mod options;
mod page;
mod partner;
mod phones;
mod problem;
mod requests;
mod state;
mod statuses;
mod webhooks;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use self::document::Document;
pub(crate) use self::partner::PartnerToken;
use self::problem::Problem;
use crate::kit::guard::Guard;
use crate::world::core::Core;

/// Returns every endpoint together with what the OpenAPI document says about it. To add one, write its handler and name it here.
fn routes() -> OpenApiRouter<Arc<Core>> {
    OpenApiRouter::with_openapi(document::frame())
        .routes(routes!(document::index))
        .routes(routes!(document::show))
        .routes(routes!(state::show))
        .routes(routes!(phones::create))
        .routes(routes!(phones::show))
        .routes(routes!(phones::type_code))
        .routes(routes!(phones::type_codes, phones::stop_typing))
        .routes(routes!(phones::scan_qr))
        .routes(routes!(phones::unlink))
        .routes(routes!(phones::set_online))
        .routes(routes!(phones::add_contact))
        .routes(routes!(phones::call))
        .routes(routes!(chats::list))
        .routes(routes!(chats::messages))
        .routes(routes!(chats::read))
        .routes(routes!(chats::send).layer(DefaultBodyLimit::max(chats::MAX_MESSAGE)))
        .routes(routes!(chats::forward))
        .routes(routes!(chats::create_group))
        .routes(routes!(statuses::list))
        .routes(routes!(statuses::publish).layer(DefaultBodyLimit::max(chats::MAX_MESSAGE)))
        .routes(routes!(statuses::view))
        .routes(routes!(instances::list, instances::create))
        .routes(routes!(instances::show))
        .routes(routes!(instances::credentials))
        .routes(routes!(instances::qr))
        .routes(routes!(instances::qr_content))
        .routes(routes!(instances::set_state))
        .routes(routes!(instances::link))
        .routes(routes!(instances::refuse_codes))
        .routes(routes!(instances::creating))
        .routes(routes!(instances::expire))
        .routes(routes!(instances::notify))
        .routes(routes!(instances::notify_raw))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(partner::credentials))
        .routes(routes!(faults::list, faults::add, faults::clear))
        .routes(routes!(clock::show))
        .routes(routes!(clock::advance))
        .routes(routes!(options::show, options::set))
        .routes(routes!(requests::list))
        .routes(routes!(requests::calls))
        .route("/sandbox", get(document::index))
        .route("/sandbox/{*rest}", any(async || Problem::no_such_path()))
}

/// Returns the control behind its guard, and the page.
pub(crate) fn router(core: Arc<Core>, guard: Guard, partner_token: PartnerToken) -> Router {
    let (router, openapi) = routes().split_for_parts();
    router
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(Extension(Arc::new(Document::new(&openapi))))
        .layer(Extension(partner_token))
        .layer(axum::middleware::map_response(headers))
        .layer(from_fn(guard::json_only))
        .layer(from_fn_with_state(guard, guard::check))
        .with_state(core)
        .merge(page::router())
}

async fn headers(response: Response) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, response).into_response()
}

/// The answer to a request that was carried out and has no result.
const DONE: StatusCode = StatusCode::NO_CONTENT;

#[cfg(test)]
mod tests;
