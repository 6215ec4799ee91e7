use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::clock::{Time, time};
use super::input::{Asked, wait_until};
use super::problem::Problem;
use crate::kit::clock::rfc3339;
use crate::world::World;
use crate::world::account::{Account, IssuedCode};
use crate::world::core::Core;
use crate::world::state::State as InstanceState;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The version that is known: the answer comes once there is another one.
    #[param(maximum = 18_446_744_073_709_551_615_u64)]
    after: Option<u64>,
    /// How many seconds to wait for that; 25 if it is left out.
    #[param(minimum = 0, maximum = 60)]
    wait: Option<f64>,
}

/// The sandbox at one moment.
#[derive(Serialize, ToSchema)]
pub(super) struct Snapshot {
    version: u64,
    clock: Time,
    instances: Vec<InstanceView>,
    phones: Vec<PhoneView>,
    faults: usize,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceView {
    pub(super) id_instance: u64,
    /// `null` while it is being created.
    #[schema(value_type = Option<InstanceState>)]
    state_instance: Option<&'static str>,
    /// Digits of the linked phone.
    phone_number: Option<String>,
    /// A code that has been given out and not been typed.
    code: Option<CodeView>,
    refuses_codes: bool,
    notifications_waiting: usize,
    /// Whether its subscription has expired.
    expired: bool,
    /// Whether the partner has deleted it.
    pub(super) deleted: bool,
}

/// A code that waits. What it says stands only in the answer that gave it out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CodeView {
    phone_number: String,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: SystemTime,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhoneView {
    pub(super) number: String,
    name: String,
    online: bool,
    /// The instances that are linked to it.
    linked_to: Vec<u64>,
    /// The instances that are being linked: the code was right.
    linking_to: Vec<u64>,
}

/// Returns instances, phones, the number of faults and the time, at once or when something has changed.
#[utoipa::path(
    get,
    path = "/sandbox/state",
    operation_id = "getState",
    params(Wanted),
    responses((status = 200, body = Snapshot))
)]
pub(super) async fn show(
    State(core): State<Arc<Core>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Snapshot>, Problem> {
    wait_until(&core, wanted.wait, |world| {
        Some(world.version) != wanted.after
    })
    .await?;
    Ok(Json(snapshot(&core)))
}

fn snapshot(core: &Core) -> Snapshot {
    core.with(|world| Snapshot {
        version: world.version,
        clock: time(core),
        instances: {
            let mut instances = instances(world);
            instances.retain(|view| !view.deleted);
            instances
        },
        phones: phones(world),
        faults: world.faults.all().len(),
    })
}

/// Returns every instance, also those that are deleted.
pub(super) fn instances(world: &mut World) -> Vec<InstanceView> {
    let now = world.now;
    let view = |account: &mut Account| InstanceView {
        id_instance: account.id,
        state_instance: (!account.is_creating(now)).then(|| account.state().as_str()),
        phone_number: account.phone.clone(),
        code: account.code.as_ref().map(waiting),
        refuses_codes: account.refuses_codes,
        notifications_waiting: account.queue.len(now),
        expired: account.contract.expired.is_some(),
        deleted: account.contract.deleted.is_some(),
    };
    world.accounts.values_mut().map(view).collect()
}

fn waiting(code: &IssuedCode) -> CodeView {
    CodeView {
        phone_number: code.phone.clone(),
        expires_at: code.expires,
    }
}

/// Returns every phone that something has happened to.
pub(super) fn phones(world: &World) -> Vec<PhoneView> {
    let mut numbers: BTreeSet<&String> = world
        .people
        .keys()
        .chain(world.typing_phones.keys())
        .collect();
    for account in world.accounts.values() {
        numbers.extend(&account.phone);
        numbers.extend(account.code.as_ref().map(|code| &code.phone));
    }
    let with = |fits: &dyn Fn(&Account) -> bool| {
        let accounts = world.accounts.values().filter(|account| fits(account));
        accounts.map(|account| account.id).collect()
    };
    let view = |number: &String| PhoneView {
        number: number.clone(),
        name: world.name_of(number),
        online: world.is_online(number),
        linked_to: with(&|account| account.phone.as_ref() == Some(number)),
        linking_to: with(&|account| {
            let linking = account.linking.as_ref();
            linking.is_some_and(|(phone, _)| phone == number)
        }),
    };
    numbers.into_iter().map(view).collect()
}
