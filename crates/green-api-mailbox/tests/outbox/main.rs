//! The outbox, on every kind of store.

mod crashes;
mod holds;
mod model;
mod putting;
mod sending;
mod settling;
mod world;
