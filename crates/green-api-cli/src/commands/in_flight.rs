//! What is known of a request that the command was stopped in.

use std::cell::RefCell;

use green_api::operation::Operation;

use crate::failure::{Failure, Stop};

thread_local! {
    static ABANDONED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A request whose answer is awaited. When it is dropped without an answer, the request was abandoned.
pub(crate) struct InFlight(Option<String>);

impl InFlight {
    pub(crate) fn new(operation: &str) -> Self {
        let reads = Operation::find(operation).is_none_or(Operation::reads);
        Self((!reads).then(|| operation.to_owned()))
    }

    pub(crate) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(operation) = self.0.take() {
            ABANDONED.set(Some(operation));
        }
    }
}

/// Ends a command at Ctrl-C, and says so if a request may have been carried out.
pub(crate) fn interrupted() -> Stop {
    match ABANDONED.take() {
        Some(operation) => Failure::interrupted(&operation).into(),
        None => Stop::Interrupted,
    }
}
