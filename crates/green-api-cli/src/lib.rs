#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account;
mod args;
mod commands;
mod failure;
mod logging;
mod run;
mod signals;
mod terminal;
mod text;

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};

/// Runs the `green-api` command with the process's arguments and environment, and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    signals::fail_large_writes();
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error).code()),
    };
    let mut terminal = Terminal::standard(cli.general.json);
    let end = run::run(cli, &mut terminal);
    let exit = match end {
        Ok(()) | Err(Stop::OutputClosed) => Exit::Done,
        Err(stop) => report(&stop, &mut terminal),
    };
    ExitCode::from(exit.code())
}

/// Prints help, the version, or a usage error.
fn usage(error: &clap::Error) -> Exit {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // The arguments could not be parsed, so this is a guess, though a good one.
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json && !asked_for {
        let failure = Failure::new(Exit::Input, "usage", usage_sentence(error));
        return report(&Stop::Failed(failure), &mut Terminal::standard(true));
    }
    match error.print() {
        // If it cannot be printed, nobody reads it.
        Err(_) | Ok(()) if asked_for => Exit::Done,
        _ => Exit::Input,
    }
}

/// Returns the first paragraph of a usage error.
fn usage_sentence(error: &clap::Error) -> String {
    // The text of this error is the whole help.
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "no command given; --help lists them".to_owned();
    }
    let text = error.to_string();
    let sentence: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let sentence = sentence.join(" ");
    sentence
        .strip_prefix("error: ")
        .unwrap_or(&sentence)
        .to_owned()
}

/// Reports why the command stopped, and returns its exit code.
fn report(stop: &Stop, terminal: &mut Terminal) -> Exit {
    // If the message cannot be written, the exit code has to suffice.
    match stop {
        Stop::OutputClosed => Exit::Done,
        Stop::Negative => Exit::Negative,
        Stop::Interrupted => {
            terminal.clear_status();
            Exit::Interrupted
        }
        Stop::Failed(failure) => {
            terminal.clear_status();
            let _ = terminal.event(&Event::Error(failure));
            terminal.error(&failure.message);
            failure.exit
        }
    }
}
