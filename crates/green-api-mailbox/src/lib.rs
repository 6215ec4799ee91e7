#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod commit;
mod error;
mod inbox;
mod outbox;
mod relay;
mod sink;
mod store;
mod work;

pub use commit::{Commit, CommitPut, Running};
pub use error::Error;
pub use green_api::BoxError;
pub use inbox::*;
pub use outbox::{
    Hold, Journal, Outbox, OutboxEntry, OutboxEvent, OutboxState, OutboxStats, OutboxWork, Put,
    Putting,
};
pub use relay::*;
pub use sink::{Relayed, Sink, SinkError};
pub use sqlx;
pub use store::{InTransaction, Store, StoreBuilder};
