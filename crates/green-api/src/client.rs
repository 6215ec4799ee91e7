//! Calling the API: who calls, with which connections, and what happens to a request.

mod account;
mod attempt;
#[cfg(feature = "http2")]
mod connections;
mod credentials;
mod download;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod generated;
pub mod link;
mod pace;
mod pool;
pub(crate) mod request;
pub(crate) mod retry;
mod settle;

pub use account::{Instance, Partner};
pub use attempt::Attempt;
pub use credentials::{ConfigError, Credentials, PartnerCredentials};
pub use download::{Download, Saved};
pub use green_api_client::multipart::{Upload, UploadSource};
pub use link::{Link, LinkError, LinkStep, Linked, QrImage};
pub use pace::Pace;
pub use pool::{Client, ClientBuilder};
pub use request::{
    Accepted, Answer, Call, ParseVerbError, Request, RequestParts, UnlistedRequest, Verb,
};
pub use retry::RetryPolicy;
pub use settle::{Doubt, InDoubt, Settle, Settled};

/// The operations as types: what a [`Request`] is of. You name these where a request is stored or passed on.
pub mod endpoints {
    pub use green_api_types::endpoints::*;
}
