//! The outbox: messages that are to be sent, once each.

mod draft;
mod state;

pub(crate) use draft::Draft;
pub use draft::Put;
pub use state::OutboxState;
