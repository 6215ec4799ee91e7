//! The reasons for a command to end early.

mod exit;

use std::fmt::Display;
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
    /// The reader of the output has closed it.
    OutputClosed,
    Interrupted,
    /// Everything worked, and the answer is "no".
    Negative,
}

/// An error, for people and for programs: it is the body of an `error` line of `--json`.
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

    /// Reports arguments, a file or a variable that cannot be used.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::Input, "invalidInput", message)
    }

    /// Reports missing or unusable credentials.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Exit::Input, "configuration", message)
    }

    /// Reports input for which no request was sent.
    pub(crate) fn unsent(message: impl Display) -> Self {
        Self::input(format!("{message}; nothing was sent"))
    }

    /// Reports input that cannot be read.
    pub(crate) fn unreadable(what: impl Display, error: &io::Error) -> Self {
        Self::unsent(format!("cannot read {what}: {error}"))
    }

    /// Reports a request that took longer than `--timeout` allows.
    pub(crate) fn timed_out(operation: &str, limit: std::time::Duration) -> Self {
        let (exit, advice) = if reads(operation) {
            (Exit::Network, "allow more time or try again later")
        } else {
            (
                Exit::Unsure,
                "it may have been carried out, so check before you retry",
            )
        };
        let message = format!(
            "{operation}: no complete response within the {} s of --timeout; {advice}",
            limit.as_secs_f64()
        );
        Self::new(exit, "timedOut", message).of(operation, Delivery::MaybeSent)
    }

    /// Reports that the command was interrupted while the answer to a request was awaited that changes or sends something.
    pub(crate) fn interrupted(operation: &str) -> Self {
        let message = format!(
            "{operation}: interrupted before its response was complete; it may have been carried out, so check before you retry"
        );
        Self::new(Exit::Unsure, "interrupted", message).of(operation, Delivery::MaybeSent)
    }

    /// Reports that a request was carried out, and its response cannot be written. A script must not repeat it.
    pub(crate) fn unwritten(operation: &str, error: &io::Error) -> Self {
        let message = format!(
            "{operation}: it was accepted, but the output cannot be written: {error}; do not repeat it"
        );
        Self::new(Exit::Unsure, "output", message).of(operation, Delivery::Accepted)
    }

    /// Reports a send that was answered without the id of the message, or an unlisted operation whose answer is not JSON. Something on the way may
    /// have answered in the server's place.
    pub(crate) fn in_doubt(operation: &str) -> Self {
        let (what, look) = if Operation::find(operation).is_some() {
            (
                "it does not have the id of the message",
                ", such as with `green-api history outgoing`",
            )
        } else {
            ("it is not JSON", "")
        };
        let message = format!(
            "{operation}: the answer is not as documented (HTTP 200): {what}; it may have been carried out, so look before you repeat it{look}"
        );
        Self {
            status: Some(200),
            ..Self::new(Exit::Unsure, "unexpectedAnswer", message)
                .of(operation, Delivery::MaybeSent)
        }
    }

    /// Adds what became of the other requests of a command that sends one for each subject.
    pub(crate) fn amid(
        self,
        done: Vec<String>,
        current: Option<String>,
        untried: Vec<String>,
    ) -> Self {
        let outcome = match self.exit {
            Exit::Unsure => "in doubt",
            _ => "failed",
        };
        let exit = match self.exit {
            // They promise that nothing was changed.
            Exit::Input | Exit::Network if !done.is_empty() => Exit::Unsure,
            exit => exit,
        };
        let mut message = self.message;
        if !(done.is_empty() && untried.is_empty()) {
            let current = current.into_iter().collect();
            for (what, who) in [("done", done), (outcome, current), ("not tried", untried)] {
                if !who.is_empty() {
                    message += &format!("; {what}: {}", who.join(", "));
                }
            }
        }
        Self {
            exit,
            message,
            ..self
        }
    }

    /// Names the request, and what became of it.
    fn of(self, operation: &str, delivery: Delivery) -> Self {
        Self {
            operation: Some(operation.to_owned()),
            delivery: Some(camel_case(&delivery)),
            ..self
        }
    }

    /// Adds that no profile was stored.
    pub(crate) fn nothing_stored(self) -> Self {
        Self {
            message: format!("{}; nothing was stored", self.message),
            ..self
        }
    }
}

/// Returns `true` if an operation only reads. One that this version does not know may do anything.
pub(crate) fn reads(operation: &str) -> bool {
    Operation::find(operation).is_some_and(Operation::reads)
}

/// Returns the name of a fieldless enum variant in JSON: `NotSent` becomes `notSent`.
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
        let (exit, kind) = match error {
            LinkError::Failed(error) => return error.into(),
            LinkError::NotIssued(error) => {
                return Self {
                    kind: "notIssued".to_owned(),
                    exit: Exit::Refused,
                    ..error.into()
                };
            }
            LinkError::AlreadyLinked => {
                let message = format!("{message}, with --logout-first");
                return Self::new(Exit::State, "alreadyLinked", message);
            }
            LinkError::Blocked => (Exit::State, "blocked"),
            LinkError::NotReady(_) => (Exit::State, "notReady"),
            LinkError::PasskeyRequired => (Exit::State, "passkeyRequired"),
            LinkError::Expired => (Exit::NotTyped, "codeExpired"),
            LinkError::TimedOut => (Exit::NotTyped, "timedOut"),
            _ => (Exit::Unexpected, "unexpected"),
        };
        Self::new(exit, kind, message)
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

impl Stop {
    /// Reports that something was done here, and the output cannot be written.
    pub(crate) fn done(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::OutputClosed;
        }
        let message =
            format!("it was done, but the output cannot be written: {error}; do not repeat it");
        Failure::new(Exit::Unsure, "output", message).into()
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
    /// Errors of reading input are converted elsewhere, so this is an error of the output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Failed(Failure::new(
                Exit::Unexpected,
                "output",
                format!("cannot write the output: {error}"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_was_changed_is_not_said_once_something_was() {
        let failed = |exit, done: &[&str]| {
            let done = done.iter().copied().map(str::to_owned).collect();
            let failure = Failure::new(exit, "kind", "no");
            failure.amid(done, Some("b".to_owned()), vec!["c".to_owned()])
        };
        for (exit, after) in [
            (Exit::Network, Exit::Unsure),
            (Exit::Input, Exit::Unsure),
            (Exit::Refused, Exit::Refused),
        ] {
            let (first, second) = (failed(exit, &[]), failed(exit, &["a"]));
            assert_eq!((first.exit, second.exit), (exit, after));
            assert_eq!(first.message, "no; failed: b; not tried: c");
            assert_eq!(second.message, "no; done: a; failed: b; not tried: c");
        }
        let alone = Failure::input("no").amid(Vec::new(), Some("a".to_owned()), Vec::new());
        assert_eq!(alone.message, "no");
    }

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
