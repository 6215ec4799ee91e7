//! What the commands send, and how people are shown what comes of it.

mod account;
mod check;
mod group;
mod history;
mod partner;
mod queue;
pub(crate) mod send;

use std::time::Duration;

use crate::args::{ConfirmedArgs, LimitArgs, PlainCommand};
use crate::failure::Failure;
use crate::plan::Request;

/// What a command comes down to.
pub(crate) struct Planned {
    pub requests: Vec<Request>,
    pub limit: Option<Duration>,
    pub confirm: Option<Confirm>,
}

/// What is asked before anything is sent, unless the line says yes already.
pub(crate) struct Confirm {
    pub what: String,
    pub yes: bool,
}

impl Planned {
    fn one(request: Request, limit: LimitArgs) -> Self {
        Self::all(vec![request], limit)
    }

    fn all(requests: Vec<Request>, limit: LimitArgs) -> Self {
        Self {
            requests,
            limit: limit.timeout,
            confirm: None,
        }
    }

    fn confirmed(request: Request, args: ConfirmedArgs, what: impl Into<String>) -> Self {
        Self {
            confirm: Some(Confirm {
                what: what.into(),
                yes: args.yes,
            }),
            ..Self::one(request, args.limit)
        }
    }
}

/// The commands that are one operation, or the same one for several people.
pub(crate) fn planned(command: PlainCommand) -> Result<Planned, Failure> {
    match command {
        PlainCommand::Logout(args) => Ok(account::logout(args)),
        PlainCommand::Reboot(limit) => Ok(account::reboot(limit)),
        PlainCommand::Settings(command) => account::settings(command),
        PlainCommand::History(command) => Ok(history::planned(command)),
        PlainCommand::Check(args) => Ok(check::planned(&args)),
        PlainCommand::Group(command) => group::planned(command),
        PlainCommand::Queue(command) => Ok(queue::planned(command)),
        PlainCommand::Partner(command) => partner::planned(command),
    }
}
