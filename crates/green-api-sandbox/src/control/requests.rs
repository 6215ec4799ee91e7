use std::sync::Arc;

use axum::extract::State;
use axum::response::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::Asked;
use crate::world::core::Core;

/// The number of requests that are listed by default.
const LIMIT: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    limit: Option<usize>,
}

pub(super) async fn list(
    State(core): State<Arc<Core>>,
    Asked(Wanted { limit }): Asked<Wanted>,
) -> Json<Value> {
    Json(core.with(|world| {
        let latest = world.requests.latest().take(limit.unwrap_or(LIMIT));
        json!(latest.collect::<Vec<_>>())
    }))
}
