//! Receiving.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parsers;

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Run this through the shell for each notification, with its JSON on standard input
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
    /// For how long the command is tried on the same notification before it is given up on
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = parsers::duration)]
    pub retry_for: Duration,
    /// How often it is tried at most, even if there is time left
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: Option<u32>,
    /// Append what is given up on or cannot be read to this file, one JSON object a line; without it, it stays in the queue and blocks it
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
    /// Drop what is given up on or cannot be read
    #[arg(long, conflicts_with = "dead_letter")]
    pub drop: bool,
    /// Leave out what the server repeats
    #[arg(long)]
    pub deduplicate: bool,
    /// End after this many notifications
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// End after one notification
    #[arg(long, conflicts_with = "limit")]
    pub once: bool,
    /// Serve as the webhook address instead of asking the server; GREEN_API_WEBHOOK_TOKEN is its webhookUrlToken
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub webhook: Option<SocketAddr>,
    /// Let anybody post notifications to the webhook address
    #[arg(long, requires = "webhook")]
    pub without_authorization: bool,
}
