use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;

use super::DONE;
use super::input::Body;
use super::problem::Problem;
use crate::world::World;
use crate::world::core::Core;
use crate::world::faults::Fault;

/// Lists the faults that are still to happen, oldest first.
#[utoipa::path(get, path = "/sandbox/faults", operation_id = "getFaults", responses((status = 200, body = Vec<Fault>)))]
pub(super) async fn list(State(core): State<Arc<Core>>) -> Json<Vec<Fault>> {
    Json(core.with(|world| world.faults.all().to_vec()))
}

/// Makes the next calls of an operation, or the next notifications of a kind, go wrong.
///
/// A fault names either an `operation` or a `notification`, by its `typeWebhook`.
#[utoipa::path(
    post,
    path = "/sandbox/faults",
    operation_id = "addFault",
    request_body(
        content = Fault,
        example = json!({ "operation": "getStateInstance", "times": 2, "delaySeconds": 0.5, "answer": { "kind": "html", "status": 502 } })
    ),
    responses((status = 201))
)]
pub(super) async fn add(
    State(core): State<Arc<Core>>,
    Body(fault): Body<Fault>,
) -> Result<StatusCode, Problem> {
    core.with(|world| world.add_fault(fault))
        .map_err(Problem::bad)?;
    Ok(StatusCode::CREATED)
}

/// Removes every fault.
#[utoipa::path(delete, path = "/sandbox/faults", operation_id = "removeFaults", responses((status = 204)))]
pub(super) async fn clear(State(core): State<Arc<Core>>) -> StatusCode {
    core.with(World::clear_faults);
    DONE
}
