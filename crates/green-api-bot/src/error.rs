//! Why a bot cannot run.

/// An error that prevents a bot from running or ends its run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A route cannot be used.
    #[error("{0}")]
    Route(String),
    /// The store is not fit for it.
    #[error("the bot's store: {0}")]
    Store(#[from] green_api_mailbox::Error),
    /// A webhook has no address to listen on.
    #[error("a webhook needs an address: call `Bot::listen`")]
    NowhereToListen,
    /// It cannot be served at its address.
    #[error("the bot cannot serve at its address: {0}")]
    Listen(#[from] std::io::Error),
    /// A notification to be explained is of no instance.
    #[error("the notification names no instance, so no dialogue can be looked for")]
    NoInstance,
    /// The broker's consumer is gone.
    #[cfg(feature = "nats")]
    #[error("the notifications of the broker: {0}")]
    Consumer(#[from] green_api_mailbox::ConsumerError),
}
