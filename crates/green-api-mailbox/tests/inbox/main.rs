//! The inbox, on every kind of store.

#![allow(clippy::unwrap_used)]

mod bad;
mod documents;
mod doors;
mod effects;
mod figures;
mod instances;
mod kept;
mod model;
mod shared;
mod stores;
mod worked;
