use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::world::linking::PhoneError;

/// Why something was not done: a word for programs and a sentence for people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    error: Word,
    message: String,
}

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Word {
    Forbidden,
    BadRequest,
    NotJson,
    NotFound,
    Taken,
    WrongMethod,
    NoCode,
    WrongCode,
    Expired,
    UnknownQr,
    NoWhatsapp,
}

impl Problem {
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Word::Forbidden, message)
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Word::BadRequest, message)
    }

    pub(crate) fn not_json() -> Self {
        let message =
            "send the header Content-Type: application/json, and a JSON body, which may be {}";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Word::NotJson, message)
    }

    pub(crate) fn unknown(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Word::NotFound, what)
    }

    pub(crate) fn taken(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Word::Taken, message)
    }

    pub(crate) fn no_whatsapp(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Word::NoWhatsapp, message)
    }

    pub(crate) fn no_such_path() -> Self {
        Self::unknown("there is nothing at this path; GET /sandbox/ lists what there is")
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Word::WrongMethod,
            "this path has other methods; GET /sandbox/ lists them",
        )
    }

    fn new(status: StatusCode, error: Word, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
        }
    }
}

impl From<PhoneError> for Problem {
    fn from(error: PhoneError) -> Self {
        let word = match error {
            PhoneError::NoCode => Word::NoCode,
            PhoneError::WrongCode => Word::WrongCode,
            PhoneError::Expired => Word::Expired,
            PhoneError::UnknownQr => Word::UnknownQr,
        };
        Self::new(StatusCode::CONFLICT, word, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
