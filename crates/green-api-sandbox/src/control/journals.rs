use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::DONE;
use super::input::Body;
use super::problem::Problem;
use crate::world::core::Core;
use crate::world::journal::MAX_JOURNAL_DELAY;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delay {
    seconds: f64,
}

pub(super) async fn set_delay(
    State(core): State<Arc<Core>>,
    Body(Delay { seconds }): Body<Delay>,
) -> Result<StatusCode, Problem> {
    let delay = Duration::try_from_secs_f64(seconds).ok();
    let delay = delay
        .filter(|delay| *delay <= MAX_JOURNAL_DELAY)
        .ok_or_else(|| Problem::bad("seconds must be from 0 to 120"))?;
    core.with(|world| world.options.journal_delay = delay);
    Ok(DONE)
}
