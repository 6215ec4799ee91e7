#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod accepted;
mod classify;
mod client;
mod credentials;
mod download;
mod error;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic, unused_mut, unused_variables)]
mod generated;
mod instance;
mod limits;
pub mod link;
pub mod polling;
mod request;
mod retry;

/// The requests of every section, by name. You rarely name these: the methods of [`Instance`] and [`Partner`] return them.
pub mod requests {
    pub use crate::generated::requests::*;
}

pub use accepted::Accepted;
pub use client::{Client, ClientBuilder};
pub use credentials::{ConfigError, Credentials, InstanceId, PartnerCredentials};
pub use download::{Download, Saved};
pub use error::{Delivery, Error, ErrorKind};
pub use green_api_client as low_level;
pub use green_api_client::models::{
    ApiToken, AuthorizationCode, ChatId, ChatKind, MessageId, ParseApiTokenError, ParseChatIdError, ParsePhoneNumberError, PhoneNumber, PollVoter,
    SecretString, UnixTime,
};
pub use green_api_client::multipart::Upload;
pub use green_api_client::operation;
pub use green_api_client::{RawJson, Unrecognized, operations, types};
pub use instance::{Instance, Partner};
pub use link::{Link, LinkError, LinkStep, Linked, QrImage};
pub use polling::{DeadLetter, Notifications, Receipt, Received, Trouble};
pub use retry::RetryPolicy;
