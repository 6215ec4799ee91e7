use std::sync::Arc;

use axum::Extension;
use axum::http::HeaderMap;
use axum::response::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::api_url;

/// The token of the partner to whom all instances belong.
#[derive(Clone)]
pub(crate) struct PartnerToken(pub(crate) Arc<str>);

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartnerCredentials {
    api_url: String,
    partner_token: String,
}

/// Returns `apiUrl` and `partnerToken`, to be copied.
#[utoipa::path(
    get,
    path = "/sandbox/partner/credentials",
    operation_id = "getPartnerCredentials",
    responses((status = 200, body = PartnerCredentials))
)]
pub(super) async fn credentials(
    Extension(PartnerToken(token)): Extension<PartnerToken>,
    headers: HeaderMap,
) -> Json<PartnerCredentials> {
    Json(PartnerCredentials {
        api_url: api_url(&headers),
        partner_token: token.as_ref().to_owned(),
    })
}
