#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account;
mod bundle;
mod calls;
mod chat_ids;
mod chats;
mod clock;
mod connection;
mod contract;
mod control;
mod delivery;
mod fault;
mod files;
mod form;
mod groups;
mod instance;
mod limiter;
mod messages;
mod notifications;
mod operations;
mod outbox;
mod page;
mod people;
mod phone;
mod queue;
mod quota;
mod reply;
mod requests;
mod sandbox;
mod secrets;
mod server;
mod state;
mod stories;
mod webhooks;
mod world;

pub use self::calls::CallEnd;
pub use self::chats::{Chat, Message};
pub use self::clock::Clock;
pub use self::fault::{Fault, Faults};
pub use self::instance::Instance;
pub use self::messages::{
    Attachment, Button, ButtonAction, ContactCard, Content, LinkPreview, MessageStatus,
};
pub use self::phone::{Phone, PhoneError};
pub use self::quota::Plan;
pub use self::requests::Request;
pub use self::sandbox::{Builder, Sandbox, StartError};
pub use self::state::{State, UnknownState};
pub use self::stories::{Story, StoryContent};
pub use self::webhooks::{WebhookDelivery, WebhookOutcome};
