//! Arguments of `listen`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parsers;

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Run this shell command for each notification, with its JSON on standard input
    #[arg(long, value_name = "COMMAND", value_parser = parsers::command)]
    pub exec: Option<String>,
    /// Try the command on the same notification for this long
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = parsers::duration)]
    pub retry_for: Duration,
    /// Try it at most this many times, even if there is time left
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: Option<u32>,
    /// Append notifications that failed or cannot be read to this file as JSON lines (default: they stay in the queue and block it)
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
    /// Drop notifications that failed or cannot be read
    #[arg(long, conflicts_with = "dead_letter")]
    pub drop: bool,
    /// Skip notifications that the server delivers again after they were handled
    #[arg(long)]
    pub deduplicate: bool,
    /// Warn when the instance is linked but no notification has come for this long
    #[arg(long, value_name = "SECONDS", value_parser = parsers::time_limit)]
    pub silence: Option<Duration>,
    /// Exit after this many notifications
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Exit after one notification
    #[arg(long, conflicts_with = "limit")]
    pub once: bool,
    /// Serve as the webhook endpoint instead of polling; requests must carry the token in GREEN_API_WEBHOOK_TOKEN
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub webhook: Option<SocketAddr>,
    /// Serve metrics for Prometheus at this address, under /metrics; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,
    /// Accept notifications from anybody at the webhook endpoint
    #[arg(long, requires = "webhook")]
    pub without_authorization: bool,
}
