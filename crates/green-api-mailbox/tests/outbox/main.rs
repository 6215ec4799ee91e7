//! The outbox, on every kind of store.

#![cfg(feature = "sqlite")]

mod crashes;
mod holds;
mod instances;
mod model;
mod putting;
mod sending;
mod settling;
mod world;
