//! What is known of a request that the command was stopped in.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem::take;

use crate::failure::{Exit, Failure, Stop, reads};
use crate::signals::Interrupt;

thread_local! {
    static ABANDONED: RefCell<Option<Failure>> = const { RefCell::new(None) };
}

/// A request whose answer is awaited. When it is dropped without an answer, the request was abandoned.
pub(crate) struct InFlight(Option<String>);

impl InFlight {
    pub(crate) fn new(operation: &str) -> Self {
        Self((!reads(operation)).then(|| operation.to_owned()))
    }

    pub(crate) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(operation) = self.0.take() {
            abandoned(Failure::interrupted(&operation));
        }
    }
}

/// How far a command has come that sends a request for each of its subjects. When it is dropped amid an abandoned request, that is said as well.
pub(crate) struct Progress {
    done: Vec<String>,
    current: Option<String>,
    untried: VecDeque<String>,
}

impl Progress {
    pub(crate) fn through(subjects: impl Iterator<Item = String>) -> Self {
        Self {
            done: Vec::new(),
            current: None,
            untried: subjects.collect(),
        }
    }

    /// Goes on to the next request, which may have no subject.
    pub(crate) fn next(&mut self, subject: Option<String>) {
        self.done.extend(self.current.take());
        if subject.is_some() {
            self.untried.pop_front();
        }
        self.current = subject;
    }

    pub(crate) fn subject(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Adds to the failure of a request what became of the others.
    pub(crate) fn amid(&mut self, failure: Failure) -> Failure {
        let untried = take(&mut self.untried).into();
        failure.amid(take(&mut self.done), self.current.take(), untried)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(failure) = ABANDONED.take() {
            abandoned(self.amid(failure));
        }
    }
}

/// Keeps what is to be said if the command has been interrupted: called when what it was doing is dropped.
pub(crate) fn abandoned(failure: Failure) {
    ABANDONED.set(Some(failure));
}

/// Ends an interrupted command, and says so if something may have been carried out. A program that ended the command learns that from the exit code.
/// After Ctrl-C the code stays that of Ctrl-C, at which shells end the script.
pub(crate) fn interrupted(interrupt: Interrupt) -> Stop {
    match ABANDONED.take() {
        Some(mut failure) => {
            if interrupt == Interrupt::CtrlC {
                failure.exit = Exit::Interrupted;
            }
            failure.into()
        }
        None => Stop::Interrupted,
    }
}
