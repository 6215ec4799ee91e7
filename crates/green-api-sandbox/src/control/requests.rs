use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};

use super::clock::rfc3339;
use super::input::Asked;
use crate::kit::requests::Entry;
use crate::world::core::Core;

/// How many there are when no other number is asked for.
const LIMIT: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    limit: Option<usize>,
}

/// A request that reached the API.
#[derive(Serialize)]
pub(super) struct Seen {
    number: usize,
    #[serde(serialize_with = "rfc3339")]
    at: SystemTime,
    method: String,
    path: String,
    operation: Option<String>,
    /// `null` while there is no answer, and for good when the connection ended without one.
    status: Option<u16>,
    /// `null` when there is none or it has been forgotten.
    answer: Option<Body>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    content_type: Option<&'static str>,
    /// The beginning; `null` when it is no text.
    text: Option<String>,
    /// Bytes of the whole.
    size: usize,
}

pub(super) async fn list(
    State(core): State<Arc<Core>>,
    Asked(Wanted { limit }): Asked<Wanted>,
) -> Json<Vec<Seen>> {
    Json(core.with(|world| {
        world
            .requests
            .latest()
            .take(limit.unwrap_or(LIMIT))
            .map(seen)
            .collect()
    }))
}

fn seen(entry: &Entry) -> Seen {
    let answer = entry.answer.as_ref();
    let request = entry.request.clone();
    Seen {
        number: entry.number,
        at: request.at,
        method: request.method,
        path: request.path,
        operation: request.operation,
        status: request.status,
        answer: answer.map(|answer| Body {
            content_type: answer.content_type,
            text: answer.text.clone(),
            size: answer.size,
        }),
    }
}
