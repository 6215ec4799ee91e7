//! How long things take, which tests make shorter than on the real server.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{Body, Seconds};
use super::problem::Problem;
use crate::world::Options;
use crate::world::core::Core;
use crate::world::journal::MAX_JOURNAL_DELAY;
use crate::world::quota::Plan;

/// The options that a running sandbox can change.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    /// From `reboot` and `setSettings` to the state before.
    restart_seconds: Seconds,
    /// From the right code to `authorized`.
    link_seconds: Seconds,
    /// From `createInstance` to the first state.
    creation_seconds: Seconds,
    /// From a message's leaving to its arrival.
    delivery_seconds: Seconds,
    /// From one message of an instance to its next; `null` is what its settings say.
    sending_delay_seconds: Option<Seconds>,
    /// From what happens to its being in the journals.
    journal_delay_seconds: Seconds,
    /// From a post to a `webhookUrl` that failed to the next one.
    webhook_retry_seconds: Seconds,
    /// The tariff of all instances.
    plan: Plan,
}

/// The options to be changed; those that are left out stay.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Changes {
    restart_seconds: Option<Seconds>,
    link_seconds: Option<Seconds>,
    creation_seconds: Option<Seconds>,
    delivery_seconds: Option<Seconds>,
    sending_delay_seconds: Option<Seconds>,
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 120)]
    journal_delay_seconds: Option<Seconds>,
    webhook_retry_seconds: Option<Seconds>,
    plan: Option<Plan>,
}

fn shown(options: Options) -> Json<Shown> {
    Json(Shown {
        restart_seconds: Seconds(options.restart_time),
        link_seconds: Seconds(options.link_time),
        creation_seconds: Seconds(options.creation_time),
        delivery_seconds: Seconds(options.delivery_time),
        sending_delay_seconds: options.sending_delay.map(Seconds),
        journal_delay_seconds: Seconds(options.journal_delay),
        webhook_retry_seconds: Seconds(options.webhook_retry),
        plan: options.plan,
    })
}

/// Returns how long things take, and the tariff.
#[utoipa::path(get, path = "/sandbox/options", operation_id = "getOptions", responses((status = 200, body = Shown)))]
pub(super) async fn show(State(core): State<Arc<Core>>) -> Json<Shown> {
    shown(core.with(|world| world.options))
}

/// Sets how long things take from now on, or the tariff.
#[utoipa::path(
    post,
    path = "/sandbox/options",
    operation_id = "setOptions",
    request_body(content = Changes, example = json!({ "linkSeconds": 0, "plan": "developer" })),
    responses((status = 200, body = Shown))
)]
pub(super) async fn set(
    State(core): State<Arc<Core>>,
    Body(changes): Body<Changes>,
) -> Result<Json<Shown>, Problem> {
    let late = |Seconds(delay): &Seconds| *delay > MAX_JOURNAL_DELAY;
    if changes.journal_delay_seconds.as_ref().is_some_and(late) {
        return Err(Problem::bad("journalDelaySeconds must be from 0 to 120"));
    }
    Ok(shown(core.with(|world| {
        let options = &mut world.options;
        for (option, change) in [
            (&mut options.restart_time, changes.restart_seconds),
            (&mut options.link_time, changes.link_seconds),
            (&mut options.creation_time, changes.creation_seconds),
            (&mut options.delivery_time, changes.delivery_seconds),
            (&mut options.journal_delay, changes.journal_delay_seconds),
            (&mut options.webhook_retry, changes.webhook_retry_seconds),
        ] {
            *option = change.map_or(*option, |Seconds(seconds)| seconds);
        }
        let sending_delay = changes.sending_delay_seconds.map(|Seconds(delay)| delay);
        options.sending_delay = sending_delay.or(options.sending_delay);
        options.plan = changes.plan.unwrap_or(options.plan);
        *options
    })))
}
