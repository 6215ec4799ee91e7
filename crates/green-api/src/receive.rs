//! Receiving: one notification after another, by long polling or at an endpoint.

mod dead_letter;
mod drift_watch;
#[cfg(feature = "client")]
pub mod polling;
mod recent;
mod trouble;
#[cfg(feature = "webhook")]
pub mod webhook;

pub use dead_letter::{BoxError, DeadLetter, SharedError};
#[cfg(feature = "client")]
pub use polling::{Notifications, Receipt, Received};
pub use trouble::Trouble;
#[cfg(feature = "webhook")]
pub use webhook::Webhook;
