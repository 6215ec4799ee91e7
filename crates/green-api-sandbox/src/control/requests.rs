use std::sync::Arc;

use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::input::{Asked, InPath, wait_until};
use super::problem::Problem;
use crate::kit::requests::Entry;
use crate::world::core::Core;

/// The number of requests that are listed by default.
const LIMIT: usize = 50;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The most that are listed; 50 if it is left out.
    #[param(maximum = 4_294_967_295_u32)]
    limit: Option<u32>,
}

/// Lists the latest requests to the API, newest first, without tokens and with the first 4 KB of their answers.
#[utoipa::path(
    get,
    path = "/sandbox/requests",
    operation_id = "getRequests",
    params(Wanted),
    responses((status = 200, body = Vec<Entry>))
)]
pub(super) async fn list(
    State(core): State<Arc<Core>>,
    Asked(Wanted { limit }): Asked<Wanted>,
) -> Json<Value> {
    Json(core.with(|world| {
        let limit = limit.map_or(LIMIT, |limit| limit as usize);
        let latest = world.requests.latest().take(limit);
        json!(latest.collect::<Vec<_>>())
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OperationPath {
    /// Its `operationId`.
    #[param(example = "sendMessage")]
    operation: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Awaited {
    /// The number to wait for.
    #[param(maximum = 4_294_967_295_u32)]
    pub(super) at_least: Option<u32>,
    /// How many seconds to wait; 25 if it is left out.
    #[param(minimum = 0, maximum = 60)]
    pub(super) wait: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Calls {
    calls: usize,
}

/// Counts the calls of an operation, among the latest 10,000 requests, and waits for some.
///
/// With `atLeast` it answers once there have been so many, or when the time to wait is over.
#[utoipa::path(
    get,
    path = "/sandbox/operations/{operation}/calls",
    operation_id = "countCalls",
    params(OperationPath, Awaited),
    responses(
        (status = 200, body = Calls),
        (status = 404, description = "There is no such operation.", body = Problem)
    )
)]
pub(super) async fn calls(
    State(core): State<Arc<Core>>,
    InPath(OperationPath { operation }): InPath<OperationPath>,
    Asked(awaited): Asked<Awaited>,
) -> Result<Json<Calls>, Problem> {
    if !core.with(|world| world.faults.knows(&operation)) {
        let message = format!("there is no operation `{operation}`");
        return Err(Problem::unknown(message));
    }
    let at_least = awaited.at_least.unwrap_or_default() as usize;
    wait_until(&core, awaited.wait, |world| {
        world.requests.count(&operation) >= at_least
    })
    .await?;
    let calls = core.with(|world| world.requests.count(&operation));
    Ok(Json(Calls { calls }))
}
