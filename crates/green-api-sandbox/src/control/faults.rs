use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;

use super::DONE;
use super::input::Body;
use super::problem::Problem;
use crate::fault::Fault;
use crate::world::{Core, World};

pub(super) async fn list(State(core): State<Arc<Core>>) -> Json<Vec<Fault>> {
    Json(core.with(|world| world.faults.clone()))
}

pub(super) async fn add(
    State(core): State<Arc<Core>>,
    Body(fault): Body<Fault>,
) -> Result<StatusCode, Problem> {
    if let Some(complaint) = fault.complaint(&core) {
        return Err(Problem::bad(complaint));
    }
    core.with(|world| world.add_fault(fault));
    Ok(StatusCode::CREATED)
}

pub(super) async fn clear(State(core): State<Arc<Core>>) -> StatusCode {
    core.with(World::clear_faults);
    DONE
}
