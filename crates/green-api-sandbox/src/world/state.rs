use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use utoipa::ToSchema;

/// The state of an instance, as `getStateInstance` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ToSchema)]
#[schema(rename_all = "camelCase")]
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

/// The error of parsing a word that does not name a [`State`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "there is no state `{0}`; the states are notAuthorized, authorized, blocked, sleepMode, starting, yellowCard and suspended"
)]
pub struct UnknownState(String);

impl State {
    /// Every state that can be set.
    pub const ALL: &[Self] = &[
        Self::NotAuthorized,
        Self::Authorized,
        Self::Blocked,
        Self::SleepMode,
        Self::Starting,
        Self::YellowCard,
        Self::Suspended,
    ];

    /// Returns the spelling of the API, such as `notAuthorized`.
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

    /// Returns whether an account is linked and reachable.
    pub(crate) fn is_linked(self) -> bool {
        matches!(
            self,
            Self::Authorized | Self::SleepMode | Self::YellowCard | Self::Suspended
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_as_it_is_written_and_named_when_another_is_asked_for() {
        let complaint = "asleep".parse::<State>().unwrap_err().to_string();
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
            assert!(complaint.contains(state.as_str()), "{complaint}");
        }
    }
}
