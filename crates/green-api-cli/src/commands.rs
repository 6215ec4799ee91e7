//! The commands: what each reads, does and shows.

mod call;
mod check;
mod confirm;
mod generate;
mod group;
mod history;
mod instance;
mod link;
mod listen;
mod login;
mod partner;
mod plan;
mod profiles;
mod queue;
mod sandbox;
mod send;
mod settings;
mod state;
mod task;
mod upload;

pub(crate) use self::task::{OnInterrupt, Task};
use crate::args::Command;
use crate::failure::Stop;
use crate::terminal::Terminal;

/// Reads whatever can be wrong before anything is sent. `None`: the command sends nothing, and is done already.
pub(crate) fn prepare(
    command: Command,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Option<Task>, Stop> {
    let task = match command {
        Command::Login(args) => login::prepare(args, profile, terminal)?,
        Command::Profiles(command) => return profiles::run(&command, terminal).map(|()| None),
        Command::Link(args) => link::prepare(args, profile, terminal)?,
        Command::State(limit) => state::prepare(limit, profile, terminal)?,
        Command::Send(command) => send::prepare(command, profile, terminal)?,
        Command::Listen(args) => listen::prepare(args, profile, terminal)?,
        Command::Logout(args) => instance::logout(args).prepare(profile, terminal)?,
        Command::Reboot(limit) => instance::reboot(limit).prepare(profile, terminal)?,
        Command::Settings(command) => {
            settings::plan(command, terminal)?.prepare(profile, terminal)?
        }
        Command::History(command) => history::plan(command).prepare(profile, terminal)?,
        Command::Check(args) => check::plan(args).prepare(profile, terminal)?,
        Command::Group(command) => group::plan(command)?.prepare(profile, terminal)?,
        Command::Queue(command) => queue::plan(command).prepare(profile, terminal)?,
        Command::Partner(command) => partner::plan(command)?.prepare(profile, terminal)?,
        Command::Call(args) if args.list => return call::list(terminal).map(|()| None),
        Command::Call(args) => call::prepare(args, profile, terminal)?,
        Command::Sandbox(args) => sandbox::prepare(args),
        Command::Completions(args) => {
            return generate::completions(args.shell, terminal).map(|()| None);
        }
        Command::Man(args) => return generate::man(args.dir.as_deref(), terminal).map(|()| None),
    };
    Ok(Some(task))
}
