use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;

use crate::world::linking::PhoneError;

/// Why something was not done: a word for programs and a sentence for people.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "badRequest", message)
    }

    pub(crate) fn not_json() -> Self {
        let message =
            "send the header Content-Type: application/json, and a JSON body, which may be {}";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "notJson", message)
    }

    pub(crate) fn unknown(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", what)
    }

    pub(crate) fn taken(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "taken", message)
    }

    pub(crate) fn no_such_path() -> Self {
        Self::unknown("there is nothing at this path; GET /sandbox/ lists what there is")
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrongMethod",
            "this path has other methods; GET /sandbox/ lists them",
        )
    }

    fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
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
            PhoneError::NoCode => "noCode",
            PhoneError::WrongCode => "wrongCode",
            PhoneError::Expired => "expired",
            PhoneError::UnknownQr => "unknownQr",
        };
        Self::new(StatusCode::CONFLICT, word, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
