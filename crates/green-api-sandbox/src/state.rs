use std::fmt;

/// The state of an instance, as `getStateInstance` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// No WhatsApp account is linked.
    NotAuthorized,
    /// An account is linked.
    Authorized,
    /// WhatsApp has banned the account.
    Blocked,
    /// The phone is switched off.
    SleepMode,
    /// The instance is starting or restarting.
    Starting,
    /// Sending is suspended, partly or fully, because of spam.
    YellowCard,
    /// The account is restricted for a while.
    Suspended,
}

impl State {
    /// The spelling of the API, such as `notAuthorized`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthorized => "notAuthorized",
            Self::Authorized => "authorized",
            Self::Blocked => "blocked",
            Self::SleepMode => "sleepMode",
            Self::Starting => "starting",
            Self::YellowCard => "yellowCard",
            Self::Suspended => "suspended",
        }
    }

    /// Whether an account is linked and can be talked to.
    pub(crate) fn is_linked(self) -> bool {
        matches!(self, Self::Authorized | Self::SleepMode | Self::YellowCard | Self::Suspended)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
