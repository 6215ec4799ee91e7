//! Receiving.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Run this through the shell for each notification, with its JSON on standard input
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
    /// How often the command is tried on the same notification before it is given up
    #[arg(long, value_name = "TIMES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub attempts: u32,
    /// Append what is given up or cannot be read to this file, one JSON object a line; without it, it is dropped
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
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
