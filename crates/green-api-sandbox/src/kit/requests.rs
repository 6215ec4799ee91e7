//! The record of the latest requests, without their tokens.

use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use serde::Serialize;
use utoipa::ToSchema;

use super::clock::rfc3339;
use super::secrets;

/// How many requests are remembered: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;
/// How many of them with the body of their answer.
const KEPT_ANSWERS: usize = 200;
/// How much of the body of an answer is remembered, in bytes.
const KEPT_OF_ANSWER: usize = 4 * 1024;
/// How many requests are remembered with their bodies.
const KEPT_BODIES: usize = 1_000;
/// How much of the body of a request is remembered, in bytes.
const KEPT_OF_BODY: usize = 32 * 1024;
/// The most that is searched for secrets, in bytes. What is cut off must not split a token, so it is cut long after what is kept.
const SEARCHED: usize = 128 * 1024;

/// A request that reached the sandbox. It never holds a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct Request {
    /// The `operationId`, such as `getAuthorizationCode`; absent if no route matched.
    pub operation: Option<String>,
    /// The HTTP verb.
    pub method: String,
    /// The path without its query, with `***` in place of the token.
    pub path: String,
    /// The body, if it is text such as JSON, with `***` in place of tokens: up to 32 KB of it, and with the latest 1,000 requests. Absent until it has
    /// arrived. Forms with files are not text.
    pub body: Option<String>,
    /// The HTTP status of the answer; absent before it is sent, and for good if either side closed the connection first.
    pub status: Option<u16>,
    /// The time of arrival, by the sandbox's clock.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: SystemTime,
}

/// The part of an answer that is remembered. It never holds a token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(crate) content_type: Option<&'static str>,
    /// The beginning of the body, if it is text.
    pub(crate) text: Option<String>,
    /// How long the whole body is, in bytes.
    pub(crate) size: usize,
}

impl Answer {
    pub(crate) fn new(content_type: Option<&'static str>, body: &[u8], secrets: &[String]) -> Self {
        Self {
            content_type,
            text: beginning(body, secrets, KEPT_OF_ANSWER),
            size: body.len(),
        }
    }
}

impl Request {
    /// Returns the body as JSON; `None` if it is not JSON, or longer than what is remembered.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }
}

/// Returns what is remembered of the body of a request; `None` if it is empty or not text.
pub(crate) fn text_of(body: &[u8], secrets: &[String]) -> Option<String> {
    beginning(body, secrets, KEPT_OF_BODY).filter(|text| !text.is_empty())
}

/// Returns the first `kept` bytes of a text, without secrets.
fn beginning(body: &[u8], secrets: &[String], kept: usize) -> Option<String> {
    let searched = &body[..body.len().min(SEARCHED)];
    let text = match str::from_utf8(searched) {
        Ok(text) => text,
        // The cut went through a letter.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&searched[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let mut text = secrets::mask_in_text(text, secrets);
    let end = (0..=kept.min(text.len()))
        .rev()
        .find(|place| text.is_char_boundary(*place));
    text.truncate(end.unwrap_or_default());
    Some(text)
}

/// A request under its number, which counts from 0.
#[derive(Serialize, ToSchema)]
pub(crate) struct Entry {
    pub(crate) number: usize,
    #[serde(flatten)]
    pub(crate) request: Request,
    /// Older ones have lost it.
    pub(crate) answer: Option<Answer>,
}

/// The latest requests, oldest first.
#[derive(Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Entry>,
    arrived: usize,
    /// How many were answered, by operation and status.
    answered: BTreeMap<(String, u16), u64>,
}

impl RequestLog {
    /// Records a request and returns the number under which its answer is recorded.
    pub(crate) fn arrived(&mut self, request: Request) -> usize {
        let number = self.arrived;
        self.arrived += 1;
        self.entries.push_back(Entry {
            number,
            request,
            answer: None,
        });
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
        if let Some(old) = number.checked_sub(KEPT_ANSWERS)
            && let Some(entry) = self.entry(old)
        {
            entry.answer = None;
        }
        if let Some(old) = number.checked_sub(KEPT_BODIES)
            && let Some(entry) = self.entry(old)
        {
            entry.request.body = None;
        }
        number
    }

    /// Records the body of a request.
    pub(crate) fn came_with(&mut self, number: usize, body: Option<String>) {
        let is_recent = self.arrived - number <= KEPT_BODIES;
        if let Some(entry) = self.entry(number) {
            entry.request.body = body.filter(|_| is_recent);
        }
    }

    pub(crate) fn answered(&mut self, number: usize, status: u16, answer: Answer) {
        let is_recent = self.arrived - number <= KEPT_ANSWERS;
        let mut operation = None;
        if let Some(entry) = self.entry(number) {
            entry.request.status = Some(status);
            entry.answer = Some(answer).filter(|_| is_recent);
            operation.clone_from(&entry.request.operation);
        }
        let operation = operation.unwrap_or_else(|| "unknown".to_owned());
        *self.answered.entry((operation, status)).or_default() += 1;
    }

    /// Returns how many requests were answered, by operation and status.
    pub(crate) fn counts(&self) -> BTreeMap<(String, u16), u64> {
        self.answered.clone()
    }

    fn entry(&mut self, number: usize) -> Option<&mut Entry> {
        let first = self.entries.front()?.number;
        self.entries.get_mut(number.checked_sub(first)?)
    }

    /// Returns how often an operation was called, as far as requests are remembered.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let calls = self
            .entries
            .iter()
            .filter(|entry| entry.request.operation.as_deref() == Some(operation));
        calls.count()
    }

    /// Returns the latest requests, newest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    pub(crate) fn entries(&self) -> Vec<Request> {
        self.entries
            .iter()
            .map(|entry| entry.request.clone())
            .collect()
    }
}
