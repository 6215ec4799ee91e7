//! The input of the control: bodies, numbers in paths and queries, each refused with a sentence.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::world::World;
use crate::world::core::Core;

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

/// Returns the digits of a number that is written as people write it.
fn digits(number: &str) -> Result<String, Problem> {
    let digits: String = number
        .chars()
        .filter(|letter| !matches!(letter, '+' | '-' | ' ' | '(' | ')'))
        .collect();
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || !DIGITS.contains(&digits.len()) {
        return Err(Problem::bad(
            "a phone number has 5 to 15 digits, the country code first, such as 447700900123",
        ));
    }
    Ok(digits)
}

/// Returns a chat id, which may be written as a phone number.
pub(crate) fn chat_id(text: &str) -> Result<String, Problem> {
    match text.split_once('@') {
        Some((group, "g.us"))
            if !group.is_empty()
                && group
                    .bytes()
                    .all(|letter| letter.is_ascii_digit() || letter == b'-') =>
        {
            Ok(text.to_owned())
        }
        Some((number, "c.us")) => Ok(format!("{}@c.us", digits(number)?)),
        None => Ok(format!("{}@c.us", digits(text)?)),
        Some(_) => Err(Problem::bad(
            "a chat id is a phone number and @c.us, or that of a group, which ends with @g.us",
        )),
    }
}

/// The phone that a request names.
pub(crate) struct NamedPhone {
    core: Arc<Core>,
    number: String,
}

impl NamedPhone {
    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World, &str) -> T) -> T {
        self.core.with(|world| act(world, &self.number))
    }
}

/// Returns the phone with this number, and shows it among the phones of the sandbox from now on.
pub(crate) fn phone(core: &Arc<Core>, number: &str) -> Result<NamedPhone, Problem> {
    let number = digits(number)?;
    core.with(|world| {
        if !world.people.contains_key(&number) {
            world.person(&number);
        }
    });
    let core = Arc::clone(core);
    Ok(NamedPhone { core, number })
}

impl FromRequestParts<Arc<Core>> for NamedPhone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let PhonePath { number } = path(parts, core).await?;
        phone(core, &number)
    }
}

#[derive(serde::Deserialize)]
struct PhonePath {
    number: String,
}

impl FromRequestParts<Arc<Core>> for NamedInstance {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let InstancePath { id_instance } = path(parts, core).await?;
        instance(core, id_instance)
    }
}

/// The instance that a request names.
pub(crate) struct NamedInstance {
    core: Arc<Core>,
    pub(crate) id: u64,
}

impl NamedInstance {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World, u64) -> T) -> T {
        self.core.with(|world| act(world, self.id))
    }

    /// Returns the content of the QR code that the instance shows now.
    pub(crate) fn qr(&self) -> Option<String> {
        self.with(|world, id| world.accounts[&id].qr(world.now))
    }
}

/// Returns the instance with this number, if it exists.
pub(crate) fn instance(core: &Arc<Core>, id: u64) -> Result<NamedInstance, Problem> {
    let exists = core.with(|world| {
        let account = world.accounts.get(&id);
        account.is_some_and(|account| account.contract.deleted.is_none())
    });
    if !exists {
        return Err(Problem::unknown(format!("there is no instance {id}")));
    }
    let core = Arc::clone(core);
    Ok(NamedInstance { core, id })
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstancePath {
    id_instance: u64,
}

/// Reads the named parts of the path.
pub(crate) async fn path<T: DeserializeOwned + Send, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, Problem> {
    match Path::from_request_parts(parts, state).await {
        Ok(Path(named)) => Ok(named),
        Err(rejection) => Err(Problem::bad(rejection.body_text())),
    }
}
