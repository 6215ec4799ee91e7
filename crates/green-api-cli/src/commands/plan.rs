//! Commands that call one operation, once or several times: what to send, and how to show the answer.

use std::io;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use green_api::{Answer, Call, Delivery, Error, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Task;
use super::in_flight::{InFlight, Progress};
use super::input::confirm;
use crate::account::{Account, Unlisted};
use crate::args::{ConfirmedArgs, LimitArgs};
use crate::failure::{Failure, Stop, reads};
use crate::terminal::{Event, Terminal};

type Send<A> = dyn FnOnce(&A, Option<Duration>) -> LocalBoxFuture<'_, Result<Answer, Failure>>;
type Show = dyn FnOnce(&Answer) -> Option<String>;
type Verdict = dyn FnOnce(&Answer) -> Result<(), Stop>;

/// One request, and what to do with its answer.
pub(crate) struct Step<A> {
    operation: String,
    send: Box<Send<A>>,
    subject: Option<String>,
    show: Box<Show>,
    verdict: Box<Verdict>,
}

/// Sends a request, and shows people its answer by `show`; where that returns `None`, they get the JSON.
pub(crate) fn typed<A, O: Call<Account = A>>(
    request: impl FnOnce(&A) -> Request<O> + 'static,
    show: impl FnOnce(O::Answer) -> Option<String> + 'static,
) -> Step<A> {
    untyped(request, |answer| show(read(answer)?))
}

/// Sends a request, and prints `text` once it is accepted, whatever the answer.
pub(crate) fn done<A, O: Call<Account = A>>(
    request: impl FnOnce(&A) -> Request<O> + 'static,
    text: impl Into<String>,
) -> Step<A> {
    let text = text.into();
    untyped(request, |_| Some(text))
}

/// Sends a request, and shows its answer from the JSON.
pub(crate) fn untyped<A, O: Call<Account = A>>(
    request: impl FnOnce(&A) -> Request<O> + 'static,
    show: impl FnOnce(&Answer) -> Option<String> + 'static,
) -> Step<A> {
    let send = async |account: &A, limit| answer(limit, request(account)).await;
    Step::new(O::OPERATION.id, send, show)
}

/// Calls an operation by its name, with arguments as they were typed.
pub(crate) fn by_name<A: Account>(
    operation: &str,
    arguments: Value,
    show: impl FnOnce(&Answer) -> Option<String> + 'static,
) -> Step<A> {
    let name = operation.to_owned();
    let send =
        async move |account: &A, limit| within(limit, &name, account.call(&name, arguments)).await;
    Step::new(operation, send, show)
}

/// An operation that is called with arguments that this version may not know, or that this version does not know itself.
pub(crate) fn unchecked<A: Account>(
    operation: &str,
    unlisted: Option<Unlisted>,
    arguments: Value,
    show: impl FnOnce(&Answer) -> Option<String> + 'static,
) -> Step<A> {
    let name = operation.to_owned();
    let send = async move |account: &A, limit| match unlisted {
        None => within(limit, &name, account.call_unchecked(&name, arguments)).await,
        Some(unlisted) => {
            let call = account.call_unlisted(&name, &unlisted, arguments);
            within(limit, &name, call).await
        }
    };
    Step::new(operation, send, show)
}

impl<A> Step<A> {
    fn new(
        operation: &str,
        send: impl AsyncFnOnce(&A, Option<Duration>) -> Result<Answer, Failure> + 'static,
        show: impl FnOnce(&Answer) -> Option<String> + 'static,
    ) -> Self {
        Self {
            operation: operation.to_owned(),
            send: Box::new(|account, limit| Box::pin(send(account, limit))),
            subject: None,
            show: Box::new(show),
            verdict: Box::new(|_| Ok(())),
        }
    }

    /// Names what this step is about, where a command has several.
    pub(crate) fn about(self, subject: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            ..self
        }
    }

    /// Judges the answer. [`Stop::Negative`] takes effect after the last step.
    pub(crate) fn judged(
        self,
        verdict: impl FnOnce(&Answer) -> Result<(), Stop> + 'static,
    ) -> Self {
        Self {
            verdict: Box::new(verdict),
            ..self
        }
    }
}

/// Setters for values that may be missing.
pub(crate) trait Given: Sized {
    /// Calls the setter if there is a value.
    fn given<T>(self, value: Option<T>, set: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => set(self, value),
            None => self,
        }
    }
}

impl<R> Given for R {}

/// The steps of a command, which stops at the first that fails.
pub(crate) struct Plan<A> {
    steps: Vec<Step<A>>,
    limit: Option<Duration>,
    /// What to ask the person before anything is sent.
    confirm: Option<String>,
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
            confirm: (!args.yes).then(|| what.into()),
            ..Self::one(step, args.limit)
        }
    }

    /// Finds the account, and asks for confirmation if needed.
    pub(crate) fn prepare(
        self,
        profile: Option<&str>,
        terminal: &mut Terminal,
    ) -> Result<Task, Stop> {
        let account = A::find(profile, terminal)?;
        if let Some(what) = &self.confirm {
            confirm(what, terminal)?;
        }
        Ok(Task::new(async move |terminal: &mut Terminal| {
            self.run(&account, terminal).await
        }))
    }

    /// Sends one request after the other, and shows each answer as long as there is somebody to see it.
    async fn run(self, account: &A, terminal: &mut Terminal) -> Result<(), Stop> {
        let (mut verdict, mut output) = (Ok(()), Ok(()));
        let subjects = self.steps.iter().filter_map(|step| step.subject.clone());
        let mut progress = Progress::through(subjects);
        for step in self.steps {
            progress.next(step.subject);
            let answer = (step.send)(account, self.limit).await;
            let answer = answer.map_err(|failure| progress.amid(failure))?;
            match (step.verdict)(&answer) {
                Ok(()) => {}
                Err(Stop::Negative) => verdict = Err(Stop::Negative),
                Err(stop) => return Err(stop),
            }
            if output.is_ok() {
                let subject = progress.subject();
                output = present(&step.operation, subject, &answer, step.show, terminal);
            }
        }
        match output {
            Ok(()) | Err(Stop::OutputClosed) => verdict,
            failed => failed,
        }
    }
}

/// Shows an answer.
pub(crate) fn present(
    operation: &str,
    subject: Option<&str>,
    answer: &Answer,
    show: impl FnOnce(&Answer) -> Option<String>,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let event = Event::Answer {
        operation,
        subject,
        answer: answer.raw(),
    };
    let in_doubt = answer.delivery() == Delivery::MaybeSent;
    let written = terminal.event(&event).and_then(|()| match show(answer) {
        Some(text) if text.is_empty() => {
            if !in_doubt {
                terminal.note("Nothing to show.");
            }
            Ok(())
        }
        Some(text) => terminal.result(&text),
        None => terminal.result(&format!("{:#}", answer.raw())),
    });
    match written {
        // Nor may the end of the reader hide it.
        _ if in_doubt => Err(Failure::in_doubt(operation).into()),
        Err(error) if !reads(operation) && error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unwritten(operation, &error).into())
        }
        written => Ok(written?),
    }
}

/// Decodes an answer.
pub(crate) fn read<T: DeserializeOwned>(answer: &Answer) -> Option<T> {
    answer.read().ok()
}

/// Sends a request, and returns the whole answer.
pub(crate) async fn answer<O: Call>(
    limit: Option<Duration>,
    request: Request<O>,
) -> Result<Answer, Failure> {
    within(limit, O::OPERATION.id, request.answer()).await
}

/// Awaits a call within a time limit.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    operation: &str,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    let in_flight = InFlight::new(operation);
    let result = match limit {
        None => call.await.map_err(Failure::from),
        Some(limit) => match tokio::time::timeout(limit, call).await {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => Err(Failure::timed_out(operation, limit)),
        },
    };
    in_flight.answered();
    result
}
