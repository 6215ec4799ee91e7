#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

// Generated code names this crate by its name, so that the same paths work in the crates that use it.
extern crate self as green_api_client;

mod context;
pub mod download;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod generated;
mod hooks;
pub mod lenient;
pub mod models;
pub mod multipart;
mod open_enum;
pub mod operation;
mod tagged_union;
mod upload;

pub use context::{Context, Observed};
pub use generated::client::{Client, ClientInfo, Error, ResponseValue};
pub use generated::{operations, types};
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
