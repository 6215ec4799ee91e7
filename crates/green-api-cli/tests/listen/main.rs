//! `green-api listen`: printing, running a command, giving up, and ending.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod dead_letters;
mod ending;
mod exec;
mod metrics;
mod printing;
mod silence;
mod support;
mod webhook;
