//! Exit codes: one for each cause that a script would treat in its own way.

use green_api::operation::Operation;
use green_api::{Delivery, Error, ErrorKind, Outlook};
use serde::{Serialize, Serializer};

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
    const ALL: [Self; 12] = [
        Self::Done,
        Self::Unexpected,
        Self::Input,
        Self::Refused,
        Self::Credentials,
        Self::Network,
        Self::Limit,
        Self::NotTyped,
        Self::State,
        Self::Unsure,
        Self::Negative,
        Self::Interrupted,
    ];

    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; also when whoever reads the output has read enough",
            Self::Unexpected => "something unexpected, such as an answer that is not as documented",
            Self::Input => {
                "bad input: arguments, phone number, variables, files; nothing was changed"
            }
            Self::Refused => "the server refused the request, or issued no code",
            Self::Credentials => "the token, the instance's number or the host is wrong (401, 403)",
            Self::Network => {
                "no connection, no answer in time, or the server failed (5xx); nothing was changed, so it can be repeated"
            }
            Self::Limit => {
                "too many requests a second (429), or the tariff's quota is used up (466)"
            }
            Self::NotTyped => "the code was not typed on the phone in time",
            Self::State => {
                "the instance's state forbids it: linked already, not linked, blocked, starting, not paid for"
            }
            Self::Unsure => {
                "nobody knows what came of it: the request may have been, or was, carried out; look before you repeat it"
            }
            Self::Negative => "`check` found no WhatsApp account",
            Self::Interrupted => "interrupted with Ctrl-C",
        }
    }

    /// The table in `--help`.
    pub(crate) fn help() -> String {
        Self::ALL
            .iter()
            .fold("Exit codes:".to_owned(), |help, exit| {
                format!("{help}\n  {:>3}  {}", exit.code(), exit.meaning())
            })
    }
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl From<&Error> for Exit {
    /// What changes something and may have done so is a cause of its own: a script must not repeat it.
    fn from(error: &Error) -> Self {
        let exit = error.kind().into();
        let reads = Operation::find(error.operation()).is_some_and(Operation::reads);
        let may_be_done = matches!(error.delivery(), Delivery::MaybeSent | Delivery::Accepted);
        if may_be_done && !reads && matches!(exit, Self::Network | Self::Unexpected) {
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
            // `UnexpectedAnswer` and its like, and kinds that this version does not know.
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
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.meaning());
            assert!(readme.lines().any(|line| line == row), "{row}");
        }
    }
}
