use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};

use super::clock::{Time, time};
use super::input::Asked;
use super::problem::Problem;
use crate::kit::clock::rfc3339;
use crate::world::World;
use crate::world::account::{Account, IssuedCode};
use crate::world::core::Core;

/// How long a change is waited for when nothing else is asked for, in seconds.
const WAIT: f64 = 25.0;
const LONGEST_WAIT: f64 = 60.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<u64>,
    wait: Option<f64>,
}

/// The sandbox at one moment.
#[derive(Serialize)]
pub(super) struct Snapshot {
    version: u64,
    clock: Time,
    instances: Vec<InstanceView>,
    phones: Vec<PhoneView>,
    faults: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceView {
    id_instance: u64,
    /// `null` while it is being created.
    state_instance: Option<&'static str>,
    /// Digits of the linked phone.
    phone_number: Option<String>,
    /// A code that has been given out and not been typed.
    code: Option<CodeView>,
    refuses_codes: bool,
    notifications_waiting: usize,
}

/// A code that waits. What it says stands only in the answer that gave it out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeView {
    phone_number: String,
    #[serde(serialize_with = "rfc3339")]
    expires_at: SystemTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhoneView {
    number: String,
    name: String,
    online: bool,
    /// The instances that are linked to it.
    linked_to: Vec<u64>,
    /// The instances that are being linked: the code was right.
    linking_to: Vec<u64>,
}

pub(super) async fn show(
    State(core): State<Arc<Core>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Snapshot>, Problem> {
    let wait = wanted.wait.unwrap_or(WAIT);
    if !(0.0..=LONGEST_WAIT).contains(&wait) {
        return Err(Problem::bad("wait must be from 0 to 60 seconds"));
    }
    if let Some(after) = wanted.after {
        let changed = core.wait_for(None, |world| (world.version != after).then_some(()));
        let mut closed = core.closed.subscribe();
        tokio::select! {
            _ = changed => {}
            _ = closed.wait_for(|closed| *closed) => {}
            // By the watch on the wall, even where the sandbox's clock stands still: this is about connections, not about the world.
            () = tokio::time::sleep(Duration::from_secs_f64(wait)) => {}
        }
    }
    Ok(Json(snapshot(&core)))
}

fn snapshot(core: &Core) -> Snapshot {
    core.with(|world| Snapshot {
        version: world.version,
        clock: time(core),
        instances: instances(world),
        phones: phones(world),
        faults: world.faults.all().len(),
    })
}

pub(super) fn instances(world: &mut World) -> Vec<InstanceView> {
    let now = world.now;
    let view = |account: &mut Account| InstanceView {
        id_instance: account.id,
        state_instance: (!account.is_creating(now)).then(|| account.state().as_str()),
        phone_number: account.phone.clone(),
        code: account.code.as_ref().map(waiting),
        refuses_codes: account.refuses_codes,
        notifications_waiting: account.queue.len(now),
    };
    world
        .accounts
        .values_mut()
        .filter(|account| account.contract.deleted.is_none())
        .map(view)
        .collect()
}

fn waiting(code: &IssuedCode) -> CodeView {
    CodeView {
        phone_number: code.phone.clone(),
        expires_at: code.expires,
    }
}

/// Returns every phone that something has happened to.
fn phones(world: &World) -> Vec<PhoneView> {
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
