//! The command line.

mod account;
mod catalog;
mod listen;
mod login;
mod manage;
mod parsers;
mod send;

use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use self::account::{LinkArgs, SettingsCommand};
pub(crate) use self::catalog::CatalogCommand;
pub(crate) use self::listen::ListenArgs;
pub(crate) use self::login::{LoginArgs, ProfilesCommand};
pub(crate) use self::manage::{
    CallArgs, CheckArgs, CompletionsArgs, GroupCommand, HistoryCommand, ManArgs, MembersArgs,
    PartnerCommand, QueueCommand, SandboxArgs,
};
pub(crate) use self::send::SendCommand;
use crate::failure::Exit;

const ENVIRONMENT: &str = "\
Environment:
  GREEN_API_URL             apiUrl of the instance, such as https://7103.api.greenapi.com
  GREEN_API_ID_INSTANCE     idInstance
  GREEN_API_TOKEN_INSTANCE  apiTokenInstance; it is never an argument, where others could see it
  GREEN_API_PARTNER_TOKEN   the partner token, for the operations of a partner's account
  GREEN_API_MEDIA_URL       mediaUrl, where it is not the one that belongs to apiUrl
  GREEN_API_WEBHOOK_TOKEN   webhookUrlToken, for listen --webhook
  GREEN_API_CONFIG_DIR      the folder of the profiles, instead of the user's configuration folder
  RUST_LOG                  what to log, unless -v says so: RUST_LOG=green_api=debug

The console at console.green-api.com shows the first three. Where none of them is set, the profile counts that
`green-api login` stored.";

/// Environment and exit codes, for the end of `--help`.
fn epilog() -> String {
    format!("{ENVIRONMENT}\n\n{}", Exit::help())
}

/// GREEN-API, the HTTP gateway to WhatsApp: link a phone, send, receive, manage groups, run an offline server
#[derive(Debug, Parser)]
#[command(name = "green-api", version, after_help = epilog())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub general: General,
    #[command(subcommand)]
    pub command: Command,
}

/// The command line as clap knows it.
pub(crate) fn command() -> clap::Command {
    with_pointer(Cli::command())
}

/// Below the help of every command stands where the rest is.
fn with_pointer(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|subcommand| {
        with_pointer(subcommand.after_help("Variables, profiles and exit codes: green-api --help"))
    })
}

/// Reads the command line.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let matches = command().try_get_matches()?;
    Cli::from_arg_matches(&matches)
}

#[derive(Debug, Args)]
pub(crate) struct General {
    /// The stored account to use; with `login`, the name to store it under
    #[arg(long, global = true, value_name = "NAME", display_order = 99, value_parser = parsers::profile_name)]
    pub profile: Option<String>,
    /// Write one JSON object a line to standard output, errors included
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
    /// Log requests to standard error; -vv logs everything. The token is in neither
    #[arg(short, long, global = true, display_order = 101, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Store an instance as a profile, so that it need not be named again
    ///
    /// Asks for what is not given. The token is typed without being shown, or comes from standard input; it is tried before it is stored.
    Login(LoginArgs),
    /// List and remove stored instances
    #[command(subcommand)]
    Profiles(ProfilesCommand),
    /// Link a phone: ask for a code, or show a QR code, and wait until the phone has it
    Link(LinkArgs),
    /// Print the state of the instance, such as authorized or notAuthorized
    ///
    /// An instance that is still being created has the state null.
    State(LimitArgs),
    /// Send a message
    #[command(subcommand)]
    Send(SendCommand),
    /// Print notifications as they come, or run a command for each of them, until Ctrl-C
    ///
    /// A notification is deleted from the server's queue when it has been printed, or when the command has ended with exit code 0. Until then it
    /// comes again, also after a crash.
    Listen(ListenArgs),
    /// Unlink the WhatsApp account; linking it again takes the phone
    Logout(ConfirmedArgs),
    /// Restart the instance
    Reboot(LimitArgs),
    /// Read and change the settings of the instance
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Print messages that were sent and received
    #[command(subcommand)]
    History(HistoryCommand),
    /// Say whether numbers have WhatsApp
    ///
    /// The exit code is 10 when one of them has not.
    Check(CheckArgs),
    /// Create and manage groups
    #[command(subcommand)]
    Group(GroupCommand),
    /// Show products and orders, and send products
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Look at and clear what waits to be sent or received
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Create, list and delete the instances of a partner's account
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// Call any operation by its documented name and print its answer
    Call(CallArgs),
    /// Run an offline GREEN-API with a simulated phone, until Ctrl-C
    ///
    /// It prints its address and credentials first, as lines for a shell. It starts with one instance that is not linked.
    Sandbox(SandboxArgs),
    /// Print the completions of this command for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write the pages of all commands into a folder
    Man(ManArgs),
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LimitArgs {
    /// Give up after this time, repetitions included; otherwise each attempt has the operation's own limit, usually 70
    #[arg(long, value_name = "SECONDS", value_parser = parsers::time_limit)]
    pub timeout: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ConfirmedArgs {
    /// Do not ask whether it is meant; needed where nobody can be asked
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
