//! Everything that ends a command early.

mod exit;

use std::io;

use green_api::operation::Operation;
use green_api::{ConfigError, Delivery, Error, LinkError};
use serde::Serialize;

pub(crate) use self::exit::Exit;
use crate::text::whole_seconds;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Failure),
    /// Whoever reads the output has closed it, and wants nothing more.
    OutputClosed,
    Interrupted,
    /// Everything worked, and the answer is no.
    Negative,
}

/// What went wrong, for people and for programs: its fields are an `error` line of `--json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    pub message: String,
    #[serde(rename = "exitCode")]
    pub exit: Exit,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            kind: kind.to_owned(),
            operation: None,
            delivery: None,
            status: None,
            retry_after_seconds: None,
            message: message.into(),
        }
    }

    /// The arguments, a file or a variable cannot be used.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::Input, "invalidInput", message)
    }

    /// There is nothing to call with, or what there is cannot be used.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Exit::Input, "configuration", message)
    }

    /// The time that the person gave is over, while a request was under way.
    pub(crate) fn timed_out(operation: &str, limit: std::time::Duration) -> Self {
        let reads = Operation::find(operation).is_some_and(Operation::reads);
        let next = if reads {
            "allow more time or try again later"
        } else {
            "it may have been carried out, so look before you repeat it"
        };
        let message = format!(
            "{operation}: no complete answer within the {} s of --timeout; {next}",
            limit.as_secs_f64()
        );
        let exit = if reads { Exit::Network } else { Exit::Unsure };
        Self {
            operation: Some(operation.to_owned()),
            delivery: Some(camel_case(&Delivery::MaybeSent)),
            ..Self::new(exit, "timedOut", message)
        }
    }

    /// The same, where the answer decides whether a profile is stored.
    pub(crate) fn nothing_stored(self) -> Self {
        Self {
            message: format!("{}; nothing was stored", self.message),
            ..self
        }
    }
}

/// The name of an enum's value without fields, as JSON has it: `NotSent` becomes `notSent`.
fn camel_case(value: &impl std::fmt::Debug) -> String {
    let name = format!("{value:?}");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            exit: (&error).into(),
            kind: camel_case(&error.kind()),
            operation: Some(error.operation().to_owned()),
            delivery: Some(camel_case(&error.delivery())),
            status: error.status(),
            retry_after_seconds: error.retry_after().map(whole_seconds),
            message: error.to_string(),
        }
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        let message = error.to_string();
        match error {
            LinkError::Failed(error) => error.into(),
            LinkError::NotIssued(error) => Self {
                kind: "notIssued".to_owned(),
                exit: Exit::Refused,
                ..error.into()
            },
            LinkError::AlreadyLinked => Self::new(
                Exit::State,
                "alreadyLinked",
                format!("{message}, with --logout-first"),
            ),
            LinkError::Blocked => Self::new(Exit::State, "blocked", message),
            LinkError::NotReady(_) => Self::new(Exit::State, "notReady", message),
            LinkError::PasskeyRequired => Self::new(Exit::State, "passkeyRequired", message),
            LinkError::Expired => Self::new(Exit::NotTyped, "codeExpired", message),
            LinkError::TimedOut => Self::new(Exit::NotTyped, "timedOut", message),
            _ => Self::new(Exit::Unexpected, "unexpected", message),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let exit = if matches!(error, ConfigError::Tls(_)) {
            Exit::Unexpected
        } else {
            Exit::Input
        };
        Self::new(exit, "configuration", error.to_string())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<io::Error> for Stop {
    /// Input is read with errors of its own, so this is the output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Failed(Failure::new(
                Exit::Unexpected,
                "output",
                format!("the output cannot be written: {error}"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_link_has_its_code() {
        for (error, exit, kind) in [
            (LinkError::AlreadyLinked, Exit::State, "alreadyLinked"),
            (LinkError::Blocked, Exit::State, "blocked"),
            (LinkError::NotReady(None), Exit::State, "notReady"),
            (LinkError::Expired, Exit::NotTyped, "codeExpired"),
            (LinkError::TimedOut, Exit::NotTyped, "timedOut"),
        ] {
            let failure = Failure::from(error);
            assert_eq!((failure.exit, failure.kind.as_str()), (exit, kind));
        }
    }
}
