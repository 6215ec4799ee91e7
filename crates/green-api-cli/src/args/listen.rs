//! Arguments of `listen`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Run this shell command for each notification, with its JSON on standard input
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
    /// Try the command up to this many times per notification
    #[arg(long, value_name = "TIMES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub attempts: u32,
    /// Append notifications that failed or cannot be read to this file as JSON lines (default: drop them)
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
    /// Skip notifications that the server delivers again after they were handled
    #[arg(long)]
    pub deduplicate: bool,
    /// Exit after this many notifications
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Exit after one notification
    #[arg(long, conflicts_with = "limit")]
    pub once: bool,
    /// Serve as the webhook endpoint instead of polling; requests must carry the token in GREEN_API_WEBHOOK_TOKEN
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub webhook: Option<SocketAddr>,
    /// Accept notifications from anybody at the webhook endpoint
    #[arg(long, requires = "webhook")]
    pub without_authorization: bool,
}
