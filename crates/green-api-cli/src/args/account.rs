//! Linking and settings.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{LimitArgs, parsers};

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// The phone number with its country code; spaces, dashes and a leading + or 00 may stay
    #[arg(required_unless_present = "qr")]
    pub phone: Option<String>,
    /// Show a QR code to scan instead, and a new one every 20 seconds
    #[arg(long, conflicts_with_all = ["phone", "ask_again"])]
    pub qr: bool,
    /// Try it without an account: start a sandbox, whose phone types or scans the code after two seconds
    #[arg(long)]
    pub sandbox: bool,
    /// Log out the account that is linked now, if there is one
    #[arg(long)]
    pub logout_first: bool,
    /// Ask for this many more codes when one was not issued or expired; each is a new attempt on the server
    #[arg(long, value_name = "TIMES", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u32).range(..=9))]
    pub ask_again: u32,
    /// Give up the whole procedure after this time; otherwise each of its steps has a limit of its own
    #[arg(long, value_name = "SECONDS", value_parser = parsers::time_limit)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Print all settings, or some of them
    Get {
        /// Documented names, such as webhookUrl
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Change settings; the instance restarts, which takes up to 5 minutes
    Set {
        /// Documented names and what they become, such as incomingWebhook=yes
        #[arg(value_name = "NAME=VALUE", required = true, value_parser = parsers::setting)]
        settings: Vec<(String, String)>,
        /// Also send settings that this version does not know; a whole number is sent as a number, everything else as a text
        #[arg(long)]
        unchecked: bool,
        #[command(flatten)]
        limit: LimitArgs,
    },
}
