#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod args;
mod call;
mod commands;
mod confirm;
mod credentials;
mod exit;
mod failure;
mod generate;
mod letters;
mod link;
mod listen;
mod logging;
mod login;
mod output;
mod plan;
mod profiles;
mod qr;
mod sandbox;
mod state;
mod text;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use green_api::Instance;
use serde_json::Value;

use crate::args::{Cli, Command, LinkArgs, SandboxArgs};
use crate::commands::send::{self, FileMessage, Sending};
use crate::commands::{Confirm, Planned};
use crate::exit::Exit;
use crate::failure::{Failure, Stop};
use crate::link::Way;
use crate::listen::Listen;
use crate::login::Login;
use crate::output::Output;
use crate::plan::{Caller, Plan, Request};

/// The `green-api` command: reads its arguments and its environment, does what they say, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error).code()),
    };
    let mut output = Output::standard(cli.general.json);
    let end = logging::start(cli.general.verbose)
        .map_err(|reason| Failure::input(reason).into())
        .and_then(|()| execute(cli, &mut output));
    let exit = match end {
        Ok(()) | Err(Stop::OutputClosed) => Exit::Done,
        Err(stop) => report(&stop, &mut output),
    };
    ExitCode::from(exit.code())
}

/// Shows help, the version, or what is wrong with the arguments.
fn usage(error: &clap::Error) -> Exit {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
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
    // Its text is the whole help.
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing; --help lists them".to_owned();
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

/// Says why the command stopped.
fn report<O: Write, E: Write>(stop: &Stop, output: &mut Output<O, E>) -> Exit {
    // Where nobody reads the reason, the exit code has to do.
    match stop {
        Stop::OutputClosed => Exit::Done,
        Stop::No => Exit::No,
        Stop::Interrupted => {
            output.clear_status();
            Exit::Interrupted
        }
        Stop::Failed(failure) => {
            let _ = output.event(&failure.event());
            output.error(&failure.message);
            failure.exit
        }
    }
}

/// A command whose input has been read and found good.
enum Task {
    Login(Login),
    /// Without an instance: in a sandbox.
    Link(Option<Instance>, LinkArgs, Way),
    State(Instance, Option<Duration>),
    Plan(Plan),
    Upload(Instance, FileMessage, Option<Duration>),
    Listen(Listen),
    Call(Caller, String, Value, Option<Duration>),
    Sandbox(SandboxArgs),
}

fn execute<O: Write, E: Write>(cli: Cli, output: &mut Output<O, E>) -> Result<(), Stop> {
    let Some(task) = prepare(cli.command, cli.general.profile.as_deref(), output)? else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                Exit::Unexpected,
                "runtime",
                format!("the system gives no means to use the network: {error}"),
            )
        })?;
    // Interrupting is how a sandbox and listening end, and how anything else is given up.
    let served = matches!(task, Task::Sandbox(_));
    let own_end = matches!(task, Task::Listen(_));
    runtime.block_on(async {
        tokio::select! {
            // First, so that it listens before anything is printed that somebody may wait for.
            biased;
            Ok(()) = tokio::signal::ctrl_c(), if !own_end => if served { Ok(()) } else { Err(Stop::Interrupted) },
            end = run(task, output) => end,
        }
    })
}

/// Reads whatever can be wrong before anything is sent. What sends nothing at all is done here.
fn prepare<O: Write, E: Write>(
    command: Command,
    profile: Option<&str>,
    output: &mut Output<O, E>,
) -> Result<Option<Task>, Stop> {
    Ok(Some(match command {
        Command::Login(args) => Task::Login(login::prepare(profile, args, output)?),
        Command::Profiles(command) => return login::profiles(&command, output).map(|()| None),
        Command::Link(args) => {
            let way = link::way(&args)?;
            let instance = if args.sandbox {
                None
            } else {
                Some(credentials::instance(profile, output)?)
            };
            Task::Link(instance, args, way)
        }
        Command::State(limit) => {
            Task::State(credentials::instance(profile, output)?, limit.timeout)
        }
        Command::Send(command) => {
            let limit = send::common(&command).limit.timeout;
            match send::sending(command)? {
                Sending::Request(request) => planned(vec![request], limit, None, profile, output)?,
                Sending::Upload(file) => {
                    Task::Upload(credentials::instance(profile, output)?, file, limit)
                }
            }
        }
        Command::Listen(args) => Task::Listen(listen::prepare(args, profile, output)?),
        Command::Call(args) if args.list => return call::list(output).map(|()| None),
        Command::Call(args) => {
            let operation = args.operation.unwrap_or_default();
            let arguments = call::arguments(&operation, args.body.as_deref(), &args.files)?;
            Task::Call(
                Caller::of(&operation, profile, output)?,
                operation,
                arguments,
                args.limit.timeout,
            )
        }
        Command::Sandbox(args) => Task::Sandbox(args),
        Command::Completions(args) => {
            return generate::completions(args.shell, output).map(|()| None);
        }
        Command::Man(args) => return generate::man(args.dir.as_deref(), output).map(|()| None),
        Command::Plain(command) => {
            let Planned {
                requests,
                limit,
                confirm,
            } = commands::planned(command)?;
            planned(requests, limit, confirm, profile, output)?
        }
    }))
}

/// What is plainly sent, once it has been confirmed where that is needed.
fn planned<O: Write, E: Write>(
    requests: Vec<Request>,
    limit: Option<Duration>,
    confirm: Option<Confirm>,
    profile: Option<&str>,
    output: &mut Output<O, E>,
) -> Result<Task, Stop> {
    let operation = requests.first().map_or("", |request| request.operation);
    let caller = Caller::of(operation, profile, output)?;
    if let Some(Confirm { what, yes }) = confirm {
        confirm::confirm(&what, yes, output)?;
    }
    Ok(Task::Plan(Plan {
        caller,
        requests,
        limit,
    }))
}

async fn run<O: Write, E: Write>(task: Task, output: &mut Output<O, E>) -> Result<(), Stop> {
    match task {
        Task::Login(login) => login::run(login, output).await,
        Task::Link(instance, args, way) => link::run(instance, way, &args, output).await,
        Task::State(instance, limit) => state::run(&instance, limit, output).await,
        Task::Plan(plan) => plan::run(plan, output).await,
        Task::Upload(instance, file, limit) => send::upload(&instance, file, limit, output).await,
        Task::Listen(listen) => listen::run(listen, output).await,
        Task::Call(caller, operation, arguments, limit) => {
            call::run(&caller, &operation, arguments, limit, output).await
        }
        Task::Sandbox(args) => sandbox::serve(&args, output).await,
    }
}
