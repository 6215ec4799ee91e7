//! Arguments of the commands that inspect and change things, and of those about the command itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use clap_complete::Shell;
use green_api::{ChatId, InstanceId, Verb};

use super::{ConfirmedArgs, LimitArgs, parsers};

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// Print a chat's messages, the latest last
    Chat {
        /// Phone number with country code, or a chat id such as 120363000000000001@g.us
        chat: ChatId,
        /// Number of messages (default: decided by the server)
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
        count: Option<i64>,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Print recently received messages of all chats
    Incoming(RecentArgs),
    /// Print recently sent messages of all chats
    Outgoing(RecentArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RecentArgs {
    /// Minutes to look back (default: decided by the server)
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub minutes: Option<i64>,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Phone numbers with country code
    #[arg(value_name = "PHONE", required = true)]
    pub chats: Vec<ChatId>,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Create a group and print its id
    Create {
        /// Name of the group
        name: String,
        /// Members besides the linked account: phone numbers with country code, or chat ids
        #[arg(value_name = "PERSON", required = true)]
        people: Vec<ChatId>,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Print a group's details and members
    Info(GroupArgs),
    /// Rename a group
    Rename {
        #[command(flatten)]
        group: GroupArgs,
        /// New name
        name: String,
    },
    /// Add people to a group
    Add(MembersArgs),
    /// Remove people from a group
    Remove(MembersArgs),
    /// Grant or revoke admin rights
    Admin {
        #[command(flatten)]
        members: MembersArgs,
        /// Revoke admin rights instead
        #[arg(long)]
        revoke: bool,
    },
    /// Set a group's picture
    Picture {
        #[command(flatten)]
        group: GroupArgs,
        /// JPEG file
        file: PathBuf,
    },
    /// Set what members who are not admins may do
    #[command(group(clap::ArgGroup::new("permissions").required(true).multiple(true)))]
    Settings {
        #[command(flatten)]
        group: GroupArgs,
        /// Allow them to edit the name, picture and description: yes or no
        #[arg(long, value_name = "YES|NO", value_parser = parsers::yes_no, group = "permissions")]
        members_edit: Option<bool>,
        /// Allow them to send messages: yes or no
        #[arg(long, value_name = "YES|NO", value_parser = parsers::yes_no, group = "permissions")]
        members_send: Option<bool>,
    },
    /// Leave a group; only an admin can add the account again
    Leave {
        /// Group id, such as 120363000000000001@g.us
        #[arg(value_parser = parsers::group)]
        group: ChatId,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct GroupArgs {
    /// Group id, such as 120363000000000001@g.us
    #[arg(value_parser = parsers::group)]
    pub group: ChatId,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MembersArgs {
    #[command(flatten)]
    pub group: GroupArgs,
    /// Phone numbers with country code, or chat ids
    #[arg(value_name = "PERSON", required = true)]
    pub people: Vec<ChatId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Print the messages waiting to be sent
    Show(LimitArgs),
    /// Count the messages waiting to be sent
    Count {
        /// Count the notifications waiting to be received instead
        #[arg(long)]
        notifications: bool,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Discard all messages waiting to be sent; this cannot be undone
    Clear {
        /// Discard all notifications waiting to be received instead
        #[arg(long)]
        notifications: bool,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PartnerCommand {
    /// List the account's instances; their tokens are shown only with --json
    Instances {
        /// Include instances deleted in the last three months
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// Create an instance, which costs money, and print its id and token
    Create {
        /// Name shown in the console
        name: String,
        /// Initial settings, such as incomingWebhook=yes; others can see them while it runs, so give a webhookUrlToken to
        /// `call createInstance --body -`
        #[arg(value_name = "NAME=VALUE", value_parser = parsers::setting)]
        settings: Vec<(String, String)>,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
    /// Delete an instance permanently
    Delete {
        /// idInstance
        id: InstanceId,
        #[command(flatten)]
        confirmed: ConfirmedArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// Documented name of the operation, such as getSettings
    #[arg(required_unless_present = "list")]
    pub operation: Option<String>,
    /// Arguments as a JSON object with their documented names; @FILE reads a file, - standard input
    #[arg(long, value_name = "JSON")]
    pub body: Option<String>,
    /// Send a file as this argument, under its own name; its extension determines the content type
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
    /// List all operations
    #[arg(long, conflicts_with_all = ["operation", "body", "files", "unchecked"])]
    pub list: bool,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Serve metrics for Prometheus at this address, under /metrics; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,
    /// URL under which clients reach the sandbox, if it differs: behind a proxy or in a container
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Random seed; the same seed gives the same tokens and codes. Without it, tokens cannot be guessed
    #[arg(long)]
    pub seed: Option<u64>,
    /// Let web pages of this origin use the sandbox, such as http://localhost:3000; repeatable
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
    /// Post notifications to other machines as well, if webhookUrl says so
    #[arg(long)]
    pub remote_webhooks: bool,
    /// Initial state of the instance
    #[arg(long, default_value = "notAuthorized", value_parser = parsers::state())]
    pub state: String,
    /// Delay every response by this time
    #[arg(long, value_name = "SECONDS", value_parser = parsers::duration)]
    pub delay: Option<Duration>,
    /// Delay before events appear in the journals, at most 120 [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = parsers::duration)]
    pub journal_delay: Option<Duration>,
    /// Refuse to issue codes, as the real server sometimes does
    #[arg(long)]
    pub refuse_codes: bool,
    /// Apply the limits of the free developer plan: 3 chats and 100 checked numbers a month
    #[arg(long)]
    pub developer_plan: bool,
    /// Disable the documented rate limits
    #[arg(long)]
    pub no_rate_limits: bool,
    /// Have the phone type each code this long after it is issued
    #[arg(long, value_name = "SECONDS", value_parser = parsers::duration)]
    pub link_after: Option<Duration>,
    /// Number of that phone
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
    /// Shell to generate completions for
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write one page per command to this directory
    #[arg(long, value_name = "DIRECTORY")]
    pub dir: Option<PathBuf>,
}
