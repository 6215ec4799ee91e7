//! The input of the control: bodies, numbers in paths and queries, each refused with a sentence.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::problem::Problem;
use crate::world::World;
use crate::world::core::Core;

/// A JSON body, which is always an object.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Core>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, core: &Arc<Core>) -> Result<Self, Problem> {
        match Json::<Map<String, Value>>::from_request(request, core).await {
            // Left to itself, serde takes a list of values for an object.
            Ok(Json(fields)) => T::deserialize(Value::Object(fields))
                .map(Self)
                .map_err(|error| Problem::bad(error.to_string())),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::not_json()),
            Err(rejection) => Err(Problem::bad(rejection.body_text())),
        }
    }
}

/// The body of a request that says everything by its path: `{}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

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

/// The named parts of the path.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Core>> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, core).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(rejection) => Err(Problem::bad(rejection.body_text())),
        }
    }
}

/// A phone number, written as people write it and kept as its digits.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PhoneNumber(pub(crate) String);

/// The shortest and the longest number that a phone has, in digits.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

impl TryFrom<String> for PhoneNumber {
    type Error = &'static str;

    fn try_from(number: String) -> Result<Self, Self::Error> {
        let digits: String = number
            .chars()
            .filter(|letter| !matches!(letter, '+' | '-' | ' ' | '(' | ')'))
            .collect();
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) || !DIGITS.contains(&digits.len()) {
            return Err(
                "a phone number has 5 to 15 digits, the country code first, such as 447700900123",
            );
        }
        Ok(Self(digits))
    }
}

impl ToSchema for PhoneNumber {}

impl PartialSchema for PhoneNumber {
    fn schema() -> RefOr<Schema> {
        text(
            "A phone number, the country code first. `+`, `-`, spaces and brackets do not count.",
            r"^[-+ ()]*([0-9][-+ ()]*){5,15}$",
            "447700900123",
        )
    }
}

/// A chat id, which may be written as a phone number.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ChatId(pub(crate) String);

impl TryFrom<String> for ChatId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let of_person =
            |number: &str| PhoneNumber::try_from(number.to_owned()).map(|number| number.chat_id());
        match text.split_once('@') {
            Some((group, "g.us"))
                if !group.is_empty()
                    && group
                        .bytes()
                        .all(|letter| letter.is_ascii_digit() || letter == b'-') =>
            {
                Ok(Self(text))
            }
            Some((number, "c.us")) => of_person(number),
            None => of_person(&text),
            Some(_) => Err(
                "a chat id is a phone number and @c.us, or that of a group, which ends with @g.us",
            ),
        }
    }
}

impl ToSchema for ChatId {}

impl PartialSchema for ChatId {
    fn schema() -> RefOr<Schema> {
        text(
            "A chat id: a phone number, with or without `@c.us`, or the id of a group, which ends with `@g.us`.",
            r"^([-+ ()]*([0-9][-+ ()]*){5,15}(@c\.us)?|[-0-9]+@g\.us)$",
            "447700900145@c.us",
        )
    }
}

impl PhoneNumber {
    /// Returns the chat with this person.
    pub(crate) fn chat_id(&self) -> ChatId {
        ChatId(format!("{}@c.us", self.0))
    }
}

/// A duration as a number of seconds, up to a year.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub(crate) struct Seconds(pub(crate) Duration);

/// A year, in seconds.
const YEAR: f64 = 31_536_000.0;

impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        if (0.0..=YEAR).contains(&seconds) {
            Ok(Self(Duration::from_secs_f64(seconds)))
        } else {
            Err("seconds must be from 0 to 31536000, which is a year")
        }
    }
}

impl From<Seconds> for f64 {
    fn from(Seconds(duration): Seconds) -> Self {
        duration.as_secs_f64()
    }
}

impl ToSchema for Seconds {}

impl PartialSchema for Seconds {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0.0))
            .maximum(Some(YEAR))
            .into()
    }
}

/// Bytes in Base64.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Base64(pub(crate) Vec<u8>);

impl TryFrom<String> for Base64 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bytes = STANDARD.decode(text);
        bytes
            .map(Self)
            .map_err(|error| format!("it is not Base64: {error}"))
    }
}

impl ToSchema for Base64 {}

impl PartialSchema for Base64 {
    fn schema() -> RefOr<Schema> {
        text(
            "Bytes in Base64.",
            "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
            "SGVsbG8=",
        )
    }
}

/// Returns the schema of a text of a certain form.
fn text(description: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(Some(pattern))
        .examples([example])
        .into()
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
pub(crate) fn phone(core: &Arc<Core>, PhoneNumber(number): PhoneNumber) -> NamedPhone {
    core.with(|world| {
        if !world.people.contains_key(&number) {
            world.person(&number);
        }
    });
    let core = Arc::clone(core);
    NamedPhone { core, number }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PhonePath {
    /// The number of the phone. A phone that nobody has used is picked up.
    number: PhoneNumber,
}

impl FromRequestParts<Arc<Core>> for NamedPhone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let InPath(PhonePath { number }) = InPath::from_request_parts(parts, core).await?;
        Ok(phone(core, number))
    }
}

/// The instance that a request names.
pub(crate) struct NamedInstance {
    pub(crate) core: Arc<Core>,
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

/// Returns the instance with this number, if it exists and has not been deleted.
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

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Path)]
pub(crate) struct InstancePath {
    /// The number of the instance.
    #[param(
        minimum = 1,
        maximum = 9_007_199_254_740_990_u64,
        example = 1_101_000_001
    )]
    pub(crate) id_instance: u64,
}

impl FromRequestParts<Arc<Core>> for NamedInstance {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let InPath(InstancePath { id_instance }) = InPath::from_request_parts(parts, core).await?;
        instance(core, id_instance)
    }
}

/// Returns the address of the API: where the sandbox was reached just now it can be reached again, whatever lies between.
pub(crate) fn api_url(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or_default())
}

/// How long a change is waited for when nothing else is asked for, in seconds.
const WAIT: f64 = 25.0;
const LONGEST_WAIT: f64 = 60.0;

/// Waits until something is so, but no longer than a number of seconds, from 0 to 60 and otherwise 25.
pub(crate) async fn wait_until(
    core: &Core,
    seconds: Option<f64>,
    is_so: impl Fn(&mut World) -> bool,
) -> Result<(), Problem> {
    let seconds = seconds.unwrap_or(WAIT);
    if !(0.0..=LONGEST_WAIT).contains(&seconds) {
        return Err(Problem::bad("wait must be from 0 to 60 seconds"));
    }
    let so = core.wait_for(None, |world| is_so(world).then_some(()));
    let mut closed = core.closed.subscribe();
    tokio::select! {
        _ = so => {}
        _ = closed.wait_for(|closed| *closed) => {}
        // By the watch on the wall, even where the sandbox's clock stands still: this is about connections, not about the world.
        () = tokio::time::sleep(Duration::from_secs_f64(seconds)) => {}
    }
    Ok(())
}
