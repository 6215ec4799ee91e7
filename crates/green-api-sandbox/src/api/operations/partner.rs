//! The methods of a partner, who creates and deletes instances.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;

use crate::api::call::Call;
use crate::api::reply::Reply;
use crate::world::account::Account;
use crate::world::quota::Plan;

/// How the methods of a partner fail: with 200, though the code is that of an HTTP status.
#[derive(Serialize)]
struct Failure {
    code: u16,
    description: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created<'a> {
    id_instance: u64,
    api_token_instance: &'a str,
    type_instance: &'static str,
}

/// For how long an instance is always paid ahead.
const PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The time that did not come.
const NEVER: &str = "0001-01-01T00:00:00";

/// A line of `getInstances`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    id_instance: u64,
    name: &'a str,
    type_instance: &'static str,
    type_account: &'static str,
    partner_user_uiid: &'static str,
    time_created: String,
    time_deleted: String,
    api_token_instance: &'a str,
    deleted: bool,
    tariff: &'static str,
    is_free: bool,
    is_partner: bool,
    expiration_date: String,
    is_expired: bool,
}

/// The token is not the partner's.
pub(in crate::api) fn unauthorized() -> Reply {
    Reply::json(&Failure {
        code: 401,
        description: "Unauthorized",
    })
}

pub(super) fn create_instance(call: &Call<'_>) -> Reply {
    let mut settings = call.body.as_object().cloned().unwrap_or_default();
    let name = settings.remove("name");
    call.core.with(|world| {
        let account = world.create_instance(name.as_ref().and_then(Value::as_str));
        account.settings.extend(settings);
        Reply::json(&Created {
            id_instance: account.id,
            api_token_instance: &account.token,
            type_instance: "whatsapp",
        })
    })
}

pub(super) fn get_instances(call: &Call<'_>) -> Reply {
    call.core.with(|world| {
        let plan = world.options.plan;
        let lines = world
            .listed_instances()
            .map(|account| line(account, plan, world.now));
        Reply::json(&lines.collect::<Vec<_>>())
    })
}

fn line<'a>(account: &'a Account, plan: Plan, now: SystemTime) -> Line<'a> {
    let contract = &account.contract;
    let free = plan == Plan::Developer;
    let ends = contract.deleted.into_iter().chain(contract.expired).min();
    Line {
        id_instance: account.id,
        name: &contract.name,
        type_instance: "whatsapp",
        type_account: "",
        partner_user_uiid: "",
        time_created: local_time(contract.created),
        time_deleted: contract
            .deleted
            .map_or_else(|| NEVER.to_owned(), local_time),
        api_token_instance: &account.token,
        deleted: contract.deleted.is_some(),
        tariff: if free { "DEVELOPER" } else { "PARTNER_23" },
        is_free: free,
        is_partner: true,
        expiration_date: local_time(ends.unwrap_or(now + PERIOD)),
        is_expired: ends.is_some(),
    }
}

/// ISO 8601 without a time zone, as the partner's methods write it.
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
        Reply::json(&Failure {
            code: 404,
            description: "Not Found",
        })
    }
}
