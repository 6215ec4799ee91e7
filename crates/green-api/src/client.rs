//! Calling the API: who calls, with which connections, and what happens to a request.

mod account;
mod download;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic, unused_mut, unused_variables)]
mod generated;
pub mod link;
mod pool;
pub(crate) mod request;

pub use account::{ConfigError, Credentials, Instance, Partner, PartnerCredentials};
pub use download::{Download, Saved};
pub use green_api_client::multipart::Upload;
pub use link::{Link, LinkError, LinkStep, Linked, QrImage};
pub use pool::{Client, ClientBuilder};
pub use request::{Accepted, Answer, Answering, RetryPolicy};

/// The requests of every section, by name. You rarely name these: the methods of [`Instance`] and [`Partner`] return them.
pub mod requests {
    pub use super::generated::requests::*;
}
