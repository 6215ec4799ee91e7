//! From what the generated client saw to an [`Error`].

use std::error::Error as StdError;
use std::time::Duration;

use green_api_client::multipart::UnreadableFile;
use green_api_types::operation::{Operation, Refusal};
use serde_json::Value;

use super::{ResponseRecord, TransportError};
use crate::{Delivery, Error, ErrorKind};

/// How much of the server's words is kept.
const WORDS_LIMIT: usize = 200;

/// Makes an error of a failed attempt. `secret` is taken out of the server's words: some of its errors repeat the request's path.
pub(crate) fn classify(
    operation: &Operation,
    error: TransportError<()>,
    response: &ResponseRecord,
    secret: &str,
) -> Error {
    match error {
        TransportError::CommunicationError(error)
        | TransportError::ResponseBodyError(error)
        | TransportError::InvalidUpgrade(error) => {
            communication(operation, error, response, secret)
        }
        TransportError::UnexpectedResponse(_) | TransportError::ErrorResponse(_) => {
            status(operation, response, secret)
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
            Error::new(
                operation.id,
                ErrorKind::UnexpectedAnswer,
                Delivery::Accepted,
            )
            .with_status(response.status)
            .with_message(Some(place))
        }
        TransportError::InvalidRequest(message) | TransportError::Custom(message) => {
            Error::invalid(operation.id, message.replace(secret, "***"))
        }
    }
}

pub(crate) fn communication(
    operation: &Operation,
    error: reqwest::Error,
    response: &ResponseRecord,
    secret: &str,
) -> Error {
    let error = error.without_url();
    if let Some(file) = unreadable_file(&error) {
        // A request without its end is none.
        return Error::file(
            operation.id,
            file.to_string(),
            Delivery::NotSent,
            "nothing was sent",
        )
        .with_source(error);
    }
    let accepted = match response.status {
        Some(status) if (200..300).contains(&status) => true,
        // The status says more than the break in the page after it.
        Some(_) => return status(operation, response, secret).with_source(error),
        None => false,
    };
    let (kind, delivery) = if error.is_builder() {
        (ErrorKind::InvalidInput, Delivery::NotSent)
    } else if error.is_connect() {
        (
            if error.is_timeout() {
                ErrorKind::TimedOut
            } else {
                ErrorKind::Connect
            },
            Delivery::NotSent,
        )
    } else {
        let delivery = if accepted {
            Delivery::Accepted
        } else {
            Delivery::MaybeSent
        };
        (
            if error.is_timeout() {
                ErrorKind::TimedOut
            } else {
                ErrorKind::ConnectionLost
            },
            delivery,
        )
    };
    let message =
        (kind == ErrorKind::InvalidInput).then(|| "the request cannot be built".to_owned());
    Error::new(operation.id, kind, delivery)
        .with_status(response.status)
        .with_message(message)
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

fn status(operation: &Operation, response: &ResponseRecord, secret: &str) -> Error {
    let status = response.status.unwrap_or_default();
    let words = words(response, secret);
    let has = |text: &str| {
        words
            .as_deref()
            .is_some_and(|words| words.to_ascii_lowercase().contains(text))
    };
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
        500 if has("too large") || has("exceeded max upload size") => {
            (ErrorKind::TooLarge, Delivery::Refused)
        }
        502..=504 => (ErrorKind::Gateway, Delivery::MaybeSent),
        500..=599 => (ErrorKind::Server, Delivery::MaybeSent),
        200..=299 => (ErrorKind::UnexpectedStatus, Delivery::Accepted),
        _ => (ErrorKind::UnexpectedStatus, Delivery::Refused),
    };
    let wait = match kind {
        ErrorKind::RateLimited => Some(
            response
                .retry_after
                .unwrap_or_else(|| spacing(operation, response)),
        ),
        _ => response.retry_after,
    };
    // It has texts of the server's, too, and is shown by `Debug`.
    let quota = || {
        serde_json::from_str(&String::from_utf8_lossy(&response.body).replace(secret, "***")).ok()
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
    let rate = operation
        .rate_limit
        .or(response.replenish_rate)
        .filter(|rate| *rate > 0.0)
        .unwrap_or(1.0);
    Duration::from_secs_f64(1.0 / rate)
}

/// The server's own words: out of JSON the text that is meant for people, and nothing of an HTML page.
fn words(response: &ResponseRecord, secret: &str) -> Option<String> {
    // Half of a text may end in half of the token.
    if response.incomplete {
        return None;
    }
    let text = String::from_utf8_lossy(&response.body);
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(value) => words_of(&value)?,
        Err(_)
            if response
                .content_type
                .as_deref()
                .is_some_and(|kind| kind.contains("html"))
                || text.trim_start().starts_with('<') =>
        {
            return None;
        }
        Err(_) => text.into_owned(),
    };
    clean(&text, secret)
}

/// The text for people in a JSON answer, whatever key it is under.
fn words_of(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    if let Some(list) = value.as_array() {
        return list.iter().find_map(words_of);
    }
    ["message", "error", "description", "reason", "detail", "msg"]
        .iter()
        .find_map(|key| words_of(value.get(key)?))
        .or_else(|| {
            ["correspondentsStatus", "invokeStatus", "quotaData"]
                .iter()
                .find_map(|key| {
                    let part = value.get(key)?;
                    let exceeded = part["status"]
                        .as_str()
                        .is_some_and(|status| status.contains("EXCEEDED"));
                    exceeded.then(|| words_of(part)).flatten()
                })
        })
}

/// One line, without the secret, of bearable length; `None` if nothing is left.
pub(crate) fn clean(text: &str, secret: &str) -> Option<String> {
    let text = if secret.is_empty() {
        text.to_owned()
    } else {
        text.replace(secret, "***")
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    match text.char_indices().nth(WORDS_LIMIT) {
        Some((end, _)) => Some(format!("{}…", &text[..end])),
        None if text.is_empty() => None,
        None => Some(text),
    }
}

/// The refusal that a 200 holds, if it is one.
pub(crate) fn refusal(
    operation: &Operation,
    answer: &Value,
    response: &ResponseRecord,
    secret: &str,
) -> Option<Error> {
    let when = operation.refused.map_or(&[][..], |refused| refused.when);
    let refused = when.iter().any(|refusal| match refusal {
        Refusal::Equal(property, wanted) => answer.get(property).is_some_and(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
                == *wanted
        }),
        Refusal::Present(property) => answer.get(property).is_some_and(|value| !value.is_null()),
        Refusal::Text => answer.is_string(),
    });
    refused.then(|| {
        let wait = answer
            .get("leftTime")
            .and_then(Value::as_u64)
            .map(Duration::from_secs);
        refused_with(
            operation,
            words_of(answer).and_then(|words| clean(&words, secret)),
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
    })
}

/// The server said no, in these words or in none.
pub(crate) fn refused_with(
    operation: &Operation,
    words: Option<String>,
    response: &ResponseRecord,
) -> Error {
    Error::new(operation.id, ErrorKind::Refused, Delivery::Refused)
        .with_status(response.status)
        .with_message(words)
        .with_advice(operation.refused.map(|refused| refused.advice.to_owned()))
}
