//! Stored instances.

use clap::{Args, Subcommand};

use super::{LimitArgs, parsers};

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// apiUrl, such as https://7103.api.greenapi.com; asked for on a terminal
    #[arg(long, value_name = "ADDRESS")]
    pub url: Option<String>,
    /// idInstance; asked for on a terminal
    #[arg(long, value_name = "NUMBER", conflicts_with = "partner")]
    pub id: Option<String>,
    /// mediaUrl, where it is not the one that belongs to apiUrl
    #[arg(long, value_name = "ADDRESS", conflicts_with = "partner")]
    pub media_url: Option<String>,
    /// Store a partner's account and its token instead
    #[arg(long)]
    pub partner: bool,
    /// Store it without trying whether it works
    #[arg(long)]
    pub no_check: bool,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfilesCommand {
    /// List the stored instances; their tokens are not shown
    List,
    /// Remove a stored instance from this computer; the instance itself stays as it is
    Remove {
        /// The profile's name
        #[arg(value_parser = parsers::profile_name)]
        name: String,
    },
}
