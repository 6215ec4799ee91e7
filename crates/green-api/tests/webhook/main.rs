//! The webhook endpoint: who is let in, what is answered when, and that nothing is lost.

#[path = "../common/mod.rs"]
mod common;
#[path = "../wire/mod.rs"]
mod wire;

mod access;
mod handling;
mod hostile;
mod queue;
mod repetition;
mod serving;
mod shutdown;
mod support;
