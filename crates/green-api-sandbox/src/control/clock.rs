use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};

use super::input::Body;
use super::problem::Problem;
use crate::kit::clock::rfc3339;
use crate::world::core::Core;

/// The furthest that the clock is moved at once: a year.
const FURTHEST: f64 = 365.0 * 24.0 * 60.0 * 60.0;

/// The last moment whose year has four digits, counted from 1970.
const LAST: Duration = Duration::from_secs(253_402_300_799);

#[derive(Serialize)]
pub(super) struct Time {
    #[serde(serialize_with = "rfc3339")]
    now: SystemTime,
    manual: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: f64,
}

pub(super) fn time(core: &Core) -> Time {
    Time {
        now: core.clock.now(),
        manual: core.clock.is_manual(),
    }
}

pub(super) async fn show(State(core): State<Arc<Core>>) -> Json<Time> {
    Json(time(&core))
}

pub(super) async fn advance(
    State(core): State<Arc<Core>>,
    Body(Advance { seconds }): Body<Advance>,
) -> Result<Json<Time>, Problem> {
    if !(0.0..=FURTHEST).contains(&seconds) {
        return Err(Problem::bad(
            "seconds must be from 0 to 31536000, which is a year",
        ));
    }
    let by = Duration::from_secs_f64(seconds);
    if core.clock.now() + by > SystemTime::UNIX_EPOCH + LAST {
        return Err(Problem::bad("the calendar ends with the year 9999"));
    }
    core.clock.advance(by);
    // What has fallen due happens now, and whoever waits for a change sees the new time.
    core.with(|world| world.changed = true);
    Ok(Json(time(&core)))
}
