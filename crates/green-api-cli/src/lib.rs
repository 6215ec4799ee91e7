#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod args;
mod call;
mod exit;
mod failure;
mod letters;
mod link;
mod logging;
mod output;
mod sandbox;
mod state;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use green_api::{Instance, PhoneNumber};
use serde_json::Value;

use crate::args::{CallArgs, Cli, Command, LinkArgs, SandboxArgs};
use crate::call::Caller;
use crate::exit::Exit;
use crate::failure::{Failure, Stop};
use crate::output::Output;

/// The `green-api` command: reads its arguments and its environment, does what they say, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error).code()),
    };
    let mut output = Output::standard(cli.general.json);
    let end = logging::start(cli.general.verbose).map_err(|reason| Failure::input(reason).into()).and_then(|()| execute(cli.command, &mut output));
    let exit = match end {
        Ok(()) | Err(Stop::OutputClosed) => Exit::Done,
        Err(stop) => report(&stop, &mut output),
    };
    ExitCode::from(exit.code())
}

/// Shows help, the version, or what is wrong with the arguments.
fn usage(error: &clap::Error) -> Exit {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // The arguments cannot be read, so whether they ask for JSON is a guess, and a good one.
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json && !asked_for {
        let failure = Failure::new(Exit::Input, "usage", usage_sentence(error));
        return report(&Stop::Failed(failure), &mut Output::standard(true));
    }
    match error.print() {
        // Nobody reads it.
        Err(_) | Ok(()) if asked_for => Exit::Done,
        _ => Exit::Input,
    }
}

/// The first paragraph of what is wrong with the arguments.
fn usage_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let sentence: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let sentence = sentence.join(" ");
    sentence.strip_prefix("error: ").unwrap_or(&sentence).to_owned()
}

/// Says why the command stopped.
fn report<O: Write, E: Write>(stop: &Stop, output: &mut Output<O, E>) -> Exit {
    // Where nobody reads the reason, the exit code has to do.
    match stop {
        Stop::OutputClosed => Exit::Done,
        Stop::Interrupted => {
            output.clear_status();
            Exit::Interrupted
        }
        Stop::Failed(failure) => {
            let _ = output.event(&failure.event());
            output.note(&format!("error: {}", failure.message));
            failure.exit
        }
    }
}

/// A command whose input has been read and found good.
enum Task {
    /// Without an instance: in a sandbox.
    Link(Option<Instance>, PhoneNumber, LinkArgs),
    State(Instance, Option<Duration>),
    Call(Caller, String, Value, Option<Duration>),
    Sandbox(SandboxArgs),
}

fn execute<O: Write, E: Write>(command: Command, output: &mut Output<O, E>) -> Result<(), Stop> {
    let task = match command {
        Command::Call(CallArgs { list: true, .. }) => return call::list(output),
        command => prepare(command)?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Unexpected, "runtime", format!("the system gives no means to use the network: {error}")))?;
    // Interrupting is how a sandbox ends, and how anything else is given up.
    let served = matches!(task, Task::Sandbox(_));
    runtime.block_on(async {
        tokio::select! {
            // First, so that it listens before anything is printed that somebody may wait for.
            biased;
            Ok(()) = tokio::signal::ctrl_c() => if served { Ok(()) } else { Err(Stop::Interrupted) },
            end = run(task, output) => end,
        }
    })
}

/// Reads whatever can be wrong before anything is sent.
fn prepare(command: Command) -> Result<Task, Failure> {
    Ok(match command {
        Command::Link(args) => {
            let phone = args.phone.parse().map_err(|error: green_api::ParsePhoneNumberError| Failure::input(error.to_string()))?;
            let instance = if args.sandbox { None } else { Some(Instance::from_env()?) };
            Task::Link(instance, phone, args)
        }
        Command::State(args) => Task::State(Instance::from_env()?, args.limit.timeout),
        Command::Call(args) => {
            let operation = args.operation.unwrap_or_default();
            let arguments = call::arguments(&operation, args.body.as_deref(), &args.files)?;
            Task::Call(Caller::of(&operation)?, operation, arguments, args.limit.timeout)
        }
        Command::Sandbox(args) => Task::Sandbox(args),
    })
}

async fn run<O: Write, E: Write>(task: Task, output: &mut Output<O, E>) -> Result<(), Stop> {
    match task {
        Task::Link(instance, phone, args) => link::run(instance, phone, &args, output).await,
        Task::State(instance, limit) => state::run(&instance, limit, output).await,
        Task::Call(caller, operation, arguments, limit) => call::run(&caller, &operation, arguments, limit, output).await,
        Task::Sandbox(args) => sandbox::serve(&args, output).await,
    }
}
