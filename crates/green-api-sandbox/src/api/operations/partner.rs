//! The operations of a partner, who creates and deletes instances.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::api::call::Call;
use crate::api::reply::Reply;
use crate::world::account::Account;
use crate::world::quota::Plan;

/// For how long an instance is always paid ahead.
const PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The time that did not come.
const NEVER: &str = "0001-01-01T00:00:00";

/// Returns the answer to a token that is not the partner's.
pub(in crate::api) fn unauthorized() -> Reply {
    failure(401, "Unauthorized")
}

/// Returns a failure of a partner's operation: it is answered with 200, and has the code of an HTTP status.
fn failure(code: u16, description: &str) -> Reply {
    Reply::json(&json!({ "code": code, "description": description }))
}

pub(super) fn create_instance(call: &Call<'_>) -> Reply {
    let mut settings = call.body.as_object().cloned().unwrap_or_default();
    let name = settings.remove("name");
    call.core.with(|world| {
        let account = world.create_instance(name.as_ref().and_then(Value::as_str));
        account.settings.extend(settings);
        Reply::json(&json!({
            "idInstance": account.id,
            "apiTokenInstance": account.token,
            "typeInstance": "whatsapp",
        }))
    })
}

pub(super) fn get_instances(call: &Call<'_>) -> Reply {
    call.core.with(|world| {
        let plan = world.options.plan;
        let lines = world
            .listed_instances()
            .map(|account| line(account, plan, world.now));
        Reply::json(&lines.collect::<Value>())
    })
}

/// Describes an instance as a line of `getInstances`.
fn line(account: &Account, plan: Plan, now: SystemTime) -> Value {
    let contract = &account.contract;
    let free = plan == Plan::Developer;
    let ends = contract.deleted.into_iter().chain(contract.expired).min();
    let time_deleted = contract.deleted.map(local_time);
    json!({
        "idInstance": account.id,
        "name": contract.name,
        "typeInstance": "whatsapp",
        "typeAccount": "",
        "partnerUserUiid": "",
        "timeCreated": local_time(contract.created),
        "timeDeleted": time_deleted.as_deref().unwrap_or(NEVER),
        "apiTokenInstance": account.token,
        "deleted": contract.deleted.is_some(),
        "tariff": if free { "DEVELOPER" } else { "PARTNER_23" },
        "isFree": free,
        "isPartner": true,
        "expirationDate": local_time(ends.unwrap_or(now + PERIOD)),
        "isExpired": ends.is_some(),
    })
}

/// Formats a time as ISO 8601 without a time zone, as the partner's operations do.
fn local_time(time: SystemTime) -> String {
    let mut text = humantime::format_rfc3339_seconds(time).to_string();
    text.pop();
    text
}

pub(super) fn delete_instance_account(call: &Call<'_>) -> Reply {
    let id = call.body.get("idInstance").and_then(Value::as_u64);
    if id.is_some_and(|id| call.core.with(|world| world.delete_instance(id))) {
        Reply::json_text(r#"{"deleteInstanceAccount":true}"#)
    } else {
        failure(404, "Not Found")
    }
}
