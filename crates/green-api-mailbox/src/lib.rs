#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod store;
mod work;

pub use error::{BoxError, Error};
pub use sqlx;
pub use store::{InTransaction, Store, StoreBuilder};
