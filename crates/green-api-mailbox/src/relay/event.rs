//! What is told of a connection to JetStream.

use std::fmt;

/// An event of the connection to NATS or of the stream. `Display` is one sentence, without messages, addresses and passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JetStreamEvent {
    /// The connection stands, or stands again.
    Connected,
    /// The connection is lost. It is made again, however long that takes.
    Disconnected,
    /// Something failed that is tried again, such as a connection with a password that is not accepted.
    Failed {
        /// The error, in words.
        reason: String,
    },
    /// The stream was created.
    Created {
        /// Its name.
        stream: String,
    },
    /// A stream or a consumer exists with other settings than those of the options. It is used as it is.
    Differs {
        /// The name of the stream or the consumer.
        name: String,
        /// The settings that differ.
        differences: Vec<Difference>,
    },
    /// A message was not handled, and is tried again. Only those of its chat wait for it.
    Handling {
        /// The place of the message in the stream.
        sequence: u64,
        /// The number of the attempt, counted from 1.
        attempt: u32,
    },
    /// A message failed for as long as is allowed, is hopeless or cannot be read, and nobody takes dead letters: it is tried again, and
    /// those of its chat wait.
    Blocked {
        /// The place of the message in the stream.
        sequence: u64,
        /// The number of the attempt, counted from 1.
        attempt: u32,
    },
}

/// A setting of a stream or a consumer that is not what the options say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The name of the setting, as NATS has it.
    pub setting: &'static str,
    /// The value in the options.
    pub wanted: String,
    /// The value at the server.
    pub found: String,
}

impl Difference {
    /// Compares a setting.
    pub(super) fn of<T: PartialEq + fmt::Debug>(
        setting: &'static str,
        wanted: &T,
        found: &T,
    ) -> Option<Self> {
        (wanted != found).then(|| Self {
            setting,
            wanted: format!("{wanted:?}"),
            found: format!("{found:?}"),
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            wanted,
            found,
        } = self;
        write!(f, "{setting} is {found} instead of {wanted}")
    }
}

impl fmt::Display for JetStreamEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected => f.write_str("connected to NATS"),
            Self::Disconnected => f.write_str("the connection to NATS is lost, and made again"),
            Self::Failed { reason } => write!(f, "NATS: {reason}"),
            Self::Created { stream } => write!(f, "the stream {stream} was created"),
            Self::Differs { name, differences } => {
                let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
                let differences = differences.join(", ");
                write!(f, "{name} exists and is used as it is: {differences}")
            }
            Self::Handling { sequence, attempt } => write!(
                f,
                "attempt {attempt} to handle message {sequence} of the stream failed"
            ),
            Self::Blocked { sequence, attempt } => write!(
                f,
                "message {sequence} of the stream blocks its chat, attempt {attempt}; it is kept, since nobody takes dead letters"
            ),
        }
    }
}
