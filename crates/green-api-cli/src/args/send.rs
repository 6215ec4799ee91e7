//! Sending.

use std::time::Duration;

use clap::{Args, Subcommand};
use green_api::{ChatId, PhoneNumber};

use super::{LimitArgs, parsers};

#[derive(Debug, Subcommand)]
pub(crate) enum SendCommand {
    /// Send a text
    Text {
        /// The text, up to 20,000 characters; - reads it from standard input
        #[arg(allow_hyphen_values = true)]
        text: String,
        /// Show no preview of a link in the text
        #[arg(long)]
        no_preview: bool,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a picture, a video, a voice message or any other file, up to 100 MB
    File {
        /// A path on this computer, or an address that the server can fetch it from
        #[arg(value_name = "PATH|URL")]
        file: String,
        /// A text beside the file
        #[arg(long)]
        caption: Option<String>,
        /// The name that it is sent under; its ending decides what it is shown as
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a poll
    Poll {
        /// The question, up to 255 characters
        question: String,
        /// The answers to choose from
        #[arg(value_name = "OPTION", num_args = 2..=12, required = true)]
        options: Vec<String>,
        /// More than one of them may be chosen
        #[arg(long)]
        multiple: bool,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a place on the map
    Location {
        /// Degrees north, negative for south
        #[arg(allow_negative_numbers = true, value_parser = parsers::latitude)]
        latitude: f64,
        /// Degrees east, negative for west
        #[arg(allow_negative_numbers = true, value_parser = parsers::longitude)]
        longitude: f64,
        /// What the place is called
        #[arg(long)]
        name: Option<String>,
        /// Its postal address
        #[arg(long)]
        address: Option<String>,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Send a contact card
    #[command(group(clap::ArgGroup::new("name").required(true).multiple(true)))]
    Contact {
        /// The contact's phone number with its country code
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

/// What all messages have.
#[derive(Clone, Debug, Args)]
pub(crate) struct MessageArgs {
    /// The chat: a phone number with its country code, or an id such as 120363000000000001@g.us
    #[arg(long, value_name = "CHAT")]
    pub to: ChatId,
    /// Quote this message of the same chat
    #[arg(long, value_name = "ID")]
    pub quote: Option<String>,
    /// Be shown as typing for this time first, from 1 to 20
    #[arg(long, value_name = "SECONDS", value_parser = parsers::time_limit)]
    pub typing: Option<Duration>,
    #[command(flatten)]
    pub limit: LimitArgs,
}
