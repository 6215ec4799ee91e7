//! What became of a message.

use std::fmt;

use crate::Error;

/// The state of a message in the outbox.
///
/// It is queued, then sending, then sent; from there on statuses move it to delivered and read. What is doubtful is looked for, and becomes
/// sent, or queued again, or is parked for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutboxState {
    /// Waits for its turn.
    Queued = 0,
    /// Is being sent.
    Sending = 1,
    /// May have been sent. It is looked for, and nothing else is sent to the chat meanwhile.
    Doubtful = 2,
    /// Was taken by the server.
    Sent = 3,
    /// Has come at the recipient's phone.
    Delivered = 4,
    /// Was read by the recipient.
    Read = 5,
    /// Was taken by the server and could not be delivered.
    Failed = 6,
    /// Was not sent or not delivered, as the recipient has no WhatsApp.
    NoAccount = 7,
    /// Was refused by the server, or cannot be sent.
    Refused = 8,
    /// Waits for a person, who has to say what to do.
    Parked = 9,
    /// Was taken back before it was sent.
    Cancelled = 10,
    /// Was not sent in time.
    Expired = 11,
}

const ALL: [OutboxState; 12] = [
    OutboxState::Queued,
    OutboxState::Sending,
    OutboxState::Doubtful,
    OutboxState::Sent,
    OutboxState::Delivered,
    OutboxState::Read,
    OutboxState::Failed,
    OutboxState::NoAccount,
    OutboxState::Refused,
    OutboxState::Parked,
    OutboxState::Cancelled,
    OutboxState::Expired,
];

impl OutboxState {
    pub(crate) fn of(number: i64) -> Result<Self, Error> {
        let index = usize::try_from(number).ok();
        let state = index.and_then(|index| ALL.get(index)).copied();
        state.ok_or_else(|| Error::Unreadable(format!("{number} is not a state")))
    }

    /// Returns the name, in camel case as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Doubtful => "doubtful",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::NoAccount => "noAccount",
            Self::Refused => "refused",
            Self::Parked => "parked",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Returns `true` if the outbox will still do something about it by itself.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sending | Self::Doubtful)
    }

    /// Returns `true` if nothing more will become of it, unless a person asks for it.
    #[must_use]
    pub fn is_final(self) -> bool {
        !self.is_open() && !matches!(self, Self::Sent | Self::Delivered)
    }
}

impl fmt::Display for OutboxState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for OutboxState {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let known = ALL.into_iter().find(|state| state.as_str() == name);
        known.ok_or_else(|| {
            let names = ALL.map(OutboxState::as_str).join(", ");
            Error::Refused(format!("this is not a state; there are {names}"))
        })
    }
}
