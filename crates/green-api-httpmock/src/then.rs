//! What is answered.

use std::marker::PhantomData;

use green_api_types::operation::{Answers, Operation};
use serde::Serialize;
use serde_json::Value;

use crate::examples::{self, Failure};
use crate::unknown;

/// Sets the mock's answer; `A` is the type of a successful one.
pub struct Then<A> {
    operation: &'static Operation,
    inner: httpmock::Then,
    answer: PhantomData<A>,
}

impl<A> Then<A> {
    pub(crate) fn new(operation: &'static Operation, inner: httpmock::Then) -> Self {
        let answer = PhantomData;
        Self {
            operation,
            inner,
            answer,
        }
    }

    /// Answers with the documented answer of that name, be it a good one or a refusal with status 200.
    ///
    /// # Panics
    ///
    /// The documentation has no such example; the message lists those that it has.
    pub fn example(self, name: &str) -> Self {
        let answer = &examples::pair(self.operation, name).answer;
        if self.operation.answers != Answers::Nothing {
            self.json(answer)
        } else {
            self.with(|then| then.status(200))
        }
    }

    /// Answers 200 with this value.
    ///
    /// # Panics
    ///
    /// The value cannot be written as JSON.
    pub fn answer(self, answer: &A) -> Self
    where
        A: Serialize,
    {
        self.json(answer)
    }

    /// Answers 200 with any JSON, such as a part of an answer or one with new fields.
    ///
    /// # Panics
    ///
    /// The value cannot be written as JSON.
    pub fn json(self, body: impl Serialize) -> Self {
        self.with(|then| {
            then.status(200)
                .header("content-type", "application/json; charset=utf-8")
                .json_body_obj(&body)
        })
    }

    /// Answers with the documented error of that status: the page of the web server in front of the API if that is documented, or else the
    /// first example.
    ///
    /// # Panics
    ///
    /// The documentation has no such error; the message lists those that it has.
    pub fn error(self, status: u16) -> Self {
        let failures = examples::failures(self.operation, status);
        let page = failures
            .iter()
            .find(|failure| failure.media_type.as_deref() == Some("text/html"));
        let failure = page.unwrap_or(&failures[0]);
        self.fail(failure)
    }

    /// Answers with the documented error of that status and that name, such as 400 and `starting`.
    ///
    /// An error without a body is called `empty`. Where an error comes as JSON and as text under one name, that is the JSON, and
    /// `starting (text/plain)` is the text.
    ///
    /// # Panics
    ///
    /// The documentation has no such error; the message lists those that it has.
    pub fn documented_error(self, status: u16, name: &str) -> Self {
        let failures = examples::failures(self.operation, status);
        let failure = failures
            .iter()
            .find(|failure| failure.name == name)
            .unwrap_or_else(|| {
                let known = failures.iter().map(|failure| failure.name.as_str());
                unknown(
                    self.operation.id,
                    &format!("documented error {status}"),
                    name,
                    known,
                )
            });
        self.fail(failure)
    }

    /// Answers that the tariff's quota of the operation is used up: 466.
    ///
    /// # Panics
    ///
    /// The operation is the partner's: those have no quota.
    pub fn quota_exceeded(self) -> Self {
        self.error(466)
    }

    /// Returns httpmock's own answer, to go beyond what the documentation knows: a delay, headers, another status.
    #[must_use]
    pub fn into_inner(self) -> httpmock::Then {
        self.inner
    }

    fn fail(self, failure: &Failure) -> Self {
        let (status, rate) = (failure.status, self.operation.rate_limit);
        // The server says JSON of a 401 without a body, as well.
        let media_type = failure
            .media_type
            .as_deref()
            .or((status == 401).then_some("application/json"));
        self.with(|mut then| {
            then = then.status(status);
            if let Some(media_type) = media_type {
                then = then.header("content-type", media_type);
            }
            if let (429, Some(rate)) = (status, rate) {
                then = then
                    .header("x-ratelimit-remaining", "0")
                    .header("x-ratelimit-replenish-rate", rate.to_string());
            }
            match &failure.body {
                Value::Null => then,
                Value::String(text) if media_type != Some("application/json") => then.body(text),
                json => then.body(json.to_string()),
            }
        })
    }

    fn with(self, set: impl FnOnce(httpmock::Then) -> httpmock::Then) -> Self {
        let inner = set(self.inner);
        Self { inner, ..self }
    }
}
