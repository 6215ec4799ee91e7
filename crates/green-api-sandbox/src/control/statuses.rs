//! The statuses that a phone publishes and sees.

use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;
use utoipa::ToSchema;

use super::DONE;
use super::chats::{MessagePath, NewFile, Sent};
use super::input::{Body, InPath, NamedPhone, Nothing, PhonePath};
use super::problem::Problem;
use crate::world::statuses::{Status, StatusContent};

/// A status as it is to be published: either `file` or `content`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStatus {
    file: Option<NewFile>,
    content: Option<StatusContent>,
}

/// Lists the statuses of others that can be seen on this phone, newest first.
///
/// These are the ones published within a day by somebody who has this number in the address book and in the audience.
#[utoipa::path(
    get,
    path = "/sandbox/phones/{number}/statuses",
    operation_id = "getStatuses",
    params(PhonePath),
    responses((status = 200, body = Vec<Status>))
)]
pub(super) async fn list(phone: NamedPhone) -> Json<Vec<Status>> {
    Json(phone.with(|world, number| world.visible_statuses(number)))
}

/// Publishes a status for everybody who has this number in the address book.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/statuses",
    operation_id = "publishStatus",
    params(PhonePath),
    request_body(
        content = NewStatus,
        example = json!({ "content": { "kind": "text", "text": "Open today", "backgroundColor": "#87CEEB", "font": "SERIF" } })
    ),
    responses((status = 201, body = Sent))
)]
pub(super) async fn publish(
    phone: NamedPhone,
    Body(new): Body<NewStatus>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let content = match (new.file, new.content) {
        (Some(file), None) => StatusContent::File(file.keep(&phone)),
        (None, Some(content)) => content,
        _ => return Err(Problem::bad("write either file or content")),
    };
    let id = phone.with(|world, number| world.publish(number, content, Vec::new(), None));
    Ok(Sent::created(id))
}

/// Views a status, which its author sees.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/statuses/{idMessage}/view",
    operation_id = "viewStatus",
    params(PhonePath, MessagePath),
    request_body(content = Nothing, example = json!({})),
    responses(
        (status = 204),
        (status = 404, description = "The status has not reached this phone.", body = Problem)
    )
)]
pub(super) async fn view(
    phone: NamedPhone,
    InPath(MessagePath { id_message }): InPath<MessagePath>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<StatusCode, Problem> {
    if phone.with(|world, number| world.view_status(number, &id_message)) {
        Ok(DONE)
    } else {
        Err(Problem::unknown("the status has not reached this phone"))
    }
}
