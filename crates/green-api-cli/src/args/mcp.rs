//! Arguments of `mcp`.

use clap::Args;
use green_api::ParseChatIdError;
use green_api_mcp::{Chats, Scope};

use super::StoreArgs;

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// What the assistant may do: read, send and manage, separated by commas
    #[arg(long, value_name = "SCOPE", default_value = "read", value_delimiter = ',', value_parser = scope)]
    pub allow: Vec<Scope>,
    /// Chat that it may write to: a phone number, a chat id, or any for every chat; can be given several times
    #[arg(long, value_name = "CHAT", value_parser = chat)]
    pub chat: Vec<Chats>,
    /// Try it without an account: start a sandbox with a linked phone to which somebody has written
    #[arg(long)]
    pub sandbox: bool,
    #[command(flatten)]
    pub store: StoreArgs,
}

fn scope(name: &str) -> Result<Scope, green_api_mcp::ParseScopeError> {
    name.parse()
}

fn chat(text: &str) -> Result<Chats, ParseChatIdError> {
    text.parse()
}
