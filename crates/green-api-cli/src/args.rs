//! The command line.

mod account;
mod catalog;
mod listen;
mod login;
mod mailbox;
mod manage;
mod mcp;
mod new;
mod parsers;
mod send;

use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use self::account::{LinkArgs, SettingsCommand};
pub(crate) use self::catalog::CatalogCommand;
pub(crate) use self::listen::ListenArgs;
pub(crate) use self::login::{LoginArgs, ProfilesCommand};
pub(crate) use self::mailbox::{
    AddArgs, EntryState, InboxCommand, KeyArgs, ListArgs, OutboxCommand, ParkedArgs, RelayArgs,
    ReplayArgs, RetryArgs, RunInboxArgs, RunOutboxArgs, StoreArgs,
};
pub(crate) use self::manage::{
    CallArgs, CheckArgs, CompletionsArgs, GroupCommand, HistoryCommand, ManArgs, MembersArgs,
    PartnerCommand, QueueCommand, RecentArgs, SandboxArgs,
};
pub(crate) use self::mcp::McpArgs;
pub(crate) use self::new::{NewBotArgs, NewCommand};
pub(crate) use self::send::SendCommand;
use crate::failure::Exit;

const ENVIRONMENT: &str = "\
Environment:
  GREEN_API_URL             apiUrl of the instance, such as https://7103.api.greenapi.com
  GREEN_API_ID_INSTANCE     idInstance
  GREEN_API_TOKEN_INSTANCE  apiTokenInstance; not accepted as an argument, which others could see
  GREEN_API_PARTNER_TOKEN   partner token, for partner operations
  GREEN_API_MEDIA_URL       mediaUrl, if it cannot be derived from apiUrl
  GREEN_API_WEBHOOK_TOKEN   webhookUrlToken, for listen --webhook
  GREEN_API_STORE           store of inbox and outbox, for outbox, inbox and mcp: a file or an address of PostgreSQL
  GREEN_API_NATS            address of the NATS server, for relay
  GREEN_API_DATA_DIR        directory of the store, unless one is given (default: in your data directory)
  GREEN_API_CONFIG_DIR      directory of the profiles (default: in your configuration directory)
  RUST_LOG                  log filter, such as green_api=debug; -v overrides it

The first three are shown at console.green-api.com. If none of them is set, the profile stored by
`green-api login` is used.";

/// Returns what follows the options in `--help`: variables and exit codes.
fn epilog() -> String {
    format!("{ENVIRONMENT}\n\n{}", Exit::help())
}

/// GREEN-API, the HTTP gateway to WhatsApp: link a phone, send and receive messages, manage groups, run an offline server
#[derive(Debug, Parser)]
#[command(name = "green-api", version, after_help = epilog())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub general: General,
    #[command(subcommand)]
    pub command: Command,
}

/// Returns clap's description of the command line.
pub(crate) fn command() -> clap::Command {
    with_pointer(Cli::command())
}

/// Ends the help of every subcommand with a pointer to the rest.
fn with_pointer(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|subcommand| {
        with_pointer(
            subcommand.after_help("Environment variables and exit codes: green-api --help"),
        )
    })
}

/// Parses the command line.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    // A `conflicts_with` would refuse the variable as well.
    if let Some(("mcp", mcp)) = matches.subcommand()
        && mcp.get_flag("sandbox")
        && mcp.value_source("store") == Some(ValueSource::CommandLine)
    {
        let message = "--store cannot be used with --sandbox, whose messages are not real";
        return Err(command.error(ErrorKind::ArgumentConflict, message));
    }
    Cli::from_arg_matches(&matches)
}

#[derive(Debug, Args)]
pub(crate) struct General {
    /// Profile to use; with `login`, the profile to store
    #[arg(long, global = true, value_name = "NAME", display_order = 99, value_parser = parsers::profile_name)]
    pub profile: Option<String>,
    /// Print one JSON object per line to standard output, including errors
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
    /// Log requests to standard error; -vv logs everything. Tokens are never logged
    #[arg(short, long, global = true, display_order = 101, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Store an instance's credentials as a profile
    ///
    /// Prompts for whatever is not given. The token is read from a hidden prompt or from standard input, and checked before it is stored.
    Login(LoginArgs),
    /// List and remove profiles
    #[command(subcommand)]
    Profiles(ProfilesCommand),
    /// Link a phone with a code to type or a QR code to scan
    Link(LinkArgs),
    /// Print the state of the instance, such as authorized or notAuthorized
    ///
    /// Prints null while the instance is being created.
    State(LimitArgs),
    /// Send a message
    #[command(subcommand)]
    Send(SendCommand),
    /// Print notifications as they arrive, or run a command for each, until Ctrl-C
    ///
    /// A notification is deleted from the server's queue once it has been printed, or once the command has exited with code 0. Until then it is
    /// delivered again, even after a crash.
    Listen(ListenArgs),
    /// Keep messages until they are sent, each once
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Keep notifications until they are handled
    #[command(subcommand)]
    Inbox(InboxCommand),
    /// Publish notifications to a stream of NATS JetStream, until Ctrl-C
    ///
    /// A notification is deleted from the server's queue once the stream has confirmed it. Its subject is green-api.INSTANCE.KIND.CHAT.
    Relay(RelayArgs),
    /// Unlink the WhatsApp account; linking it again requires the phone
    Logout(ConfirmedArgs),
    /// Restart the instance
    Reboot(LimitArgs),
    /// Show and change the instance's settings
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Print messages sent and received
    #[command(subcommand)]
    History(HistoryCommand),
    /// Check whether phone numbers have WhatsApp
    ///
    /// Exits with code 10 if any of them does not.
    Check(CheckArgs),
    /// Create and manage groups
    #[command(subcommand)]
    Group(GroupCommand),
    /// Show products and orders, and send products
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Inspect and clear the queues of outgoing messages and incoming notifications
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Create, list and delete the instances of a partner account
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// Call any operation by its documented name and print the response
    Call(CallArgs),
    /// Serve an assistant by the Model Context Protocol on standard input and output
    ///
    /// It may read and nothing else, unless --allow and --chat say more. Messages go through the outbox, so while it runs, everything is sent that
    /// waits there for the instance.
    Mcp(McpArgs),
    /// Run an offline GREEN-API with a simulated phone, until Ctrl-C
    ///
    /// Prints its address and credentials as shell `export` lines first. It starts with one unlinked instance.
    Sandbox(SandboxArgs),
    /// Create a new project
    #[command(subcommand)]
    New(NewCommand),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page, or write the pages of all commands to a directory
    Man(ManArgs),
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LimitArgs {
    /// Give up after this time, retries included (default: the operation's own limit per attempt, usually 70)
    #[arg(long, value_name = "SECONDS", value_parser = parsers::time_limit)]
    pub timeout: Option<Duration>,
}

impl LimitArgs {
    /// For a person, who may take any time.
    pub(crate) const NONE: Self = Self { timeout: None };
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ConfirmedArgs {
    /// Skip the confirmation prompt; required without a terminal and with --json
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

    #[test]
    fn every_text_can_be_sent() {
        for text in ["--help", "-h", "-", "--"] {
            let start = ["green-api", "send", "text", "--to", "447700900123", "--"];
            let parsed = Cli::try_parse_from(start.into_iter().chain([text])).unwrap();
            let Command::Send(SendCommand::Text { text: parsed, .. }) = parsed.command else {
                panic!("{parsed:?}")
            };
            assert_eq!(parsed, text);
        }
    }

    #[test]
    fn an_empty_command_handles_nothing() {
        for start in [&["green-api", "listen"][..], &["green-api", "inbox", "run"]] {
            for (exec, good) in [("", false), (" \n", false), ("true", true)] {
                let parsed = command().try_get_matches_from([start, &["--exec", exec]].concat());
                assert_eq!(parsed.is_ok(), good, "{start:?} {exec:?}");
            }
        }
    }
}
