//! What an assistant is allowed to do.

use std::fmt;
use std::str::FromStr;

use green_api::operation::{Effect, Operation};
use green_api::operations::{DELETE_NOTIFICATION, QR, RECEIVE_NOTIFICATION, UPDATE_API_TOKEN};

/// A set of operations that an assistant can be allowed. Each operation belongs to one scope, by its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scope {
    /// Operations that change nothing: chats, messages, contacts, the state.
    Read,
    /// Operations that send a message or a status, edits included.
    Send,
    /// Everything else: settings, groups, contacts, catalogues, linking and unlinking the account.
    Manage,
}

const ALL: [Scope; 3] = [Scope::Read, Scope::Send, Scope::Manage];

impl Scope {
    /// Returns the name: `read`, `send` or `manage`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Send => "send",
            Self::Manage => "manage",
        }
    }

    /// Returns the scope of an operation, or why no assistant is offered it.
    pub(crate) fn of(operation: &Operation) -> Result<Self, &'static str> {
        if operation.family != "instance" {
            return Err("it needs the token of a partner");
        }
        if operation.deprecated {
            return Err("it is deprecated");
        }
        if [RECEIVE_NOTIFICATION.id, DELETE_NOTIFICATION.id].contains(&operation.id) {
            return Err(
                "it takes notifications from the program that handles them; last_incoming_messages reads what came in",
            );
        }
        if operation.id == UPDATE_API_TOKEN.id {
            return Err("its answer is a token");
        }
        let mut required = operation.arguments.iter().filter(|a| a.required);
        if required.any(|argument| operation.secrets.contains(&argument.name)) {
            return Err("it needs a secret, which an assistant is not shown");
        }
        Ok(match operation.effect {
            // Whoever has the code can link the account.
            _ if operation.id == QR.id => Self::Manage,
            Effect::Reads => Self::Read,
            Effect::Sends => Self::Send,
            Effect::Changes | Effect::Once => Self::Manage,
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of parsing a [`Scope`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected read, send or manage")]
pub struct ParseScopeError;

impl FromStr for Scope {
    type Err = ParseScopeError;

    fn from_str(name: &str) -> Result<Self, ParseScopeError> {
        let known = ALL.into_iter().find(|scope| scope.as_str() == name);
        known.ok_or(ParseScopeError)
    }
}
