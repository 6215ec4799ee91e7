//! Arguments of `send`.

use std::time::Duration;

use clap::{Args, Subcommand};
use green_api::{ChatId, PhoneNumber};

use super::{LimitArgs, parsers};

#[derive(Debug, Subcommand)]
pub(crate) enum SendCommand {
    /// Send a text
    Text {
        /// Text, up to 20,000 characters; - reads it from standard input, and after -- everything is text, even --help
        #[arg(allow_hyphen_values = true)]
        text: String,
        /// Disable link previews
        #[arg(long)]
        no_preview: bool,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a picture, video, voice message or any other file, up to 100 MB
    File {
        /// Path to upload, or a URL for the server to fetch
        #[arg(value_name = "PATH|URL")]
        file: String,
        /// Caption
        #[arg(long)]
        caption: Option<String>,
        /// File name to send it under; the extension determines how it is shown
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a poll
    Poll {
        /// Question, up to 255 characters
        question: String,
        /// Options to choose from
        #[arg(value_name = "OPTION", num_args = 2..=12, required = true)]
        options: Vec<String>,
        /// Allow multiple options to be chosen
        #[arg(long)]
        multiple: bool,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a location
    Location {
        /// Latitude in degrees, negative for south
        #[arg(allow_negative_numbers = true, value_parser = parsers::latitude)]
        latitude: f64,
        /// Longitude in degrees, negative for west
        #[arg(allow_negative_numbers = true, value_parser = parsers::longitude)]
        longitude: f64,
        /// Name of the place
        #[arg(long)]
        name: Option<String>,
        /// Postal address
        #[arg(long)]
        address: Option<String>,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a contact card
    #[command(group(clap::ArgGroup::new("name").required(true).multiple(true)))]
    Contact {
        /// The contact's phone number with country code
        phone: PhoneNumber,
        /// First name
        #[arg(long, value_name = "NAME", group = "name")]
        first: Option<String>,
        /// Middle name
        #[arg(long, value_name = "NAME", group = "name")]
        middle: Option<String>,
        /// Last name
        #[arg(long, value_name = "NAME", group = "name")]
        last: Option<String>,
        /// Company
        #[arg(long, value_name = "NAME", group = "name")]
        company: Option<String>,
        #[command(flatten)]
        message: MessageArgs,
    },
}

/// The arguments of all messages.
#[derive(Clone, Debug, Args)]
pub(crate) struct MessageArgs {
    /// Recipient: a phone number with country code, or a chat id such as 120363000000000001@g.us
    #[arg(long, value_name = "CHAT")]
    pub to: ChatId,
    /// Quote this message from the same chat
    #[arg(long, value_name = "ID")]
    pub quote: Option<String>,
    /// Show the typing indicator first, for 1 to 20 seconds
    #[arg(long, value_name = "SECONDS", value_parser = parsers::time_limit)]
    pub typing: Option<Duration>,
    #[command(flatten)]
    pub limit: LimitArgs,
}
