use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DONE;
use super::input::{self, Body, NamedInstance};
use super::problem::Problem;
use super::state::{InstanceView, instances};
use crate::kit::qr::png;
use crate::world::core::Core;
use crate::world::instances::INSTANCE_IDS;
use crate::world::state::State as InstanceState;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct New {
    id_instance: Option<u64>,
    api_token_instance: Option<String>,
}

/// The only answers with a token in them: whoever asks for these wants it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credentials {
    api_url: String,
    id_instance: u64,
    api_token_instance: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewState {
    state_instance: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    refuse: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Queued {
    receipt_id: u64,
}

pub(super) async fn list(State(core): State<Arc<Core>>) -> Json<Vec<InstanceView>> {
    Json(core.with(instances))
}

pub(super) async fn create(
    State(core): State<Arc<Core>>,
    headers: HeaderMap,
    Body(new): Body<New>,
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

pub(super) async fn credentials(instance: NamedInstance, headers: HeaderMap) -> Json<Credentials> {
    Json(credentials_of(&instance, &headers))
}

fn credentials_of(instance: &NamedInstance, headers: &HeaderMap) -> Credentials {
    // Where it was reached just now it can be reached again, whatever lies between.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    Credentials {
        api_url: format!("http://{}", host.unwrap_or_default()),
        id_instance: instance.id,
        api_token_instance: instance.with(|world, id| world.account(id).token.clone()),
    }
}

pub(super) async fn qr(instance: NamedInstance) -> Result<Response, Problem> {
    let picture = instance.qr().and_then(|content| png(&content));
    let picture = picture
        .ok_or_else(|| Problem::unknown("there is a QR code only in the state notAuthorized"))?;
    Ok(([(CONTENT_TYPE, "image/png")], picture).into_response())
}

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

pub(super) async fn refuse_codes(
    instance: NamedInstance,
    Body(refusal): Body<Refusal>,
) -> StatusCode {
    instance.with(|world, id| world.refuse_codes(id, refusal.refuse));
    DONE
}

pub(super) async fn notify(instance: NamedInstance, Body(body): Body<Value>) -> Json<Queued> {
    Json(Queued {
        receipt_id: instance.with(|world, id| world.notify(id, body.to_string())),
    })
}
