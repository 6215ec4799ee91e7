// The examples of the README call.
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "client"),
    doc = "The endpoint that [GREEN-API](https://green-api.com/en/docs/) posts notifications to is the feature `webhook`; the feature `client` adds calling it."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "client")]
mod client;
mod error;
pub mod guides;
#[cfg(any(feature = "client", feature = "webhook"))]
mod receive;
#[cfg(feature = "__server")]
#[doc(hidden)]
pub mod server;
#[cfg(any(feature = "client", feature = "webhook"))]
mod telemetry;
#[cfg(any(feature = "client", feature = "webhook"))]
pub mod testing;

#[cfg(feature = "client")]
pub use client::{
    Accepted, Answer, Attempt, Call, Client, ClientBuilder, ConfigError, Credentials, Doubt,
    Download, InDoubt, Instance, Link, LinkError, LinkStep, Linked, Pace, ParseVerbError, Partner,
    PartnerCredentials, QrImage, Request, RequestParts, RetryPolicy, Saved, Settle, Settled,
    UnlistedRequest, Upload, UploadSource, Verb, endpoints, link,
};
pub use error::{Delivery, Error, ErrorKind, Outlook};
pub use green_api_types::drift::{self, Drift};
pub use green_api_types::models::{
    ApiToken, AuthorizationCode, ChatId, ChatKind, InstanceId, IntoChatId, MessageId,
    ParseApiTokenError, ParseChatIdError, ParseInstanceIdError, ParsePhoneNumberError, PhoneNumber,
    PollVoter, SecretString, UnixTime,
};
pub use green_api_types::reading::{self, Content, DeduplicationKey};
pub use green_api_types::{RawJson, Unrecognized, operation, operations, types};
#[cfg(any(feature = "client", feature = "webhook"))]
pub use receive::*;
