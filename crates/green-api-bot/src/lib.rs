#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!(
    "a bot needs a store: switch on the feature `sqlite` or `postgres` of green-api-bot"
);

/// The example for assistants compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../llms.txt")]
struct Llms;

mod bot;
mod chat;
mod context;
mod dialogue;
mod error;
mod event;
pub mod extract;
pub mod filter;
pub mod guides;
mod handler;
pub mod middleware;
mod router;
mod run;
mod scope;
mod state;
#[cfg(feature = "testing")]
pub mod testing;
mod update;

pub use bot::Bot;
pub use chat::Chat;
pub use context::Context;
pub use dialogue::{Dialogue, Step};
pub use error::Error;
pub use event::BotEvent;
pub use green_api::{BoxError, Instance};
pub use green_api_mailbox::{Instances, Journal, Store};
pub use handler::{Handler, HandlerResult, Outcome};
pub use router::{Explanation, HandlerService, Router};
pub use scope::Scope;
pub use state::DialogueState;
pub use update::Update;

/// The programs on the first page of the repository compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FirstPage;
