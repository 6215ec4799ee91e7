#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod chats;
mod foreign;
mod lines;
mod scope;
mod sending;
mod server;
mod tool;

pub use chats::Chats;
pub use scope::{ParseScopeError, Scope};
pub use server::{Error, Server};
