//! Tools that know nothing of instances, phones and messages.

pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod guard;
pub(crate) mod ids;
pub(crate) mod qr;
pub(crate) mod requests;
pub(crate) mod secrets;
