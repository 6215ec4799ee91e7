//! What comes in: bodies, numbers in paths, queries; each refused with a sentence.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::instance::Instance;
use crate::phone::Phone;
use crate::world::Core;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Core>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, core: &Arc<Core>) -> Result<Self, Problem> {
        match Json::from_request(request, core).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::not_json()),
            Err(rejection) => Err(Problem::bad(rejection.body_text())),
        }
    }
}

/// What follows the question mark.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Core>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Core>) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => Err(Problem::bad(rejection.body_text())),
        }
    }
}

/// The shortest and the longest number that a phone has, in digits.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// The phone with this number. It is one that people have in their hands from now on.
pub(crate) fn phone(core: &Arc<Core>, number: &str) -> Result<Phone, Problem> {
    let is_part = |letter: char| letter.is_ascii_digit() || matches!(letter, '+' | '-' | ' ' | '(' | ')');
    let number: String = number.chars().filter(|letter| letter.is_ascii_digit() || !is_part(*letter)).collect();
    if !number.bytes().all(|digit| digit.is_ascii_digit()) || !DIGITS.contains(&number.len()) {
        return Err(Problem::bad("a phone number has 5 to 15 digits, the country code first, such as 447700900123"));
    }
    core.with(|world| {
        if world.known_phones.insert(number.clone()) {
            world.stirred = true;
        }
    });
    Ok(Phone { core: Arc::clone(core), number })
}

impl FromRequestParts<Arc<Core>> for Phone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let Path(PhonePath { number }) = path(parts, core).await?;
        phone(core, &number)
    }
}

#[derive(serde::Deserialize)]
struct PhonePath {
    number: String,
}

impl FromRequestParts<Arc<Core>> for Instance {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let Path(InstancePath { id_instance }) = path(parts, core).await?;
        instance(core, id_instance)
    }
}

/// The instance with this number, when there is one.
pub(crate) fn instance(core: &Arc<Core>, id: u64) -> Result<Instance, Problem> {
    let exists = core.with(|world| world.accounts.get(&id).is_some_and(|account| account.contract.deleted.is_none()));
    if exists { Ok(Instance { core: Arc::clone(core), id }) } else { Err(Problem::unknown(format!("there is no instance {id}"))) }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstancePath {
    id_instance: u64,
}

async fn path<T: DeserializeOwned + Send>(parts: &mut Parts, core: &Arc<Core>) -> Result<Path<T>, Problem> {
    Path::from_request_parts(parts, core).await.map_err(|rejection| Problem::bad(rejection.body_text()))
}
