//! How far a message got.

use std::cmp::Ordering;

use crate::types::MessageStatus;

impl MessageStatus {
    /// Returns `true` if the message did not reach the recipient and will not.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Failed | Self::NoAccount | Self::NotInGroup | Self::YellowCard
        )
    }

    /// Returns `true` if there is nothing left to wait for: the message was read, or will never be.
    ///
    /// A voice message that was read may still be [`Played`](Self::Played). Many messages stay at [`Delivered`](Self::Delivered) for ever, since
    /// people can turn off that it is seen what they read.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.is_failure() || matches!(self, Self::Read | Self::Played)
    }

    /// How far that is on the way that every message takes.
    fn step(&self) -> Option<u8> {
        match self {
            Self::Pending => Some(0),
            Self::Sent => Some(1),
            Self::Delivered => Some(2),
            Self::Read => Some(3),
            Self::Played => Some(4),
            _ => None,
        }
    }
}

/// By how far the message got: pending, sent, delivered, read, played.
///
/// A failure, and what this version does not know, is neither before nor after anything else.
///
/// ```
/// use green_api_types::types::MessageStatus;
///
/// assert!(MessageStatus::Read > MessageStatus::Delivered);
/// assert!(MessageStatus::Failed.partial_cmp(&MessageStatus::Sent).is_none());
/// ```
impl PartialOrd for MessageStatus {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.step(), other.step()) {
            (Some(step), Some(other)) => Some(step.cmp(&other)),
            _ => (self == other).then_some(Ordering::Equal),
        }
    }
}
