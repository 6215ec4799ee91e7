//! The commands.

mod call;
mod catalog;
mod check;
mod dead_letters;
mod exec;
mod generate;
mod group;
mod history;
mod in_flight;
mod inbox;
mod input;
mod instance;
mod interrupts;
mod link;
mod listen;
mod login;
mod mailbox;
mod mcp;
mod metrics;
mod new;
mod outbox;
mod partner;
mod plan;
mod profiles;
mod queue;
mod relay;
mod reports;
mod sandbox;
mod send;
mod settings;
mod task;
mod upload;

pub(crate) use self::exec::end_dropped;
pub(crate) use self::in_flight::interrupted;
pub(crate) use self::task::{OnInterrupt, Task};
use crate::args::Command;
use crate::failure::Stop;
use crate::terminal::Terminal;

/// Checks everything that can be wrong before anything is sent. Returns `None` if the command is already done.
pub(crate) fn prepare(
    command: Command,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Option<Task>, Stop> {
    let task = match command {
        Command::Login(args) => login::prepare(args, profile, terminal)?,
        Command::Profiles(command) => return profiles::run(&command, terminal).map(|()| None),
        Command::Link(args) => link::prepare(args, profile, terminal)?,
        Command::State(limit) => instance::state(limit, profile, terminal)?,
        Command::Send(command) => send::prepare(command, profile, terminal)?,
        Command::Listen(args) => listen::prepare(args, profile, terminal)?,
        Command::Outbox(command) => outbox::prepare(command, profile, terminal)?,
        Command::Inbox(command) => inbox::prepare(command, profile, terminal)?,
        Command::Relay(args) => relay::prepare(args, profile, terminal)?,
        Command::Logout(args) => instance::logout(args).prepare(profile, terminal)?,
        Command::Reboot(limit) => instance::reboot(limit).prepare(profile, terminal)?,
        Command::Settings(command) => {
            settings::plan(command, terminal)?.prepare(profile, terminal)?
        }
        Command::History(command) => history::plan(command).prepare(profile, terminal)?,
        Command::Check(args) => check::plan(args).prepare(profile, terminal)?,
        Command::Group(command) => group::plan(command)?.prepare(profile, terminal)?,
        Command::Catalog(command) => catalog::prepare(command, profile, terminal)?,
        Command::Queue(command) => queue::plan(command).prepare(profile, terminal)?,
        Command::Partner(command) => partner::plan(command)?.prepare(profile, terminal)?,
        Command::Call(args) if args.list => return call::list(terminal).map(|()| None),
        Command::Call(args) => call::prepare(args, profile, terminal)?,
        Command::Mcp(args) => mcp::prepare(args, profile, terminal)?,
        Command::Sandbox(args) => sandbox::prepare(args)?,
        Command::New(command) => return new::run(command, terminal).map(|()| None),
        Command::Completions(args) => {
            return generate::completions(args.shell, terminal).map(|()| None);
        }
        Command::Man(args) => return generate::man(args.dir.as_deref(), terminal).map(|()| None),
    };
    Ok(Some(task))
}
