#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod connecting;
mod context;
pub mod download;
mod extra;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod generated;
mod hooks;
pub mod multipart;
mod response_future;
mod time_limit;
mod unlisted;
mod upload;
mod waits;

pub use connecting::{ConnectFailure, connect_failure, is_unprocessed};
pub use context::{AccountName, CallContext, ResponseRecord};
pub use extra::Extra;
pub use generated::client::{Client, ClientInfo, Error, ResponseValue};
#[cfg(any(feature = "__rustls", feature = "native-tls"))]
pub use hooks::identifying;
pub use hooks::{http_client, http_client_builder, trusting};
pub use response_future::ResponseFuture;
#[doc(hidden)]
pub use response_future::{Read, Reply, Sending};
pub use waits::{LONGEST_WAIT, seconds};
