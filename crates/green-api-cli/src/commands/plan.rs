//! Commands that are one operation or the same one several times: what to send, and how its answer is shown.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use green_api::{Call, Error, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Task;
use super::confirm::confirm;
use crate::account::{Account, Unlisted};
use crate::args::{ConfirmedArgs, LimitArgs};
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};

type Send<A> = dyn FnOnce(&A, Option<Duration>) -> LocalBoxFuture<'_, Result<Value, Failure>>;
type Show = dyn FnOnce(&Value) -> Option<String>;
type Verdict = dyn FnOnce(&Value) -> Result<(), Stop>;

/// One request, and what becomes of its answer.
pub(crate) struct Step<A> {
    operation: String,
    send: Box<Send<A>>,
    subject: Option<String>,
    show: Box<Show>,
    verdict: Box<Verdict>,
}

/// A request, and how people are shown its answer; `None` shows it as it came.
pub(crate) fn typed<A, O: Call<Account = A>>(
    request: impl FnOnce(&A) -> Request<O> + 'static,
    show: impl FnOnce(O::Answer) -> Option<String> + 'static,
) -> Step<A> {
    untyped(request, |answer| show(read(answer)?))
}

/// A request, and what people are told when it is done, whatever the answer.
pub(crate) fn done<A, O: Call<Account = A>>(
    request: impl FnOnce(&A) -> Request<O> + 'static,
    text: impl Into<String>,
) -> Step<A> {
    let text = text.into();
    untyped(request, |_| Some(text))
}

/// A request whose answer is shown from its JSON.
pub(crate) fn untyped<A, O: Call<Account = A>>(
    request: impl FnOnce(&A) -> Request<O> + 'static,
    show: impl FnOnce(&Value) -> Option<String> + 'static,
) -> Step<A> {
    let send = async |account: &A, limit| answer(limit, request(account)).await;
    Step::new(O::OPERATION.id, send, show)
}

/// An operation that is called with what a person has typed under its documented names.
pub(crate) fn by_name<A: Account>(
    operation: &str,
    arguments: Value,
    show: impl FnOnce(&Value) -> Option<String> + 'static,
) -> Step<A> {
    let name = operation.to_owned();
    let send = async move |account: &A, limit| {
        let answer = within(limit, &name, account.call(&name, arguments)).await?;
        Ok(answer.into_raw())
    };
    Step::new(operation, send, show)
}

/// An operation that is called with arguments that this version may not know, or that this version does not know itself.
pub(crate) fn unchecked<A: Account>(
    operation: &str,
    unlisted: Option<Unlisted>,
    arguments: Value,
    show: impl FnOnce(&Value) -> Option<String> + 'static,
) -> Step<A> {
    let name = operation.to_owned();
    let send = async move |account: &A, limit| {
        let answer = match unlisted {
            None => within(limit, &name, account.call_unchecked(&name, arguments)).await?,
            Some(unlisted) => {
                let call = account.call_unlisted(&name, &unlisted, arguments);
                within(limit, &name, call).await?
            }
        };
        Ok(answer.into_raw())
    };
    Step::new(operation, send, show)
}

impl<A> Step<A> {
    fn new(
        operation: &str,
        send: impl AsyncFnOnce(&A, Option<Duration>) -> Result<Value, Failure> + 'static,
        show: impl FnOnce(&Value) -> Option<String> + 'static,
    ) -> Self {
        Self {
            operation: operation.to_owned(),
            send: Box::new(|account, limit| Box::pin(send(account, limit))),
            subject: None,
            show: Box::new(show),
            verdict: Box::new(|_| Ok(())),
        }
    }

    /// What it is about, where one command sends several.
    pub(crate) fn about(self, subject: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            ..self
        }
    }

    /// Whether the answer is the one that is hoped for. [`Stop::Negative`] ends the command after the last step.
    pub(crate) fn judged(self, verdict: impl FnOnce(&Value) -> Result<(), Stop> + 'static) -> Self {
        Self {
            verdict: Box::new(verdict),
            ..self
        }
    }
}

/// A request with options that a person may leave out.
pub(crate) trait Given: Sized {
    /// Sets an option if there is a value for it.
    fn given<T>(self, value: Option<T>, set: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => set(self, value),
            None => self,
        }
    }
}

impl<R> Given for R {}

/// What a command sends, in this order, until something fails.
pub(crate) struct Plan<A> {
    steps: Vec<Step<A>>,
    limit: Option<Duration>,
    confirm: Option<Confirm>,
}

/// What is asked before anything is sent, unless the line says yes already.
struct Confirm {
    what: String,
    yes: bool,
}

impl<A: Account> Plan<A> {
    pub(crate) fn one(step: Step<A>, limit: LimitArgs) -> Self {
        Self::all(vec![step], limit)
    }

    pub(crate) fn all(steps: Vec<Step<A>>, limit: LimitArgs) -> Self {
        Self {
            steps,
            limit: limit.timeout,
            confirm: None,
        }
    }

    pub(crate) fn confirmed(step: Step<A>, args: ConfirmedArgs, what: impl Into<String>) -> Self {
        Self {
            confirm: Some(Confirm {
                what: what.into(),
                yes: args.yes,
            }),
            ..Self::one(step, args.limit)
        }
    }

    /// Finds the account, and has it confirmed where that is needed.
    pub(crate) fn prepare(
        self,
        profile: Option<&str>,
        terminal: &mut Terminal,
    ) -> Result<Task, Stop> {
        let account = A::find(profile, terminal)?;
        if let Some(Confirm { what, yes }) = &self.confirm {
            confirm(what, *yes, terminal)?;
        }
        Ok(Task::new(async move |terminal: &mut Terminal| {
            self.run(&account, terminal).await
        }))
    }

    /// Sends one after the other and shows what comes of each.
    async fn run(self, account: &A, terminal: &mut Terminal) -> Result<(), Stop> {
        let mut end = Ok(());
        for step in self.steps {
            let answer = (step.send)(account, self.limit).await?;
            match (step.verdict)(&answer) {
                Ok(()) => {}
                Err(Stop::Negative) => end = Err(Stop::Negative),
                Err(stop) => return Err(stop),
            }
            let subject = step.subject.as_deref();
            present(&step.operation, subject, &answer, step.show, terminal)?;
        }
        end
    }
}

/// Shows an answer.
pub(crate) fn present(
    operation: &str,
    subject: Option<&str>,
    answer: &Value,
    show: impl FnOnce(&Value) -> Option<String>,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    terminal.event(&Event::Answer {
        operation,
        subject,
        answer,
    })?;
    match show(answer) {
        Some(text) if text.is_empty() => terminal.note("The answer has nothing to show."),
        Some(text) => terminal.result(&text)?,
        // A value is JSON already, so it can always be shown.
        None => terminal.result(&format!("{answer:#}"))?,
    }
    Ok(())
}

/// An answer as its type reads it.
pub(crate) fn read<T: DeserializeOwned>(answer: &Value) -> Option<T> {
    T::deserialize(answer).ok()
}

/// The answer to a request as it came, given up when the time is over.
pub(crate) async fn answer<O: Call>(
    limit: Option<Duration>,
    request: Request<O>,
) -> Result<Value, Failure> {
    let answer = within(limit, O::OPERATION.id, request.answer()).await?;
    Ok(answer.into_raw())
}

/// A call, given up when the time is over.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    operation: &str,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match limit {
        None => call.await.map_err(Failure::from),
        Some(limit) => match tokio::time::timeout(limit, call).await {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => Err(Failure::timed_out(operation, limit)),
        },
    }
}
