//! Exit codes: one for each cause that a script would handle differently.

use green_api::{Delivery, Error, ErrorKind, Outlook};
use serde::{Serialize, Serializer};

use super::reads;

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Unexpected = 1,
    Input = 2,
    Refused = 3,
    Credentials = 4,
    Network = 5,
    Limit = 6,
    NotTyped = 7,
    State = 8,
    Unsure = 9,
    Negative = 10,
    Interrupted = 130,
}

impl Exit {
    const MEANINGS: [(Self, &str); 12] = [
        (
            Self::Done,
            "success, including when the reader of the output has closed it",
        ),
        (
            Self::Unexpected,
            "unexpected error, such as a response that is not as documented",
        ),
        (
            Self::Input,
            "invalid input: arguments, phone numbers, environment variables or files; nothing was changed",
        ),
        (
            Self::Refused,
            "the server refused the request, or issued no code",
        ),
        (
            Self::Credentials,
            "wrong token, idInstance or host (401, 403)",
        ),
        (
            Self::Network,
            "no connection, no response in time, or a server error (5xx); nothing was changed, so it is safe to retry",
        ),
        (
            Self::Limit,
            "rate limit exceeded (429), or the plan's quota is used up (466)",
        ),
        (
            Self::NotTyped,
            "the code was not typed on the phone in time",
        ),
        (
            Self::State,
            "not possible in the instance's state: already linked, not linked, blocked, starting, not paid for",
        ),
        (
            Self::Unsure,
            "unclear outcome: the request was, or may have been, carried out; check before you retry",
        ),
        (Self::Negative, "`check` found a number without WhatsApp"),
        (
            Self::Interrupted,
            "interrupted with Ctrl-C, or ended by another program before anything was in doubt",
        ),
    ];

    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// Returns the table in `--help`.
    pub(crate) fn help() -> String {
        let rows = Self::MEANINGS.map(|(exit, meaning)| format!("  {:>3}  {meaning}", exit.code()));
        format!("Exit codes:\n{}", rows.join("\n"))
    }
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl From<&Error> for Exit {
    /// A request that may have changed something gets an exit code of its own: a script must not repeat it.
    fn from(error: &Error) -> Self {
        let exit = error.kind().into();
        let may_be_done = matches!(error.delivery(), Delivery::MaybeSent | Delivery::Accepted);
        if may_be_done
            && !reads(error.operation())
            && matches!(exit, Self::Network | Self::Unexpected)
        {
            Self::Unsure
        } else {
            exit
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        use ErrorKind as Kind;
        match kind {
            Kind::InvalidInput | Kind::File => Self::Input,
            Kind::BadRequest | Kind::Declined | Kind::NotFound | Kind::TooLarge => Self::Refused,
            Kind::Unauthorized | Kind::Forbidden => Self::Credentials,
            Kind::RateLimited | Kind::QuotaExceeded => Self::Limit,
            Kind::Starting
            | Kind::NotAuthorized
            | Kind::Expired
            | Kind::Deleted
            | Kind::WebhookUrlSet => Self::State,
            Kind::CertificateName
            | Kind::CertificateExpired
            | Kind::CertificateUntrusted
            | Kind::Tls
            | Kind::Proxy => Self::Network,
            kind if kind.outlook() == Outlook::Passes => Self::Network,
            // `UnexpectedAnswer` and the like, and kinds that this version does not know.
            _ => Self::Unexpected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_same_table() {
        let readme = include_str!("../../README.md");
        for (exit, meaning) in Exit::MEANINGS {
            let row = format!("| {} | {meaning} |", exit.code());
            assert!(readme.lines().any(|line| line == row), "{row}");
        }
    }
}
