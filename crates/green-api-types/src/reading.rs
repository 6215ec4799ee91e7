#![doc = include_str!("reading.md")]

mod content;
mod deduplication_key;
mod journal;
mod message;
mod notification;
mod parts;
mod queued;
mod quoted;

pub use content::Content;
pub use deduplication_key::DeduplicationKey;
pub use parts::{MessageFile, PressedButton, Quoted, Reaction};

/// The text, unless there is none: empty, or a marker for what could not be read.
fn written(text: Option<&String>) -> Option<&str> {
    given(text).filter(|text| !is_placeholder(text))
}

/// The text, unless it is empty.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

/// The marker, if the text is one.
fn marker(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| is_placeholder(text))
}

/// `{{SWE001}}` and its like: <https://green-api.com/en/docs/common-errors/>.
fn is_placeholder(text: &str) -> bool {
    text.strip_prefix("{{SWE")
        .and_then(|rest| rest.strip_suffix("}}"))
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}
