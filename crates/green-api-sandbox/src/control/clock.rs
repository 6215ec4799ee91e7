use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{Body, Seconds};
use super::problem::Problem;
use crate::kit::clock::rfc3339;
use crate::world::core::Core;

/// The last moment whose year has four digits, counted from 1970.
const LAST: Duration = Duration::from_secs(253_402_300_799);

#[derive(Serialize, ToSchema)]
pub(super) struct Time {
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    now: SystemTime,
    /// Whether it moves only when it is advanced.
    manual: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: Seconds,
}

pub(super) fn time(core: &Core) -> Time {
    Time {
        now: core.clock.now(),
        manual: core.clock.is_manual(),
    }
}

/// Returns the time, and whether it stands still.
#[utoipa::path(get, path = "/sandbox/clock", operation_id = "getClock", responses((status = 200, body = Time)))]
pub(super) async fn show(State(core): State<Arc<Core>>) -> Json<Time> {
    Json(time(&core))
}

/// Moves the clock ahead, whether it runs or stands still.
///
/// The calendar ends with the year 9999.
#[utoipa::path(
    post,
    path = "/sandbox/clock/advance",
    operation_id = "advanceClock",
    request_body(content = Advance, example = json!({ "seconds": 150 })),
    responses((status = 200, body = Time))
)]
pub(super) async fn advance(
    State(core): State<Arc<Core>>,
    Body(Advance { seconds }): Body<Advance>,
) -> Result<Json<Time>, Problem> {
    let Seconds(by) = seconds;
    if core.clock.now() + by > SystemTime::UNIX_EPOCH + LAST {
        return Err(Problem::bad("the calendar ends with the year 9999"));
    }
    core.clock.advance(by);
    // What has fallen due happens now, and whoever waits for a change sees the new time.
    core.with(|world| world.changed = true);
    Ok(Json(time(&core)))
}
