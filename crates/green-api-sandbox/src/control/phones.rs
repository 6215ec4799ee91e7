use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::DONE;
use super::input::{self, Body};
use super::problem::Problem;
use crate::phone::Phone;
use crate::world::Core;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct New {
    number: String,
    name: Option<String>,
    has_whatsapp: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Qr {
    id_instance: Option<u64>,
    content: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

pub(super) async fn create(
    State(core): State<Arc<Core>>,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let phone = input::phone(&core, &new.number)?;
    if let Some(name) = new.name {
        phone.set_name(name);
    }
    if let Some(has_whatsapp) = new.has_whatsapp {
        phone.set_whatsapp(has_whatsapp);
    }
    core.with(|world| world.stirred = true);
    Ok((
        StatusCode::CREATED,
        Json(json!({ "number": phone.number() })),
    ))
}

pub(super) async fn type_code(
    phone: Phone,
    Body(Code { code }): Body<Code>,
) -> Result<StatusCode, Problem> {
    phone.type_code(&code)?;
    Ok(DONE)
}

pub(super) async fn scan_qr(phone: Phone, Body(qr): Body<Qr>) -> Result<StatusCode, Problem> {
    let content = match qr {
        Qr {
            content: Some(content),
            id_instance: None,
        } => content,
        // An instance that shows none shows none that could be scanned.
        Qr {
            content: None,
            id_instance: Some(id),
        } => input::instance(&phone.core, id)?.qr().unwrap_or_default(),
        _ => return Err(Problem::bad("write either idInstance or content")),
    };
    phone.scan_qr(&content)?;
    Ok(DONE)
}

pub(super) async fn unlink(phone: Phone, Body(Nothing {}): Body<Nothing>) -> StatusCode {
    phone.unlink();
    DONE
}
