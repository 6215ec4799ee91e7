use std::time::SystemTime;

use axum::response::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::{Asked, InstancePath, NamedInstance, wait_until};
use super::problem::Problem;
use super::requests::Awaited;
use crate::kit::clock::rfc3339;
use crate::world::webhooks::{WebhookDelivery, WebhookOutcome};

/// An attempt to post a notification to the `webhookUrl`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delivery {
    /// Attempts to post the same notification share it.
    receipt_id: u64,
    outcome: DeliveryOutcome,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: SystemTime,
}

/// What became of an attempt. All but `accepted` are repeated.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum DeliveryOutcome {
    /// The endpoint answered 200.
    Accepted,
    /// It answered another status.
    Refused { status: u16 },
    /// It could not be reached, or closed the connection.
    Failed { reason: String },
    /// It did not answer within 180 seconds.
    TimedOut,
}

impl From<WebhookDelivery> for Delivery {
    fn from(delivery: WebhookDelivery) -> Self {
        Self {
            receipt_id: delivery.receipt_id,
            outcome: match delivery.outcome {
                WebhookOutcome::Accepted => DeliveryOutcome::Accepted,
                WebhookOutcome::Refused(status) => DeliveryOutcome::Refused { status },
                WebhookOutcome::Failed(reason) => DeliveryOutcome::Failed { reason },
                WebhookOutcome::TimedOut => DeliveryOutcome::TimedOut,
            },
            at: delivery.at,
        }
    }
}

/// Lists the latest 1,000 attempts to post notifications to the `webhookUrl`, oldest first, and waits for some.
///
/// With `atLeast` it answers once there have been so many, or when the time to wait is over.
#[utoipa::path(
    get,
    path = "/sandbox/instances/{idInstance}/webhook-deliveries",
    operation_id = "getWebhookDeliveries",
    params(InstancePath, Awaited),
    responses((status = 200, body = Vec<Delivery>))
)]
pub(super) async fn deliveries(
    instance: NamedInstance,
    Asked(awaited): Asked<Awaited>,
) -> Result<Json<Vec<Delivery>>, Problem> {
    let (id, at_least) = (instance.id, awaited.at_least.unwrap_or_default() as usize);
    wait_until(&instance.core, awaited.wait, |world| {
        world.account(id).webhooks.count() >= at_least
    })
    .await?;
    let deliveries = instance.with(|world, id| world.account(id).webhooks.deliveries());
    Ok(Json(deliveries.into_iter().map(Delivery::from).collect()))
}
