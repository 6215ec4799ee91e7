#![doc = include_str!("../README.md")]

mod relay;
mod sink;

pub use relay::*;
pub use sink::{Relayed, Sink, SinkError};
