//! The outbox, on every kind of store.

#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod crashes;
mod holds;
mod instances;
mod model;
mod putting;
mod sending;
mod settling;
mod spaced;
mod world;
