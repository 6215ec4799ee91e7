//! The methods of a partner, who creates and deletes instances.

use serde::Serialize;
use serde_json::Value;

use super::Call;
use crate::reply::Reply;

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

/// The token is not the partner's.
pub(crate) fn unauthorized() -> Reply {
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
    Reply::json(&call.core.with(|world| world.contracts()))
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
