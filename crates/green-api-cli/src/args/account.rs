//! Arguments of `link` and `settings`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{LimitArgs, parsers};

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// Phone number with country code; spaces, dashes and a leading + or 00 are accepted
    #[arg(required_unless_present = "qr")]
    pub phone: Option<String>,
    /// Show a QR code to scan, renewed every 20 seconds
    #[arg(long, conflicts_with_all = ["phone", "ask_again"])]
    pub qr: bool,
    /// Try it without an account: start a sandbox whose phone types or scans the code after 2 seconds
    #[arg(long)]
    pub sandbox: bool,
    /// Log out the currently linked account first, if any
    #[arg(long)]
    pub logout_first: bool,
    /// Request up to this many more codes if one is not issued or expires; the server counts each as an attempt
    #[arg(long, value_name = "TIMES", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u32).range(..=9))]
    pub ask_again: u32,
    /// Give up the whole procedure after this time (default: each step has its own limit)
    #[arg(long, value_name = "SECONDS", value_parser = parsers::time_limit)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Print all settings, or only the named ones
    Get {
        /// Documented setting names, such as webhookUrl
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Change settings; the instance restarts, which takes up to 5 minutes
    Set {
        /// Settings and their new values, such as incomingWebhook=yes; others can see them while it runs, so give a webhookUrlToken to
        /// `call setSettings --body -`
        #[arg(value_name = "NAME=VALUE", required = true, value_parser = parsers::setting)]
        settings: Vec<(String, String)>,
        /// Also send settings that this version does not know; a whole number is sent as a number, everything else as a text
        #[arg(long)]
        unchecked: bool,
        #[command(flatten)]
        limit: LimitArgs,
    },
}
