// The examples of the README call.
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "client"),
    doc = "The types of [GREEN-API](https://green-api.com/en/docs/); the feature `client` adds calling it, `webhook` an endpoint that notifications are posted to."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "client")]
mod accepted;
#[cfg(feature = "client")]
mod classify;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod credentials;
mod dead_letter;
#[cfg(feature = "client")]
mod download;
#[cfg(any(feature = "client", feature = "webhook"))]
mod drift_watch;
mod error;
#[cfg(feature = "client")]
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic, unused_mut, unused_variables)]
mod generated;
#[cfg(feature = "client")]
mod instance;
#[cfg(feature = "client")]
mod limits;
#[cfg(feature = "client")]
pub mod link;
#[cfg(feature = "client")]
pub mod polling;
#[cfg(any(feature = "client", feature = "webhook"))]
mod recent;
#[cfg(feature = "client")]
mod request;
#[cfg(feature = "client")]
mod retry;
#[cfg(any(feature = "client", feature = "webhook"))]
mod trouble;
#[cfg(feature = "webhook")]
pub mod webhook;

#[cfg(feature = "client")]
/// The requests of every section, by name. You rarely name these: the methods of [`Instance`] and [`Partner`] return them.
pub mod requests {
    pub use crate::generated::requests::*;
}

#[cfg(feature = "client")]
pub use accepted::Accepted;
#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder};
#[cfg(feature = "client")]
pub use credentials::{ConfigError, Credentials, PartnerCredentials};
pub use dead_letter::{BoxError, DeadLetter, SharedError};
#[cfg(feature = "client")]
pub use download::{Download, Saved};
pub use error::{Delivery, Error, ErrorKind};
pub use green_api_client as low_level;
pub use green_api_client::drift::{self, Drift};
pub use green_api_client::models::{
    ApiToken, AuthorizationCode, ChatId, ChatKind, InstanceId, MessageId, ParseApiTokenError, ParseChatIdError, ParseInstanceIdError,
    ParsePhoneNumberError, PhoneNumber, PollVoter, SecretString, UnixTime,
};
#[cfg(feature = "client")]
pub use green_api_client::multipart::Upload;
pub use green_api_client::operation;
pub use green_api_client::reading::{self, DeduplicationKey};
pub use green_api_client::{RawJson, Unrecognized, operations, types};
#[cfg(feature = "client")]
pub use instance::{Instance, Partner};
#[cfg(feature = "client")]
pub use link::{Link, LinkError, LinkStep, Linked, QrImage};
#[cfg(feature = "client")]
pub use polling::{Notifications, Receipt, Received};
#[cfg(feature = "client")]
pub use retry::RetryPolicy;
#[cfg(any(feature = "client", feature = "webhook"))]
pub use trouble::Trouble;
#[cfg(feature = "webhook")]
pub use webhook::Webhook;
