//! Arguments of `outbox`, `inbox` and `relay`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand, ValueEnum};

use super::{SendCommand, parsers};

/// Where the mailbox is.
#[derive(Clone, Debug, Args)]
pub(crate) struct StoreArgs {
    /// Store: a file, or an address such as postgres://user@host/database; one with a password belongs in GREEN_API_STORE (default: a file in your
    /// data directory)
    #[arg(
        long,
        value_name = "PATH|URL",
        env = "GREEN_API_STORE",
        hide_env_values = true
    )]
    pub store: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// Put a message into the outbox, to be sent once by `green-api outbox run`
    ///
    /// The same key again puts nothing. It is an error with another message, and once the message is cancelled, refused, failed, expired or parked.
    /// A file of up to 16 MiB is kept as it is now; of a larger one the path is kept, and it is read when it is sent.
    Add(AddArgs),
    /// Send what is in the outbox, until Ctrl-C
    ///
    /// What is in doubt after a lost answer or a crash is looked for in the queue and the journal, and never sent again without proof.
    Run(RunOutboxArgs),
    /// Print the entries, those of one state or all
    List(ListArgs),
    /// Print one entry
    Show(KeyArgs),
    /// Send an entry again that was refused, failed, expired or parked
    Retry(RetryArgs),
    /// Take back an entry that is still queued
    Cancel(KeyArgs),
    /// Print how many entries are in which state
    Stats(StoreArgs),
}

// What is sent later has `--not-after` instead of a time limit.
#[derive(Debug, Args)]
#[command(mut_subcommands = |message| message.mut_arg("timeout", |timeout| timeout.hide(true)))]
pub(crate) struct AddArgs {
    /// Key that stands for this message, such as the number of an order
    #[arg(long)]
    pub key: String,
    /// Do not send it until this long from now, a year at most
    #[arg(long, value_name = "SECONDS", value_parser = parsers::delay)]
    pub not_before: Option<Duration>,
    /// Do not send it after this long from now, a year at most
    #[arg(long, value_name = "SECONDS", value_parser = parsers::delay)]
    pub not_after: Option<Duration>,
    /// Send it before others with a lower priority
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub priority: i64,
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(subcommand)]
    pub message: SendCommand,
}

impl AddArgs {
    /// Returns the point in time so long from now.
    pub(crate) fn at(time: Duration) -> Option<SystemTime> {
        SystemTime::now().checked_add(time)
    }
}

#[derive(Debug, Args)]
pub(crate) struct RunOutboxArgs {
    /// Exit when nothing waits any more
    #[arg(long)]
    pub until_empty: bool,
    /// Send to at most this many chats at once
    #[arg(long, value_name = "COUNT", default_value = "16")]
    pub at_once: NonZeroUsize,
    /// Serve metrics for Prometheus at this address, under /metrics; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// A state of an entry of the outbox.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum EntryState {
    Queued,
    Sending,
    Doubtful,
    Sent,
    Delivered,
    Read,
    Failed,
    NoAccount,
    Refused,
    Parked,
    Cancelled,
    Expired,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// State of the entries (default: any)
    #[arg(value_enum)]
    pub state: Option<EntryState>,
    /// Print at most this many
    #[arg(long, value_name = "COUNT", default_value = "100")]
    pub limit: NonZeroUsize,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Key of the entry
    pub key: String,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    /// Key of the entry
    pub key: String,
    /// A person has looked at the phone: what was in doubt was not sent
    #[arg(long)]
    pub not_sent: bool,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InboxCommand {
    /// Receive notifications into the inbox, and run a command for each, until Ctrl-C
    ///
    /// A notification is deleted from the server's queue once it is in the store. Commands run in parallel across chats and in order within
    /// one; a notification is done when its command exits with code 0, even after a crash.
    Run(RunInboxArgs),
    /// Print the notifications that were given up on
    Parked(ParkedArgs),
    /// Handle a notification again that was given up on
    Replay(ReplayArgs),
    /// Print how many notifications wait, are done and were given up on
    Stats(StoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunInboxArgs {
    /// Run this shell command for each notification, with its JSON on standard input
    #[arg(long, value_name = "COMMAND", value_parser = parsers::command)]
    pub exec: String,
    /// Run it for at most this many chats at once
    #[arg(long, value_name = "COUNT", default_value = "16")]
    pub at_once: NonZeroUsize,
    /// Give up on a notification after this many attempts
    #[arg(long, value_name = "TIMES", default_value = "20", value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: u32,
    /// Handle what is in the store, and receive nothing
    #[arg(long)]
    pub without_receiving: bool,
    /// Exit when nothing waits any more
    #[arg(long, requires = "without_receiving")]
    pub until_empty: bool,
    /// Serve metrics for Prometheus at this address, under /metrics; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ParkedArgs {
    /// Print at most this many
    #[arg(long, value_name = "COUNT", default_value = "100")]
    pub limit: NonZeroUsize,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true)))]
pub(crate) struct ReplayArgs {
    /// Key of the notification
    #[arg(group = "which")]
    pub key: Option<String>,
    /// Handle all of them again
    #[arg(long, group = "which")]
    pub all: bool,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RelayArgs {
    /// Address of the NATS server, such as nats://127.0.0.1:4222; one with a password belongs in GREEN_API_NATS
    #[arg(
        long,
        value_name = "URL",
        env = "GREEN_API_NATS",
        hide_env_values = true
    )]
    pub nats: String,
    /// Stream of JetStream; it is created if it is not there
    #[arg(long, value_name = "NAME", default_value = "GREEN_API")]
    pub stream: String,
    /// Append notifications that the stream does not take or that cannot be read to this file as JSON lines (default: they stay in the queue and block
    /// it)
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
    /// Drop notifications that the stream does not take or that cannot be read
    #[arg(long, conflicts_with = "dead_letter")]
    pub drop: bool,
    /// Serve metrics for Prometheus at this address, under /metrics; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,
}
