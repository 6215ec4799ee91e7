//! What is set for JetStream.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};

use super::event::JetStreamEvent;
use super::subject::ROOT;

type OnEvent = Arc<dyn Fn(&JetStreamEvent) + Send + Sync>;

/// Options for NATS JetStream, the same for [`JetStream`](crate::JetStream) and [`JetStreamConsumer`](crate::JetStreamConsumer). Clones share
/// their callback.
///
/// The limits are those of a stream that is created. One that exists stays as it is; what is different there is told as
/// [`JetStreamEvent::Differs`].
///
/// ```
/// use std::time::Duration;
/// use green_api_mailbox::JetStreamOptions;
///
/// let options = JetStreamOptions::new()
///     .max_age(Duration::from_secs(3 * 24 * 60 * 60))
///     .replicas(3)
///     .on_event(|event| eprintln!("{event}"));
/// ```
#[derive(Clone)]
#[must_use = "options do nothing until something connects with them"]
pub struct JetStreamOptions {
    pub(super) stream: String,
    max_age: Duration,
    max_messages: u64,
    max_message_size: u32,
    duplicate_window: Duration,
    replicas: usize,
    pub(super) timeout: Duration,
    pub(super) reconnect_delay: Duration,
    pub(super) root_certificates: Option<PathBuf>,
    on_event: Option<OnEvent>,
}

impl Default for JetStreamOptions {
    fn default() -> Self {
        Self {
            stream: "GREEN_API".to_owned(),
            max_age: Duration::from_secs(7 * 24 * 60 * 60),
            max_messages: 1_000_000,
            max_message_size: 1 << 20,
            duplicate_window: Duration::from_secs(60 * 60),
            replicas: 1,
            timeout: Duration::from_secs(5),
            reconnect_delay: Duration::from_secs(5),
            root_certificates: None,
            on_event: None,
        }
    }
}

impl JetStreamOptions {
    /// Creates options with the default values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of the stream (default: `GREEN_API`). Names have no dots and no spaces.
    pub fn stream(mut self, name: impl Into<String>) -> Self {
        self.stream = name.into();
        self
    }

    /// Sets how long the stream keeps a message, read or not (default: 7 days; zero: for ever).
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Sets how many messages the stream keeps (default: a million). A stream that is full refuses what comes, and the relay waits until there is
    /// room, so messages that nobody has read are not lost before their age.
    ///
    /// A limit in bytes is not set: where it is nearly reached, servers drop the oldest messages instead (seen with 2.9.10).
    pub fn max_messages(mut self, messages: u64) -> Self {
        self.max_messages = messages;
        self
    }

    /// Sets how large a message may be, with its headers (default: 1 MiB, which is also the default of a server). A larger notification
    /// is a dead letter.
    pub fn max_message_size(mut self, bytes: u32) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// Sets for how long the stream recognises a message that is published again (default: one hour). It should be longer than any outage of the
    /// relay. The server keeps the keys of that time in memory, about 200 bytes each. At most as long as `max_age`.
    pub fn duplicate_window(mut self, window: Duration) -> Self {
        self.duplicate_window = window;
        self
    }

    /// Sets on how many servers of a cluster the stream is kept (default: 1).
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// Sets how long an answer of the server is waited for before it is asked again (default: 5 seconds).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the longest wait between two attempts to connect, which go on for ever (default: 5 seconds). The first ones follow faster.
    pub fn reconnect_delay(mut self, longest: Duration) -> Self {
        self.reconnect_delay = longest;
        self
    }

    /// Trusts a server whose certificate is signed by one in this file, as PEM, instead of the authorities of the system. An address that begins with
    /// `tls://` asks for TLS; a server that demands it gets it in any case.
    pub fn root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.root_certificates = Some(path.into());
        self
    }

    /// Calls `callback` for what happens to the connection and the stream, which is also logged. A panic of `callback` is logged and
    /// changes nothing else.
    pub fn on_event(mut self, callback: impl Fn(&JetStreamEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(callback));
        self
    }

    /// Returns the stream that is created.
    pub(super) fn config(&self) -> Config {
        Config {
            name: self.stream.clone(),
            description: Some("notifications of GREEN-API".to_owned()),
            subjects: vec![format!("{ROOT}.>")],
            storage: StorageType::File,
            // Nothing is dropped unread.
            discard: DiscardPolicy::New,
            max_age: self.max_age,
            max_messages: self.max_messages.try_into().unwrap_or(i64::MAX),
            max_message_size: self.max_message_size.try_into().unwrap_or(i32::MAX),
            // What the server makes of no limit.
            max_bytes: -1,
            duplicate_window: self.duplicate_window,
            num_replicas: self.replicas,
            ..Config::default()
        }
    }

    /// Logs an event and calls the callback.
    pub(super) fn tell(&self, event: JetStreamEvent) {
        let stream = self.stream.as_str();
        match &event {
            JetStreamEvent::Connected | JetStreamEvent::Created { .. } => {
                tracing::info!(stream, "{event}");
            }
            _ => tracing::warn!(stream, "{event}"),
        }
        if let Some(callback) = &self.on_event
            && catch_unwind(AssertUnwindSafe(|| callback(&event))).is_err()
        {
            tracing::error!(stream, "the on_event callback panicked");
        }
    }
}

impl fmt::Debug for JetStreamOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStreamOptions")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
