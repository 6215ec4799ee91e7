//! Arguments of `new`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum NewCommand {
    /// Write a small project of a bot: routes, a dialogue, tests, a Containerfile
    ///
    /// Its tests need neither an account nor a network.
    Bot(NewBotArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewBotArgs {
    /// Name of the bot's package
    pub name: String,
    /// Folder to create (default: the name)
    #[arg(long, value_name = "DIRECTORY")]
    pub path: Option<PathBuf>,
}
