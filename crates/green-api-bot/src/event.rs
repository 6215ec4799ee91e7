//! What a bot tells while it runs.

use std::sync::Arc;

use green_api::{Error, InstanceId, ReceiveProblem};
use green_api_mailbox::{InboxEntry, OutboxEvent};

/// Something that happened while a bot runs; [`Bot::on_event`](crate::Bot::on_event) is told. Without it, it is logged.
#[derive(Debug)]
#[non_exhaustive]
pub enum BotEvent<'a> {
    /// The settings of an instance did not let notifications through, and were changed. It takes up to five minutes.
    SwitchedOn {
        /// The instance.
        instance: InstanceId,
        /// The settings, by the documentation's names of them.
        settings: &'a [&'static str],
    },
    /// The settings of an instance do not let notifications through, and are [to be left](crate::Bot::leave_settings).
    Off {
        /// The instance.
        instance: InstanceId,
        /// The settings, by the documentation's names of them.
        settings: &'a [&'static str],
    },
    /// An instance cannot be used, such as for a wrong token. It is tried again, up to every five minutes; the others are not concerned.
    Broken {
        /// The instance.
        instance: InstanceId,
        /// Why.
        error: &'a Error,
    },
    /// An instance that was broken can be used again: its settings were read and, where the bot polls, a poll was answered.
    Mended {
        /// The instance.
        instance: InstanceId,
    },
    /// A problem of receiving that is waited out, or its end.
    Receiving(&'a ReceiveProblem<'a>),
    /// A notification that could not be handled was given up on. It stays in the [inbox](green_api_mailbox::Inbox::parked).
    Parked(&'a InboxEntry),
    /// Something became of a message, or an instance is held or resumed.
    Outbox(&'a OutboxEvent),
    /// The instances that there are could not be asked for, and stay as they are.
    Tenants(&'a green_api::BoxError),
}

pub(crate) type OnEvent = Arc<dyn Fn(&BotEvent<'_>) + Send + Sync>;
