//! From what the generated client saw to an [`Error`].

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::error::Error as StdError;
use std::time::Duration;

use green_api_client::multipart::UnreadableFile;
use green_api_client::{ConnectFailure, connect_failure, is_unprocessed, seconds};
use green_api_types::operation::{Answers, Effect, Operation, Refusal};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::properties::properties;
pub(crate) use super::words::clean;
use super::words::{clean_all, documented, mentioned, said, words, words_of};
use super::{ResponseRecord, TransportError};
use crate::{Delivery, Error, ErrorKind};

/// How the documented refusals with 500 begin, in small letters.
const TOO_LARGE: [&str; 2] = [
    "request entity too large",
    "file from url exceeded max upload size",
];

/// Makes an error of a failed attempt. `secrets` are taken out of the server's words: some of its errors repeat the request's path.
pub(crate) fn classify(
    operation: &Operation,
    error: TransportError<()>,
    response: &ResponseRecord,
    secrets: &[&str],
) -> Error {
    match error {
        TransportError::CommunicationError(error)
        | TransportError::ResponseBodyError(error)
        | TransportError::InvalidUpgrade(error) => {
            communication(operation, error, response, secrets)
        }
        TransportError::UnexpectedResponse(_) | TransportError::ErrorResponse(_) => {
            status(operation, response, secrets)
        }
        TransportError::InvalidResponsePayload(_, _) if response.too_long => {
            Error::new(operation.id, ErrorKind::AnswerTooLong, Delivery::Accepted)
                .with_status(response.status)
        }
        TransportError::InvalidResponsePayload(_, error) => {
            // serde says what it expected and where, never what it found, except for text in its place: that may be a message.
            let place = format!(
                "it cannot be read at line {} column {}",
                error.line(),
                error.column()
            );
            unexpected(operation, response, place)
        }
        TransportError::InvalidRequest(message) | TransportError::Custom(message) => {
            let message = clean(&message, secrets);
            Error::invalid(
                operation.id,
                message.unwrap_or_else(|| "the request cannot be built".to_owned()),
            )
        }
    }
}

/// An answer with 200 that cannot be read. Unless it is JSON, something on the way may have answered in the server's place; that a send is in doubt is
/// told by its missing id.
pub(super) fn unexpected(
    operation: &Operation,
    response: &ResponseRecord,
    message: impl Into<String>,
) -> Error {
    let is_json = || serde_json::from_slice::<IgnoredAny>(&response.body).is_ok();
    let delivery = match operation.effect {
        Effect::Changes | Effect::Once if operation.answers == Answers::Nothing || !is_json() => {
            Delivery::MaybeSent
        }
        _ => Delivery::Accepted,
    };
    Error::new(operation.id, ErrorKind::UnexpectedAnswer, delivery)
        .with_status(response.status)
        .with_message(Some(message.into()))
}

pub(crate) fn communication(
    operation: &Operation,
    error: reqwest::Error,
    response: &ResponseRecord,
    secrets: &[&str],
) -> Error {
    let error = error.without_url();
    if let Some(file) = unreadable_file(&error) {
        // Without its end it is not a request.
        return Error::file(
            operation.id,
            file.to_string(),
            Delivery::NotSent,
            "nothing was sent",
        )
        .with_source(error);
    }
    let accepted = match response.status {
        Some(200) => true,
        // The status says more than the break in the page after it.
        Some(_) => return status(operation, response, secrets).with_source(error),
        None => false,
    };
    let unsent = error.is_connect()
        || (error.is_timeout() && response.connecting)
        || (!accepted && is_unprocessed(&error));
    let delivery = if unsent || error.is_builder() {
        Delivery::NotSent
    } else if accepted {
        Delivery::Accepted
    } else {
        Delivery::MaybeSent
    };
    let (kind, message) = if error.is_builder() {
        (ErrorKind::InvalidInput, Some("the request cannot be built"))
    } else if error.is_timeout() {
        (ErrorKind::TimedOut, None)
    } else {
        match connect_failure(&error) {
            Some(ConnectFailure::Dns) => (ErrorKind::Dns, None),
            Some(ConnectFailure::CertificateName) => (ErrorKind::CertificateName, None),
            Some(ConnectFailure::CertificateExpired) => (ErrorKind::CertificateExpired, None),
            Some(ConnectFailure::CertificateUntrusted) => (ErrorKind::CertificateUntrusted, None),
            Some(ConnectFailure::Tls(why)) => (ErrorKind::Tls, Some(why)),
            Some(ConnectFailure::Proxy(why)) => (ErrorKind::Proxy, Some(why)),
            _ if unsent => (ErrorKind::Connect, None),
            _ => (ErrorKind::ConnectionLost, None),
        }
    };
    Error::new(operation.id, kind, delivery)
        .with_status(response.status)
        .with_message(message.map(str::to_owned))
        .with_source(error)
}

/// The file that failed while it was sent, if that is why.
fn unreadable_file(error: &reqwest::Error) -> Option<&UnreadableFile> {
    let mut source = StdError::source(error);
    while let Some(error) = source {
        if let Some(file) = error.downcast_ref() {
            return Some(file);
        }
        source = error.source();
    }
    None
}

fn status(operation: &Operation, response: &ResponseRecord, secrets: &[&str]) -> Error {
    let status = response.status.unwrap_or_default();
    let words = words(response, secrets);
    let said = said(response);
    let mentioned = mentioned(response);
    let has = |text: &str| said.contains(text) || mentioned.contains(text);
    let (kind, delivery) = match status {
        // The newer of the two texts for an instance without an account names both causes.
        400 if has("not authorized") => (ErrorKind::NotAuthorized, Delivery::Refused),
        400 if has("in starting process") || has("is starting") => {
            (ErrorKind::Starting, Delivery::Refused)
        }
        400 if has("is expired") => (ErrorKind::Expired, Delivery::Refused),
        400 if has("is deleted") => (ErrorKind::Deleted, Delivery::Refused),
        400 if has("webhook url is set") => (ErrorKind::WebhookUrlSet, Delivery::Refused),
        400 if has("chat limit on your tariff") => (ErrorKind::QuotaExceeded, Delivery::Refused),
        400 => (ErrorKind::BadRequest, Delivery::Refused),
        401 => (ErrorKind::Unauthorized, Delivery::Refused),
        403 => (ErrorKind::Forbidden, Delivery::Refused),
        404 | 405 => (ErrorKind::NotFound, Delivery::Refused),
        413 => (ErrorKind::TooLarge, Delivery::Refused),
        429 => (ErrorKind::RateLimited, Delivery::Refused),
        466 => (ErrorKind::QuotaExceeded, Delivery::Refused),
        499 => (ErrorKind::ClientClosedRequest, Delivery::MaybeSent),
        // Other failures may mention what is too large after the request had its effect.
        500 if TOO_LARGE.iter().any(|text| said.starts_with(text)) => {
            (ErrorKind::TooLarge, Delivery::Refused)
        }
        502..=504 => (ErrorKind::Gateway, Delivery::MaybeSent),
        500..=599 => (ErrorKind::Server, Delivery::MaybeSent),
        407 => (ErrorKind::Proxy, Delivery::MaybeSent),
        // What nobody has documented says nothing of what became of the request.
        _ => (ErrorKind::UnexpectedStatus, Delivery::MaybeSent),
    };
    let wait = match kind {
        ErrorKind::RateLimited => Some(
            response
                .retry_after
                .unwrap_or_else(|| spacing(operation, response)),
        ),
        _ => response.retry_after,
    };
    // Its texts are the server's, and `Debug` shows them.
    let quota = || {
        let mut quota = serde_json::from_slice(&response.body).ok()?;
        clean_all(&mut quota, secrets);
        serde_json::from_value(quota).ok()
    };
    let quota = (kind == ErrorKind::QuotaExceeded).then(quota).flatten();
    Error::new(operation.id, kind, delivery)
        .with_status(Some(status))
        .with_message(words)
        .with_retry_after(wait)
        .with_quota(quota)
}

/// How far apart the server wants the requests of this operation.
fn spacing(operation: &Operation, response: &ResponseRecord) -> Duration {
    // The documented rate is the slower one where they differ: 0.1 a second has no header.
    operation
        .rate_limit
        .and_then(|rate| seconds(rate.recip()))
        .or(response.spacing)
        .unwrap_or(Duration::from_secs(1))
}

/// The refusal that a 200 holds.
pub(crate) fn refusal(operation: &Operation, response: &ResponseRecord, secrets: &[&str]) -> Error {
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let wait = answer
        .get("leftTime")
        .and_then(Value::as_f64)
        .and_then(seconds);
    refused_with(
        operation,
        match &answer {
            // A text alone can be anybody's.
            Value::String(text) => documented(text),
            answer => words_of(answer).and_then(|words| clean(&words, secrets)),
        },
        response,
    )
    .with_retry_after(wait)
    .with_advice(operation.refused.map(|refused| {
        match wait {
            Some(wait) => refused
                .advice
                .replace("`leftTime`", &wait.as_secs().to_string()),
            None => refused.advice.to_owned(),
        }
    }))
}

/// Returns `true` if the answer with 200 is a refusal.
pub(crate) fn is_refusal(operation: &Operation, response: &ResponseRecord) -> bool {
    let body = &response.body;
    let is = |value: &Value, wanted: &str| match value {
        Value::String(text) => text == wanted,
        Value::Bool(flag) => wanted == if *flag { "true" } else { "false" },
        value => format!("{value}") == wanted,
    };
    operation.refused.is_some_and(|refused| {
        refused.when.iter().any(|refusal| match *refusal {
            Refusal::Equal(name, wanted) => {
                let found = properties(body, &[name]);
                found.get(name).is_some_and(|value| is(value, wanted))
            }
            Refusal::Present(name) => {
                let found = properties(body, &[name]);
                found.get(name).is_some_and(|value| !value.is_null())
            }
            Refusal::Text => {
                body.trim_ascii_start().starts_with(b"\"")
                    && serde_json::from_slice::<String>(body).is_ok()
            }
        })
    })
}

/// The server said no, in these words or in none.
pub(crate) fn refused_with(
    operation: &Operation,
    words: Option<String>,
    response: &ResponseRecord,
) -> Error {
    Error::new(operation.id, ErrorKind::Declined, Delivery::Refused)
        .with_status(response.status)
        .with_message(words)
        .with_advice(operation.refused.map(|refused| refused.advice.to_owned()))
}
