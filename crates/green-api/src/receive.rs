//! Receiving: one notification after another, by long polling or at an endpoint.
//!
//! What both doors share stands here: what a handler gets, the options, and what becomes of failures. `polling` and `webhook` fetch or accept
//! notifications and answer for them; neither knows the other.

mod callback;
mod dead_letter;
mod drift_watch;
mod failures;
mod handler_error;
mod human;
mod options;
#[cfg(feature = "client")]
pub mod polling;
mod problem;
mod received;
mod recent;
#[cfg(feature = "client")]
mod silence;
#[cfg(feature = "webhook")]
pub mod webhook;

pub use dead_letter::{BoxError, DeadLetter, SharedError};
pub use handler_error::{HandlerError, Verdict};
pub use options::ReceiveOptions;
#[cfg(feature = "client")]
pub use polling::{Notifications, Receipt};
pub use problem::{ProblemKind, ReceiveProblem, Recovery};
pub use received::Received;
#[cfg(feature = "webhook")]
pub use webhook::Webhook;
