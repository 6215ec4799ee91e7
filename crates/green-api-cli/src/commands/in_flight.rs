//! What is known of a request that the command was stopped in.

use std::cell::RefCell;

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
