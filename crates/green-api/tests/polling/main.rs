//! Long polling, against the sandbox.

#[path = "../common/mod.rs"]
mod common;
#[path = "../receiving/support.rs"]
#[allow(dead_code)]
mod support;
#[path = "../wire/mod.rs"]
mod wire;

mod dead_letters;
mod order;
mod outages;
mod queue;
mod reading;
