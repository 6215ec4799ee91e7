#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

// serde's derive inside of `tagged_union!` finds serde by this name, here as in other crates.
extern crate self as green_api_types;

pub mod drift;
pub mod endpoint;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod generated;
pub mod lenient;
pub mod models;
mod open_enum;
pub mod operation;
mod raw_json;
pub mod reading;
mod salvage;
mod tagged_union;

pub use generated::{endpoints, operations, types};
pub use raw_json::RawJson;
pub use tagged_union::Unrecognized;

#[doc(hidden)]
pub mod __private {
    //! For the macros of this crate, wherever they are used.
    pub use crate::salvage::{Entry, entry, listed};
    pub use crate::tagged_union::{Union, decode, read_union, union, without_value};
    #[cfg(feature = "schemars")]
    pub use schemars;
    pub use serde;
    pub use serde_json;

    /// Keeps [`Endpoint`](crate::endpoint::Endpoint) to the types that are generated.
    pub trait Sealed {}
}
