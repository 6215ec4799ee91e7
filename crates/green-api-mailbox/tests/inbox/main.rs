//! The inbox, on every kind of store.

#![allow(clippy::unwrap_used)]

mod bad;
#[path = "../common/mod.rs"]
mod common;
mod documents;
mod doors;
mod effects;
mod figures;
mod instances;
mod kept;
mod model;
mod shared;
mod stores;
#[cfg(feature = "postgres")]
mod tls;
mod worked;
