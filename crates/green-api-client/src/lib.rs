// The examples of the README call.
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "client"), doc = "The types of [GREEN-API](https://green-api.com/en/docs/); the feature `client` adds the client.")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

// Generated code names this crate by its name, so that the same paths work in the crates that use it.
extern crate self as green_api_client;

#[cfg(feature = "client")]
mod context;
#[cfg(feature = "client")]
pub mod download;
pub mod drift;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod generated;
#[cfg(feature = "client")]
mod hooks;
pub mod lenient;
pub mod models;
#[cfg(feature = "client")]
pub mod multipart;
mod open_enum;
pub mod operation;
pub mod reading;
mod tagged_union;
#[cfg(feature = "client")]
mod upload;

#[cfg(feature = "client")]
pub use context::{Context, Observed};
#[cfg(feature = "client")]
pub use generated::client::{Client, ClientInfo, Error, ResponseValue};
pub use generated::{operations, types};
#[cfg(feature = "client")]
pub use hooks::{http_client, http_client_builder};
pub use tagged_union::{RawJson, Unrecognized};

#[doc(hidden)]
pub mod __private {
    //! For the macros of this crate, wherever they are used.
    pub use crate::tagged_union::{decode, split};
    #[cfg(feature = "schemars")]
    pub use schemars;
    pub use serde;
    pub use serde_json;
}
