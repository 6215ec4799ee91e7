#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod api;
mod control;
mod handles;
mod kit;
mod sandbox;
mod world;

pub use self::handles::credentials::Credentials;
pub use self::handles::faults::Faults;
pub use self::handles::instance::Instance;
pub use self::handles::phone::Phone;
pub use self::kit::clock::Clock;
pub use self::kit::requests::Request;
pub use self::sandbox::{Builder, Sandbox, StartError};
pub use self::world::calls::CallEnd;
pub use self::world::chats::{Chat, Message};
pub use self::world::faults::Fault;
pub use self::world::linking::PhoneError;
pub use self::world::messages::{
    Attachment, Button, ButtonAction, ContactCard, Content, LinkPreview, MessageStatus,
};
pub use self::world::quota::Plan;
pub use self::world::state::{State, UnknownState};
pub use self::world::statuses::{Status, StatusContent};
pub use self::world::webhooks::{WebhookDelivery, WebhookOutcome};
