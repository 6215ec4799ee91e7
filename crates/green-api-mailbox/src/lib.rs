#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod commit;
mod error;
pub mod inbox;
mod store;
mod work;

pub use commit::{Commit, Running};
pub use error::{BoxError, Error};
pub use inbox::Inbox;
pub use sqlx;
pub use store::{InTransaction, Store, StoreBuilder};
