use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::DONE;
use super::input::{self, Body, NamedPhone};
use super::problem::Problem;
use crate::world::core::Core;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct New {
    number: String,
    name: Option<String>,
    has_whatsapp: Option<bool>,
    is_business: Option<bool>,
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
    phone.with(|world, number| {
        let person = world.person(number);
        if new.name.is_some() {
            person.name = new.name;
        }
        if let Some(has_whatsapp) = new.has_whatsapp {
            person.has_whatsapp = has_whatsapp;
        }
        if let Some(is_business) = new.is_business {
            person.is_business = is_business;
        }
    });
    let created = json!({ "number": phone.number() });
    Ok((StatusCode::CREATED, Json(created)))
}

pub(super) async fn type_code(
    phone: NamedPhone,
    Body(Code { code }): Body<Code>,
) -> Result<StatusCode, Problem> {
    phone.with(|world, number| world.type_code(number, &code))?;
    Ok(DONE)
}

pub(super) async fn scan_qr(
    State(core): State<Arc<Core>>,
    phone: NamedPhone,
    Body(qr): Body<Qr>,
) -> Result<StatusCode, Problem> {
    let content = match qr {
        Qr {
            content: Some(content),
            id_instance: None,
        } => content,
        // An instance without a code is refused like one whose code is wrong.
        Qr {
            content: None,
            id_instance: Some(id),
        } => input::instance(&core, id)?.qr().unwrap_or_default(),
        _ => return Err(Problem::bad("write either idInstance or content")),
    };
    phone.with(|world, number| world.scan_qr(number, &content))?;
    Ok(DONE)
}

pub(super) async fn unlink(phone: NamedPhone, Body(Nothing {}): Body<Nothing>) -> StatusCode {
    phone.with(|world, number| world.unlink(number));
    DONE
}
