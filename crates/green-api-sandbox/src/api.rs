//! The API that clients see: the server with its checks and limits, the operations, and the webhooks that it posts.

pub(crate) mod bundle;
mod call;
mod chat_ids;
mod contract;
mod faults;
mod files;
mod form;
mod limits;
mod operations;
mod quota;
mod reply;
mod scanning;
pub(crate) mod server;
pub(crate) mod state;
pub(crate) mod webhooks;
