//! Arguments of `login` and `profiles`.

use clap::{Args, Subcommand};

use super::{LimitArgs, parsers};

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// apiUrl, such as https://7103.api.greenapi.com; prompted for if omitted
    #[arg(long, value_name = "ADDRESS")]
    pub url: Option<String>,
    /// idInstance; prompted for if omitted
    #[arg(long, value_name = "NUMBER", conflicts_with = "partner")]
    pub id: Option<String>,
    /// mediaUrl, if it cannot be derived from apiUrl
    #[arg(long, value_name = "ADDRESS", conflicts_with = "partner")]
    pub media_url: Option<String>,
    /// Store a partner account and its token instead
    #[arg(long)]
    pub partner: bool,
    /// Store the credentials without checking them
    #[arg(long)]
    pub no_check: bool,
    #[command(flatten)]
    pub limit: LimitArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfilesCommand {
    /// List the profiles, without their tokens
    List,
    /// Remove a profile from this computer; the instance itself is not affected
    Remove {
        /// Name of the profile
        #[arg(value_parser = parsers::profile_name)]
        name: String,
    },
}
