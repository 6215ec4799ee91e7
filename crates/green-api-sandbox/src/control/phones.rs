//! The phones: picking them up, linking them, and calling.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DONE;
use super::chats::Sent;
use super::input::{self, Body, NamedPhone, Nothing, PhoneNumber, PhonePath, Seconds};
use super::problem::Problem;
use super::state::{PhoneView, phones};
use crate::world::calls::CallEnd;
use crate::world::core::Core;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPhone {
    number: PhoneNumber,
    /// The name that others see; otherwise the number.
    name: Option<String>,
    /// Whether there is a WhatsApp account with this number; otherwise yes.
    has_whatsapp: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PickedUp {
    /// The digits of the number.
    number: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    /// Dashes, spaces and the case of letters do not matter.
    code: String,
}

/// Either of the two.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Qr {
    /// The instance whose QR code is scanned.
    id_instance: Option<u64>,
    /// The text in a QR code.
    content: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Typing {
    /// The time between issuing and typing, by the sandbox's clock.
    after_seconds: Seconds,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection {
    online: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewContact {
    number: PhoneNumber,
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewCall {
    /// Who is called.
    number: PhoneNumber,
    #[serde(default)]
    is_video: bool,
    end: Ending,
    /// How long the call lasts when it is answered.
    #[serde(default)]
    seconds: Seconds,
}

/// How a call ends; `missed` is one that nobody answers.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Ending {
    Answered,
    Declined,
    Missed,
}

/// Picks up a phone, and sets what others see of its owner.
#[utoipa::path(
    post,
    path = "/sandbox/phones",
    operation_id = "pickUpPhone",
    request_body(content = NewPhone, example = json!({ "number": "447700900123", "name": "Ann", "hasWhatsapp": true })),
    responses((status = 201, body = PickedUp))
)]
pub(super) async fn create(
    State(core): State<Arc<Core>>,
    Body(new): Body<NewPhone>,
) -> (StatusCode, Json<PickedUp>) {
    let phone = input::phone(&core, new.number);
    let number = phone.with(|world, number| {
        let person = world.person(number);
        if new.name.is_some() {
            person.name = new.name;
        }
        if let Some(has_whatsapp) = new.has_whatsapp {
            person.has_whatsapp = has_whatsapp;
        }
        number.to_owned()
    });
    (StatusCode::CREATED, Json(PickedUp { number }))
}

/// Returns a phone, and what is linked to it.
#[utoipa::path(
    get,
    path = "/sandbox/phones/{number}",
    operation_id = "getPhone",
    params(PhonePath),
    responses((status = 200, body = PhoneView))
)]
pub(super) async fn show(phone: NamedPhone) -> Result<Json<PhoneView>, Problem> {
    let view =
        phone.with(|world, number| phones(world).into_iter().find(|view| view.number == number));
    view.map(Json)
        .ok_or_else(|| Problem::unknown("there is no such phone"))
}

/// Types the code that `getAuthorizationCode` gave out for this number. A moment later the instance is linked.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/type-code",
    operation_id = "typeCode",
    params(PhonePath),
    request_body(content = Code, example = json!({ "code": "GAPI-2018" })),
    responses(
        (status = 204),
        (status = 409, description = "No code waits for this phone, or it is wrong or has expired.", body = Problem)
    )
)]
pub(super) async fn type_code(
    phone: NamedPhone,
    Body(Code { code }): Body<Code>,
) -> Result<StatusCode, Problem> {
    phone.with(|world, number| world.type_code(number, &code))?;
    Ok(DONE)
}

/// Types every code from now on, some time after it was issued.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/type-codes",
    operation_id = "typeCodesWhenIssued",
    params(PhonePath),
    request_body(content = Typing, example = json!({ "afterSeconds": 2 })),
    responses((status = 204))
)]
pub(super) async fn type_codes(
    phone: NamedPhone,
    Body(Typing { after_seconds }): Body<Typing>,
) -> StatusCode {
    let Seconds(after) = after_seconds;
    phone.with(|world, number| world.type_codes(number, after));
    DONE
}

/// Stops typing codes by itself. One that has been issued already is still typed.
#[utoipa::path(
    delete,
    path = "/sandbox/phones/{number}/type-codes",
    operation_id = "stopTyping",
    params(PhonePath),
    responses((status = 204))
)]
pub(super) async fn stop_typing(phone: NamedPhone) -> StatusCode {
    phone.with(|world, number| world.typing_phones.remove(number));
    DONE
}

/// Scans the QR code that an instance shows now or, with `content`, one that was read from a picture.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/scan-qr",
    operation_id = "scanQr",
    params(PhonePath),
    request_body(content = Qr, example = json!({ "idInstance": 1_101_000_001 })),
    responses(
        (status = 204),
        (status = 404, description = "There is no such instance.", body = Problem),
        (status = 409, description = "No instance shows this code now.", body = Problem)
    )
)]
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

/// Logs out every linked device on the phone.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/unlink",
    operation_id = "unlinkPhone",
    params(PhonePath),
    request_body(content = Nothing, example = json!({})),
    responses((status = 204))
)]
pub(super) async fn unlink(phone: NamedPhone, Body(Nothing {}): Body<Nothing>) -> StatusCode {
    phone.with(|world, number| world.unlink(number));
    DONE
}

/// Connects the phone or disconnects it.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/online",
    operation_id = "setOnline",
    params(PhonePath),
    request_body(content = Connection, example = json!({ "online": false })),
    responses((status = 204))
)]
pub(super) async fn set_online(
    phone: NamedPhone,
    Body(Connection { online }): Body<Connection>,
) -> StatusCode {
    phone.with(|world, number| world.set_online(number, online));
    DONE
}

/// Saves a name in the address book of the phone.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/contacts",
    operation_id = "addContact",
    params(PhonePath),
    request_body(content = NewContact, example = json!({ "number": "447700900145", "name": "Ann" })),
    responses((status = 204))
)]
pub(super) async fn add_contact(
    phone: NamedPhone,
    Body(NewContact { number: of, name }): Body<NewContact>,
) -> StatusCode {
    let id = of.chat_id().0;
    phone.with(|world, number| world.person(number).contacts.insert(id, name));
    DONE
}

/// Calls somebody, who reacts after 5 seconds by the sandbox's clock.
///
/// Instances that are linked to either phone hear of it, if their settings ask for it.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/calls",
    operation_id = "call",
    params(PhonePath),
    request_body(
        content = NewCall,
        example = json!({ "number": "447700900145", "isVideo": false, "end": "answered", "seconds": 30 })
    ),
    responses((status = 201, body = Sent))
)]
pub(super) async fn call(phone: NamedPhone, Body(call): Body<NewCall>) -> (StatusCode, Json<Sent>) {
    let PhoneNumber(callee) = call.number;
    let end = match call.end {
        Ending::Answered => CallEnd::Answered(call.seconds.0),
        Ending::Declined => CallEnd::Declined,
        Ending::Missed => CallEnd::Missed,
    };
    Sent::created(phone.with(|world, number| world.ring(number, &callee, call.is_video, end)))
}
