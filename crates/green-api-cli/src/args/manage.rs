//! Everything that looks at or changes what is there, and what is about the command itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use clap_complete::Shell;
use green_api::{ChatId, InstanceId, Verb};

use super::{ConfirmedArgs, LimitArgs, parsers};

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// Print a chat, the latest message last
    Chat {
        /// A phone number with its country code, or an id such as 120363000000000001@g.us
        chat: ChatId,
        /// How many messages; the server decides unless told
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
        count: Option<i64>,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Print what was received lately in all chats
    Incoming(LatelyArgs),
    /// Print what was sent lately in all chats
    Outgoing(LatelyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LatelyArgs {
    /// How many minutes to look back; the server decides unless told
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub minutes: Option<i64>,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Phone numbers with their country code
    #[arg(value_name = "PHONE", required = true)]
    pub chats: Vec<ChatId>,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Create a group and print its id
    Create {
        /// What it is called
        name: String,
        /// Who is in it besides the linked account
        #[arg(value_name = "PERSON", required = true)]
        people: Vec<ChatId>,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Print what a group is called and who is in it
    Info {
        #[command(flatten)]
        group: GroupArgs,
    },
    /// Call a group something else
    Rename {
        #[command(flatten)]
        group: GroupArgs,
        /// What it is called from now on
        name: String,
    },
    /// Add people to a group
    Add(MembersArgs),
    /// Remove people from a group
    Remove(MembersArgs),
    /// Make people admins of a group, or end it
    Admin {
        #[command(flatten)]
        members: MembersArgs,
        /// They are no admins any more
        #[arg(long)]
        revoke: bool,
    },
    /// Set a group's picture
    Picture {
        #[command(flatten)]
        group: GroupArgs,
        /// A JPEG file
        file: PathBuf,
    },
    /// Say what members who are no admins may do
    #[command(group(clap::ArgGroup::new("permissions").required(true).multiple(true)))]
    Settings {
        #[command(flatten)]
        group: GroupArgs,
        /// Whether they may change name, picture and description: yes or no
        #[arg(long, value_name = "YES|NO", value_parser = parsers::yes_no, group = "permissions")]
        members_edit: Option<bool>,
        /// Whether they may send messages: yes or no
        #[arg(long, value_name = "YES|NO", value_parser = parsers::yes_no, group = "permissions")]
        members_send: Option<bool>,
    },
    /// Leave a group; only one of its admins can take the account back in
    Leave {
        /// The group's id, such as 120363000000000001@g.us
        #[arg(value_parser = parsers::group)]
        group: ChatId,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct GroupArgs {
    /// The group's id, such as 120363000000000001@g.us
    #[arg(value_parser = parsers::group)]
    pub group: ChatId,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MembersArgs {
    #[command(flatten)]
    pub group: GroupArgs,
    /// Phone numbers with their country code, or ids
    #[arg(value_name = "PERSON", required = true)]
    pub people: Vec<ChatId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Print the messages that wait to be sent
    Show(LimitArgs),
    /// Count the messages that wait to be sent
    Count {
        /// Count the notifications that wait to be received instead
        #[arg(long)]
        notifications: bool,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Drop all messages that wait to be sent; nothing brings them back
    Clear {
        /// Drop all notifications that wait to be received instead
        #[arg(long)]
        notifications: bool,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PartnerCommand {
    /// List the instances of the account; their tokens are shown with --json only
    Instances {
        /// List the deleted ones of the last three months, too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Create an instance, which is paid for, and print its number and its token
    Create {
        /// What the console calls it
        name: String,
        /// Settings that it has from the start, such as incomingWebhook=yes
        #[arg(value_name = "NAME=VALUE", value_parser = parsers::setting)]
        settings: Vec<(String, String)>,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
    /// Delete an instance for good
    Delete {
        /// Its number
        id: InstanceId,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
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
    #[arg(long = "file", value_name = "ARGUMENT=PATH", value_parser = parsers::named_file)]
    pub files: Vec<(String, PathBuf)>,
    /// Also send arguments and operations that this version does not know
    #[arg(long)]
    pub unchecked: bool,
    /// The verb of an operation that this version does not know: GET, POST, PUT, PATCH or DELETE
    #[arg(long, value_name = "VERB", requires = "unchecked")]
    pub verb: Option<Verb>,
    /// A segment of that operation's path, behind the token; may be given several times
    #[arg(long = "segment", value_name = "TEXT", requires = "verb")]
    pub segments: Vec<String>,
    /// The operation that this version does not know is one of a partner's account
    #[arg(long, requires = "verb")]
    pub partner: bool,
    /// List all operations instead
    #[arg(long, conflicts_with_all = ["operation", "body", "files", "unchecked"])]
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
    #[arg(long, default_value = "notAuthorized", value_parser = parsers::state())]
    pub state: String,
    /// Answer nothing before this time has passed
    #[arg(long, value_name = "SECONDS", value_parser = parsers::duration)]
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
    #[arg(long, value_name = "SECONDS", value_parser = parsers::duration)]
    pub link_after: Option<Duration>,
    /// The number of that phone
    #[arg(
        long,
        value_name = "PHONE",
        default_value = "447700900123",
        requires = "link_after"
    )]
    pub number: String,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write one page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
}
