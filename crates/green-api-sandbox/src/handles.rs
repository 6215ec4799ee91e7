//! The control in Rust: handles of instances, phones and faults.

mod chats;
pub(crate) mod credentials;
pub(crate) mod faults;
pub(crate) mod instance;
pub(crate) mod phone;
