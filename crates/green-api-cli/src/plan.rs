//! Commands that are one operation or the same one several times: what to send, and how its answer is shown.

use std::io::Write;
use std::time::Duration;

use green_api::operation::Operation;
use green_api::{Answer, Instance, Partner};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::credentials;
use crate::failure::{Failure, Stop};
use crate::output::{Event, Output};

/// Shows an answer to people, given what it is about; `None` if it is of another shape than documented.
pub(crate) type Show = fn(&Value, Option<&str>) -> Option<String>;

/// Whether an answer is the one that is hoped for, given what it is about. [`Stop::No`] ends the command after the last request.
pub(crate) type Verdict = fn(&Value, Option<&str>) -> Result<(), Stop>;

/// One operation with its arguments.
pub(crate) struct Request {
    pub operation: &'static str,
    pub arguments: Value,
    /// What it is about, where one command sends several.
    pub subject: Option<String>,
    pub show: Show,
    pub verdict: Verdict,
}

impl Request {
    pub(crate) fn new(operation: &'static str, arguments: Value, show: Show) -> Self {
        Self {
            operation,
            arguments,
            subject: None,
            show,
            verdict: |_, _| Ok(()),
        }
    }

    pub(crate) fn about(self, subject: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            ..self
        }
    }

    pub(crate) fn judged(self, verdict: Verdict) -> Self {
        Self { verdict, ..self }
    }
}

/// What a command sends, in this order, until something fails.
pub(crate) struct Plan {
    pub caller: Caller,
    pub requests: Vec<Request>,
    pub limit: Option<Duration>,
}

/// Whoever an operation is called for.
pub(crate) enum Caller {
    Instance(Instance),
    Partner(Partner),
}

impl Caller {
    /// Whoever this operation is called for, out of the variables and the profiles.
    pub(crate) fn of<O: Write, E: Write>(
        operation: &str,
        profile: Option<&str>,
        output: &mut Output<O, E>,
    ) -> Result<Self, Failure> {
        match Operation::find(operation) {
            Some(operation) if operation.family == "partner" => {
                credentials::partner(profile, output).map(Self::Partner)
            }
            _ => credentials::instance(profile, output).map(Self::Instance),
        }
    }

    /// Calls an operation by its name.
    pub(crate) async fn call<O: Write, E: Write>(
        &self,
        operation: &str,
        arguments: Value,
        limit: Option<Duration>,
        output: &mut Output<O, E>,
    ) -> Result<Value, Failure> {
        let answer = match self {
            Self::Instance(instance) => {
                output.hide(instance.credentials().token());
                within(limit, operation, instance.call(operation, arguments)).await
            }
            Self::Partner(partner) => {
                output.hide(partner.credentials().token());
                within(limit, operation, partner.call(operation, arguments)).await
            }
        };
        answer.map(Answer::into_raw)
    }
}

/// Sends one after the other and shows what comes of each.
pub(crate) async fn run<O: Write, E: Write>(
    plan: Plan,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    let mut good = true;
    for Request {
        operation,
        arguments,
        subject,
        show,
        verdict,
    } in plan.requests
    {
        let answer = plan
            .caller
            .call(operation, arguments, plan.limit, output)
            .await?;
        let subject = subject.as_deref();
        match verdict(&answer, subject) {
            Ok(()) => {}
            Err(Stop::No) => good = false,
            Err(stop) => return Err(stop),
        }
        present(operation, subject, &answer, show, output)?;
    }
    if good { Ok(()) } else { Err(Stop::No) }
}

/// Shows an answer.
pub(crate) fn present<O: Write, E: Write>(
    operation: &str,
    subject: Option<&str>,
    answer: &Value,
    show: Show,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    output.event(&Event::Answer {
        operation,
        subject,
        answer,
    })?;
    match show(answer, subject) {
        Some(text) if text.is_empty() => output.note("The answer has nothing to show."),
        Some(text) => output.result(&text)?,
        // A value is JSON already, so it can always be shown.
        None => output.result(&format!("{answer:#}"))?,
    }
    Ok(())
}

/// An answer as its type reads it.
pub(crate) fn read<T: DeserializeOwned>(answer: &Value) -> Option<T> {
    T::deserialize(answer).ok()
}

/// A request, given up when the time is over.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    operation: &str,
    request: impl Future<Output = Result<T, green_api::Error>>,
) -> Result<T, Failure> {
    match limit {
        None => request.await.map_err(Failure::from),
        Some(limit) => match tokio::time::timeout(limit, request).await {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => Err(Failure::timed_out(operation, limit)),
        },
    }
}
