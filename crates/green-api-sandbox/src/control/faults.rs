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

pub(super) async fn list(State(core): State<Arc<Core>>) -> Json<Vec<Fault>> {
    Json(core.with(|world| world.faults.all().to_vec()))
}

pub(super) async fn add(
    State(core): State<Arc<Core>>,
    Body(fault): Body<Fault>,
) -> Result<StatusCode, Problem> {
    core.with(|world| world.add_fault(fault))
        .map_err(Problem::bad)?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn clear(State(core): State<Arc<Core>>) -> StatusCode {
    core.with(World::clear_faults);
    DONE
}
