#![doc = include_str!("reading.md")]
// For a new accessor, touch:
//
// 1. `reading/content.rs`: a line in `accessors!` with the documentation, and the rule of the same name in `Fields`. If the rule needs
//    a field that `Fields` lacks, add it there and to `payload!`, which does not compile until notifications, journals and quotes have
//    the property in the spec; `queued.rs` is where a queued message's is set. `has_content` may have to know of it.
// 2. `tests/tests/reading/content.rs`: a line in `content`. Run it with `INSTA_UPDATE=always` and look at the difference.
// 3. `reading.md`: a column, if it matters which field it is.

mod content;
mod deduplication_key;
mod journal;
mod message;
mod notification;
mod parts;
mod poll;
mod queued;
mod quoted;
mod status;

use crate::models::MessageId;

pub use content::Content;
pub use deduplication_key::DeduplicationKey;
pub use parts::{MessageFile, PressedButton, Quoted, Reaction};

/// Returns the text, unless it is empty or a marker for what could not be read.
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

/// Returns the id, unless it is empty.
fn identified(id: Option<&MessageId>) -> Option<&MessageId> {
    id.filter(|id| !id.is_empty())
}
