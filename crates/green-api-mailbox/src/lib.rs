#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "__store")]
mod commit;
#[cfg(feature = "__store")]
mod document;
#[cfg(feature = "__store")]
mod error;
#[cfg(feature = "__store")]
mod inbox;
#[cfg(feature = "__store")]
mod instances;
mod key;
#[cfg(feature = "__store")]
mod outbox;
mod relay;
#[cfg(any(feature = "__store", feature = "nats"))]
mod runtime;
mod sink;
#[cfg(feature = "__store")]
mod store;
#[cfg(feature = "__store")]
mod work;

#[cfg(feature = "__store")]
pub use commit::{Commit, CommitPut, Running};
#[cfg(feature = "__store")]
pub use document::{Document, DocumentDraft};
#[cfg(feature = "__store")]
pub use error::Error;
pub use green_api::BoxError;
#[cfg(feature = "__store")]
pub use inbox::*;
#[cfg(feature = "__store")]
pub use instances::Instances;
#[cfg(feature = "__store")]
pub use outbox::{
    Hold, Journal, Outbox, OutboxEntry, OutboxEvent, OutboxState, OutboxStats, OutboxWork, Put,
    Putting,
};
pub use relay::*;
pub use sink::{Relayed, Sink, SinkError};
#[cfg(feature = "__store")]
pub use sqlx;
#[cfg(feature = "__store")]
pub use store::{InTransaction, Store, StoreBuilder};
