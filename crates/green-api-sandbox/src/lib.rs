#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account;
mod bundle;
mod chat_ids;
mod clock;
mod contract;
mod control;
mod fault;
mod files;
mod form;
mod instance;
mod limiter;
mod operations;
mod phone;
mod queue;
mod quota;
mod reply;
mod requests;
mod sandbox;
mod secrets;
mod server;
mod state;
mod webhooks;
mod world;

pub use self::clock::Clock;
pub use self::fault::{Fault, Faults};
pub use self::instance::Instance;
pub use self::phone::{Phone, PhoneError};
pub use self::quota::Plan;
pub use self::requests::Request;
pub use self::sandbox::{Builder, Sandbox, StartError};
pub use self::state::{State, UnknownState};
pub use self::webhooks::{WebhookDelivery, WebhookOutcome};
