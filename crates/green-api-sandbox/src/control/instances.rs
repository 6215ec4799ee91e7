use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::DONE;
use super::input::{
    self, Base64, Body, InPath, InstancePath, NamedInstance, PhoneNumber, Seconds, api_url,
};
use super::problem::Problem;
use super::state::{InstanceView, instances};
use crate::kit::qr::png;
use crate::world::core::Core;
use crate::world::instances::INSTANCE_IDS;
use crate::world::state::State as InstanceState;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewInstance {
    /// Otherwise the next number that is free.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_990_u64)]
    id_instance: Option<u64>,
    /// Otherwise one that is drawn.
    #[schema(pattern = "^[0-9A-Za-z]+$")]
    api_token_instance: Option<String>,
}

/// The credentials of an instance.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credentials {
    api_url: String,
    id_instance: u64,
    api_token_instance: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewState {
    #[schema(value_type = InstanceState)]
    state_instance: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    number: PhoneNumber,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    refuse: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Creation {
    seconds: Seconds,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Expiry {
    expired: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    base64: Base64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Queued {
    receipt_id: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct QrContent {
    content: String,
}

/// A picture as PNG.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(super) struct Picture(Vec<u8>);

impl IntoResponse for Picture {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "image/png")], self.0).into_response()
    }
}

/// Lists the instances and their states, without deleted ones.
#[utoipa::path(get, path = "/sandbox/instances", operation_id = "getInstances", responses((status = 200, body = Vec<InstanceView>)))]
pub(super) async fn list(State(core): State<Arc<Core>>) -> Json<Vec<InstanceView>> {
    let mut views = core.with(instances);
    views.retain(|view| !view.deleted);
    Json(views)
}

/// Returns an instance, also one that the partner has deleted.
#[utoipa::path(
    get,
    path = "/sandbox/instances/{idInstance}",
    operation_id = "getInstance",
    params(InstancePath),
    responses((status = 200, body = InstanceView))
)]
pub(super) async fn show(
    State(core): State<Arc<Core>>,
    InPath(InstancePath { id_instance }): InPath<InstancePath>,
) -> Result<Json<InstanceView>, Problem> {
    let mut views = core.with(instances).into_iter();
    let view = views.find(|view| view.id_instance == id_instance);
    view.map(Json)
        .ok_or_else(|| Problem::unknown(format!("there is no instance {id_instance}")))
}

/// Adds an instance and answers with its credentials; number and token are drawn unless given.
#[utoipa::path(
    post,
    path = "/sandbox/instances",
    operation_id = "addInstance",
    request_body(
        content = NewInstance,
        example = json!({ "idInstance": 7_103_000_001_u64, "apiTokenInstance": "0123456789abcdef0123456789abcdef0123456789abcdef01" })
    ),
    responses(
        (status = 201, body = Credentials),
        (status = 409, description = "There is an instance with this number already.", body = Problem)
    )
)]
pub(super) async fn create(
    State(core): State<Arc<Core>>,
    headers: HeaderMap,
    Body(new): Body<NewInstance>,
) -> Result<(StatusCode, Json<Credentials>), Problem> {
    let numbers = INSTANCE_IDS;
    if new.id_instance.is_some_and(|id| !numbers.contains(&id)) {
        return Err(Problem::bad(format!(
            "idInstance must be a number from {} to {}",
            numbers.start(),
            numbers.end()
        )));
    }
    if let Some(token) = &new.api_token_instance
        && (token.is_empty() || !token.bytes().all(|letter| letter.is_ascii_alphanumeric()))
    {
        return Err(Problem::bad(
            "apiTokenInstance stands in paths: write letters and digits",
        ));
    }
    let id = core
        .with(|world| world.add_instance(new.id_instance, new.api_token_instance))
        .ok_or_else(|| Problem::taken("there is an instance with this number already"))?;
    let credentials = credentials_of(&input::instance(&core, id)?, &headers);
    Ok((StatusCode::CREATED, Json(credentials)))
}

/// Returns `apiUrl`, `idInstance` and `apiTokenInstance`, to be copied.
#[utoipa::path(
    get,
    path = "/sandbox/instances/{idInstance}/credentials",
    operation_id = "getCredentials",
    params(InstancePath),
    responses((status = 200, body = Credentials))
)]
pub(super) async fn credentials(instance: NamedInstance, headers: HeaderMap) -> Json<Credentials> {
    Json(credentials_of(&instance, &headers))
}

fn credentials_of(instance: &NamedInstance, headers: &HeaderMap) -> Credentials {
    Credentials {
        api_url: api_url(headers),
        id_instance: instance.id,
        api_token_instance: instance.with(|world, id| world.account(id).token.clone()),
    }
}

fn no_qr() -> Problem {
    Problem::unknown("there is a QR code only in the state notAuthorized")
}

/// Returns the QR code that the instance shows now, as PNG.
#[utoipa::path(
    get,
    path = "/sandbox/instances/{idInstance}/qr",
    operation_id = "getQr",
    params(InstancePath),
    responses(
        (status = 200, body = Picture, content_type = "image/png"),
        (status = 404, description = "There is no such instance, or it shows no code.", body = Problem)
    )
)]
pub(super) async fn qr(instance: NamedInstance) -> Result<Picture, Problem> {
    let picture = instance.qr().and_then(|content| png(&content));
    picture.map(Picture).ok_or_else(no_qr)
}

/// Returns the text in the QR code that the instance shows now; it changes every 20 seconds.
#[utoipa::path(
    get,
    path = "/sandbox/instances/{idInstance}/qr/content",
    operation_id = "getQrContent",
    params(InstancePath),
    responses(
        (status = 200, body = QrContent),
        (status = 404, description = "There is no such instance, or it shows no code.", body = Problem)
    )
)]
pub(super) async fn qr_content(instance: NamedInstance) -> Result<Json<QrContent>, Problem> {
    let content = instance.qr().ok_or_else(no_qr)?;
    Ok(Json(QrContent { content }))
}

/// Puts the instance into a state at once.
#[utoipa::path(
    post,
    path = "/sandbox/instances/{idInstance}/state",
    operation_id = "setState",
    params(InstancePath),
    request_body(content = NewState, example = json!({ "stateInstance": "blocked" })),
    responses((status = 204))
)]
pub(super) async fn set_state(
    instance: NamedInstance,
    Body(new): Body<NewState>,
) -> Result<StatusCode, Problem> {
    let state: InstanceState = new
        .state_instance
        .parse()
        .map_err(|error| Problem::bad(format!("stateInstance: {error}")))?;
    instance.with(|world, id| world.put_in_state(id, state));
    Ok(DONE)
}

/// Links the instance to a phone at once, as if its code had been typed there.
#[utoipa::path(
    post,
    path = "/sandbox/instances/{idInstance}/link",
    operation_id = "linkInstance",
    params(InstancePath),
    request_body(content = Link, example = json!({ "number": "447700900123" })),
    responses((status = 204))
)]
pub(super) async fn link(instance: NamedInstance, Body(Link { number }): Body<Link>) -> StatusCode {
    instance.with(|world, id| world.link(id, &number.0));
    DONE
}

/// Sets whether `getAuthorizationCode` fails from now on.
#[utoipa::path(
    post,
    path = "/sandbox/instances/{idInstance}/refuse-codes",
    operation_id = "refuseCodes",
    params(InstancePath),
    request_body(content = Refusal, example = json!({ "refuse": true })),
    responses((status = 204))
)]
pub(super) async fn refuse_codes(
    instance: NamedInstance,
    Body(refusal): Body<Refusal>,
) -> StatusCode {
    instance.with(|world, id| world.refuse_codes(id, refusal.refuse));
    DONE
}

/// Keeps the instance in creation for some time, during which `getStateInstance` answers `null`.
#[utoipa::path(
    post,
    path = "/sandbox/instances/{idInstance}/creating",
    operation_id = "keepCreating",
    params(InstancePath),
    request_body(content = Creation, example = json!({ "seconds": 120 })),
    responses((status = 204))
)]
pub(super) async fn creating(
    instance: NamedInstance,
    Body(Creation { seconds }): Body<Creation>,
) -> StatusCode {
    instance.with(|world, id| {
        let until = world.now + seconds.0;
        world.account(id).creating_until = Some(until);
        world.changed = true;
    });
    DONE
}

/// Sets whether the subscription of the instance has expired. While it has, every operation is refused.
#[utoipa::path(
    post,
    path = "/sandbox/instances/{idInstance}/expired",
    operation_id = "setExpired",
    params(InstancePath),
    request_body(content = Expiry, example = json!({ "expired": true })),
    responses((status = 204))
)]
pub(super) async fn expire(
    instance: NamedInstance,
    Body(Expiry { expired }): Body<Expiry>,
) -> StatusCode {
    instance.with(|world, id| {
        let now = world.now;
        world.account(id).contract.expired = expired.then_some(now);
        world.changed = true;
    });
    DONE
}

/// Queues the body as a notification, just as it is and whatever the settings say.
#[utoipa::path(
    post,
    path = "/sandbox/instances/{idInstance}/notifications",
    operation_id = "notify",
    params(InstancePath),
    request_body(content = Object, example = json!({ "typeWebhook": "somethingNew" })),
    responses((status = 200, body = Queued))
)]
pub(super) async fn notify(instance: NamedInstance, Body(body): Body<Value>) -> Json<Queued> {
    queue(&instance, body.to_string())
}

/// Queues bytes as if they were a notification, JSON or not, to test how a client copes with them.
#[utoipa::path(
    post,
    path = "/sandbox/instances/{idInstance}/notifications/raw",
    operation_id = "notifyRaw",
    params(InstancePath),
    request_body(content = Raw, example = json!({ "base64": "eyJub3QganNvbg==" })),
    responses((status = 200, body = Queued))
)]
pub(super) async fn notify_raw(
    instance: NamedInstance,
    Body(Raw { base64 }): Body<Raw>,
) -> Json<Queued> {
    queue(&instance, base64.0)
}

fn queue(instance: &NamedInstance, body: impl Into<Vec<u8>>) -> Json<Queued> {
    let receipt_id = instance.with(|world, id| world.notify(id, body));
    Json(Queued { receipt_id })
}
