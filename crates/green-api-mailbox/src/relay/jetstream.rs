//! The sink that publishes to NATS JetStream.

use std::fmt;
use std::future::IntoFuture as _;

use async_nats::jetstream::context::{
    CreateStreamErrorKind, GetStreamErrorKind, PublishError, PublishErrorKind,
};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, Stream};
use async_nats::jetstream::{Context, Error as ServerError, ErrorCode};
use green_api::InstanceId;
use tokio::sync::{Mutex, watch};

use super::connection::{ConnectError, connect, is_connected};
use super::event::{Difference, JetStreamEvent};
use super::options::JetStreamOptions;
use super::{Relay, subject};
use crate::sink::{Relayed, Sink, SinkError};

/// A [`Sink`] that publishes to NATS JetStream; [`Relay::jetstream`] creates a relay with it.
///
/// Each notification is a message of its JSON as it came:
///
/// * The subject is `green-api.<instance>.<kind>.<chat>`, so `green-api.7103000001.>` is everything of one instance. What has no chat has `-`
///   there. Characters other than letters, digits, `-`, `_` and `@` are percent-encoded: the chat `447700900145@c.us` is
///   `447700900145@c%2Eus`. Kinds of more than 64 and chats of more than 128 bytes, which somebody made up, end with `~` and a digest.
/// * The headers `Green-Api-Instance`, `Green-Api-Kind` and `Green-Api-Chat` have the same, with the dots.
/// * `Nats-Msg-Id` is the [`key`](Relayed::key). A message that is published again within the stream's
///   [`duplicate_window`](JetStreamOptions::duplicate_window) is confirmed and not stored again.
///
/// The stream is created when it is missing. When it is full or the server is away, the relay waits.
///
/// What the server has confirmed survives its crash. A power cut may cost what its file system has not written:
/// set `sync_interval: always` at the server, or three [`replicas`](JetStreamOptions::replicas), if that matters.
pub struct JetStream {
    context: Context,
    options: JetStreamOptions,
    /// How often the connection was lost.
    lost: watch::Receiver<u64>,
    /// Whether the stream was found or created.
    ready: Mutex<bool>,
}

impl Relay<JetStream> {
    /// Creates a relay to NATS JetStream, and begins to connect. A server that is away is waited for.
    ///
    /// The URL is `nats://host:4222`, or `tls://…`, with `user:password@` or `token@` before the host where the server asks for that. Several
    /// servers of a cluster are separated by commas.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL cannot be read. What the server does not accept, such as a password, is told by
    /// [`on_event`](JetStreamOptions::on_event).
    pub async fn jetstream(url: &str, options: JetStreamOptions) -> Result<Self, ConnectError> {
        JetStream::connect(url, options).await.map(Self::new)
    }
}

impl JetStream {
    /// Begins to connect; see [`Relay::jetstream`].
    ///
    /// # Errors
    ///
    /// Returns an error if the URL cannot be read.
    pub async fn connect(url: &str, options: JetStreamOptions) -> Result<Self, ConnectError> {
        let (context, lost) = connect(url, &options).await?;
        Ok(Self {
            context,
            options,
            lost,
            ready: Mutex::new(false),
        })
    }

    /// Makes sure that the stream is there, once.
    async fn prepare(&self) -> Result<(), SinkError> {
        let mut ready = self.ready.lock().await;
        if !*ready {
            let stream = stream(&self.context, &self.options).await?;
            if stream.cached_info().config.no_ack {
                let name = &self.options.stream;
                let error = format!("the stream {name} confirms nothing, since no_ack is set");
                return Err(SinkError::temporary(error));
            }
            *ready = true;
        }
        Ok(())
    }

    /// Says what a failure to publish means.
    async fn failed(&self, error: PublishError) -> SinkError {
        let stream = &self.options.stream;
        match (error.kind(), code_of(&error)) {
            (PublishErrorKind::MaxPayloadExceeded, _)
            | (_, Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM)) => {
                SinkError::refused(format!("it is larger than the stream {stream} takes"))
            }
            (PublishErrorKind::StreamNotFound, _) | (_, Some(ErrorCode::STREAM_NOT_MATCH)) => {
                *self.ready.lock().await = false;
                SinkError::temporary(format!(
                    "the stream {stream} does not take the subjects {}.>",
                    subject::ROOT
                ))
            }
            (_, Some(ErrorCode::STREAM_STORE_FAILED)) => {
                SinkError::temporary(format!("the stream {stream} takes no more: {error}"))
            }
            _ => SinkError::temporary(error),
        }
    }

    fn message(&self, notification: &Relayed, instance: Option<i64>) -> PublishMessage {
        let mut message = PublishMessage::build()
            .payload(notification.json().to_owned().into())
            .message_id(subject::value(notification.key()))
            .expected_stream(&self.options.stream)
            .header("Green-Api-Kind", subject::value(notification.kind()));
        if let Some(instance) = instance {
            message = message.header("Green-Api-Instance", instance.to_string());
        }
        if let Some(chat) = notification.chat() {
            message = message.header("Green-Api-Chat", subject::value(chat.as_str()));
        }
        message
    }
}

impl Sink for JetStream {
    async fn deliver(&self, notification: &Relayed) -> Result<(), SinkError> {
        if !is_connected(&self.context.client()) {
            return Err(SinkError::temporary("there is no connection to NATS"));
        }
        self.prepare().await?;
        let instance = notification.instance().map(InstanceId::get);
        let chat = notification.chat().map(|chat| chat.as_str());
        let subject = subject::subject(instance, notification.kind(), chat);
        let message = self.message(notification, instance);
        let mut lost = self.lost.clone();
        lost.mark_unchanged();
        let publish = async {
            let confirmation = self.context.send_publish(subject, message).await?;
            confirmation.into_future().await
        };
        // No answer comes over a connection that is lost; the key makes it safe to publish again.
        let published = tokio::select! {
            biased;
            published = publish => published,
            Ok(()) = lost.changed() => {
                let error = "the connection to NATS was lost before the confirmation";
                return Err(SinkError::temporary(error));
            }
        };
        match published {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(error).await),
        }
    }
}

impl fmt::Debug for JetStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStream")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Finds the stream or creates it, and tells what is not as the options say.
pub(super) async fn stream(
    context: &Context,
    options: &JetStreamOptions,
) -> Result<Stream, SinkError> {
    let name = &options.stream;
    match context.get_stream(name).await {
        Ok(stream) => {
            let differences = differences(&options.config(), &stream.cached_info().config);
            if !differences.is_empty() {
                let name = format!("the stream {name}");
                options.tell(JetStreamEvent::Differs { name, differences });
            }
            return Ok(stream);
        }
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
            _ => return Err(SinkError::temporary(error)),
        },
    }
    let created = context.create_stream(options.config()).await;
    let stream = created.map_err(|error| match error.kind() {
        CreateStreamErrorKind::JetStream(error)
            if error.error_code() == ErrorCode::STREAM_SUBJECT_OVERLAP =>
        {
            SinkError::temporary(format!(
                "the stream {name} cannot be created, since another one takes subjects of {}.>",
                subject::ROOT
            ))
        }
        _ => SinkError::temporary(error),
    })?;
    let stream_name = name.clone();
    options.tell(JetStreamEvent::Created {
        stream: stream_name,
    });
    Ok(stream)
}

fn differences(wanted: &Config, found: &Config) -> Vec<Difference> {
    macro_rules! compare {
        ($($field:ident: $setting:literal),+) => {
            [$(Difference::of($setting, &wanted.$field, &found.$field)),+]
        };
    }
    let all = compare!(
        subjects: "subjects",
        storage: "storage",
        discard: "discard",
        no_ack: "no_ack",
        max_age: "max_age",
        max_bytes: "max_bytes",
        max_messages: "max_msgs",
        max_message_size: "max_msg_size",
        duplicate_window: "duplicate_window",
        num_replicas: "num_replicas"
    );
    all.into_iter().flatten().collect()
}

/// Returns the code of an error that the server gave.
fn code_of(error: &(dyn std::error::Error + 'static)) -> Option<ErrorCode> {
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<ServerError>())
        .map(ServerError::error_code)
}
