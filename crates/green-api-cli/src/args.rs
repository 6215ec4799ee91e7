//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::exit::Exit;
use crate::sandbox;

const ENVIRONMENT: &str = "\
Environment:
  GREEN_API_URL             apiUrl of the instance, such as https://7103.api.greenapi.com
  GREEN_API_ID_INSTANCE     idInstance
  GREEN_API_TOKEN_INSTANCE  apiTokenInstance; it is never an argument, where others could see it
  GREEN_API_PARTNER_TOKEN   the partner token, for the operations of a partner's account
  GREEN_API_MEDIA_URL       mediaUrl, where it is not the one that belongs to apiUrl
  RUST_LOG                  what to log, unless -v says so: RUST_LOG=green_api=debug

The console at console.green-api.com shows the first three.";

/// Environment and exit codes, for the end of `--help`.
fn epilog() -> String {
    format!("{ENVIRONMENT}\n\n{}", Exit::help())
}

/// GREEN-API, the HTTP gateway to WhatsApp: link a phone, call operations, run an offline server
#[derive(Debug, Parser)]
#[command(name = "green-api", version, after_help = epilog())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub general: General,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct General {
    /// Write one JSON object a line to standard output, errors included
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
    /// Log requests to standard error; -vv logs everything. The token is in neither
    #[arg(short, long, global = true, display_order = 101, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Link a phone: ask for a code and wait until it has been typed on the phone
    #[command(after_help = epilog())]
    Link(LinkArgs),
    /// Print the state of the instance, such as authorized or notAuthorized
    ///
    /// An instance that is still being created has the state null.
    #[command(after_help = epilog())]
    State(StateArgs),
    /// Call any operation by its documented name and print its answer
    #[command(after_help = epilog())]
    Call(CallArgs),
    /// Run an offline GREEN-API with a simulated phone, until Ctrl-C
    ///
    /// It prints its address and credentials first, as lines for a shell. It starts with one instance that is not linked.
    #[command(after_help = Exit::help())]
    Sandbox(SandboxArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// The phone number with its country code; spaces, dashes and a leading + or 00 may stay
    pub phone: String,
    /// Try it without an account: start a sandbox, whose phone types the code after two seconds
    #[arg(long)]
    pub sandbox: bool,
    /// Log out the account that is linked now, if there is one
    #[arg(long)]
    pub logout_first: bool,
    /// Ask for this many more codes when one was not issued or expired; each is a new attempt on the server
    #[arg(long, value_name = "TIMES", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u32).range(..=9))]
    pub ask_again: u32,
    /// Give up the whole procedure after this time; otherwise each of its steps has a limit of its own
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct StateArgs {
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Give up after this time, repetitions included; otherwise each attempt has the operation's own limit, usually 70
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The documented name, such as getSettings
    #[arg(required_unless_present = "list")]
    pub operation: Option<String>,
    /// The arguments as a JSON object under their documented names; @FILE reads them from a file, - from standard input
    #[arg(long, value_name = "JSON")]
    pub body: Option<String>,
    /// Send a file as this argument, with its own name and the type that its extension says
    #[arg(long = "file", value_name = "ARGUMENT=PATH", value_parser = named_file)]
    pub files: Vec<(String, PathBuf)>,
    /// List all operations instead
    #[arg(long, conflicts_with_all = ["operation", "body", "files"])]
    pub list: bool,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The address by which clients know it, where that is another one: behind a proxy, or in a container
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Where chance begins: the same seed gives the same token and codes
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The state that the instance has at first
    #[arg(long, default_value = "notAuthorized", value_parser = sandbox::state_parser())]
    pub state: String,
    /// Answer nothing before this time has passed
    #[arg(long, value_name = "SECONDS", value_parser = duration)]
    pub delay: Option<Duration>,
    /// Issue no codes, as the real server does at times
    #[arg(long)]
    pub refuse_codes: bool,
    /// Refuse what the free developer plan does not allow: more than 3 chats or 100 checked numbers a month
    #[arg(long)]
    pub developer_plan: bool,
    /// Answer as often as asked, whatever the documented rates are
    #[arg(long)]
    pub no_rate_limits: bool,
    /// The phone types each of its codes this long after it was issued
    #[arg(long, value_name = "SECONDS", value_parser = duration)]
    pub link_after: Option<Duration>,
    /// The number of that phone
    #[arg(long, value_name = "PHONE", default_value = "447700900123", requires = "link_after")]
    pub number: String,
}

/// The longest time that makes sense here; far longer ones would overflow the clock.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

fn duration(text: &str) -> Result<Duration, String> {
    let seconds: Option<Duration> = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| *time <= LONGEST).ok_or_else(|| format!("write seconds, such as 90 or 1.5, up to {}", LONGEST.as_secs()))
}

fn time_limit(text: &str) -> Result<Duration, String> {
    Some(duration(text)?).filter(|time| !time.is_zero()).ok_or_else(|| "it must be more than 0".to_owned())
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("write the argument's name, = and the path, such as file=me.jpg".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_seconds_within_a_day() {
        assert_eq!(duration("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for bad in ["", "-1", "abc", "NaN", "inf", "1e300", "86401", "2m"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert!(time_limit("0").is_err());
        assert_eq!(time_limit("90"), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn files_have_a_name_and_a_path() {
        assert_eq!(named_file("file=a=b.jpg"), Ok(("file".to_owned(), "a=b.jpg".into())));
        for bad in ["me.jpg", "=me.jpg", "file="] {
            assert!(named_file(bad).is_err(), "{bad}");
        }
    }
}
