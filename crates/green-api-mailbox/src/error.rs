//! What can go wrong between a program and its store.

use std::fmt;

use crate::runtime;

/// An error returned by the mailbox. `Display` says what to do about it, and contains no customer's message and no address with a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store was made by a newer version of this crate, which keeps things that this one would not understand.
    #[error(
        "the store has version {found} of the tables, and this program knows {known}: upgrade the program, or use another store; nothing was changed"
    )]
    Newer {
        /// The version of the tables in the store.
        found: i64,
        /// The latest version that this crate knows.
        known: i64,
    },
    /// The store cannot be opened as it is asked for.
    #[error("the store cannot be opened: {0}")]
    Open(String),
    /// The database cannot be reached, is busy or full for now. Nearly always nothing happened; but where the connection broke during a commit, what
    /// was asked for may have happened. Ask again, with the same key where there is one: what is there already stays as it is.
    #[error("the store does not take it now: {0}; what is in it is safe, try again")]
    Unavailable(String),
    /// The database refuses it, and would again; or it is asked outside of a Tokio runtime, where nothing can reach it.
    #[error("the store refuses it: {0}")]
    Refused(String),
    /// The transaction is of another database than the store, or the caller's SQL in it failed.
    #[error("the transaction cannot be used: {0}")]
    Transaction(String),
    /// A key that cannot be one.
    #[error("this key cannot be used: {0}")]
    Key(String),
    /// A request that the outbox does not take.
    #[error("this cannot be put in the outbox: {0}")]
    Message(String),
    /// The key is in the outbox already, with another content.
    #[error(
        "the outbox has the key `{key}` already, with another content: {difference}; a key stands for one message, so choose another key for another one"
    )]
    Conflict {
        /// The key.
        key: String,
        /// What differs: names of fields, no values.
        difference: String,
    },
    /// A document that cannot be kept.
    #[error("this document cannot be kept: {0}")]
    Document(String),
    /// Somebody else has changed the document since it was read. Nothing was written; read it again.
    #[error("the document `{name}` was changed since it was read; nothing was written")]
    Changed {
        /// Its name.
        name: String,
    },
    /// No entry has this key.
    #[error("there is no entry with the key `{0}`")]
    Unknown(String),
    /// The entry is in a state in which this cannot be done.
    #[error("the entry `{key}` is {state}: {reason}")]
    State {
        /// The key.
        key: String,
        /// What became of it so far.
        state: String,
        /// Why not, and what to do instead.
        reason: String,
    },
    /// The request cannot be sent as it is.
    #[error(transparent)]
    Request(#[from] green_api::Error),
    /// Data in the store cannot be read.
    #[error("what the store has cannot be read: {0}")]
    Unreadable(String),
    /// Another worker has taken over, since this one could not renew its lease in time. What it did was not committed.
    #[error("another worker has taken over this chat; nothing was committed here")]
    LeaseLost,
}

impl Error {
    /// Returns `true` if trying again can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Request(error) => error.is_transient(),
            _ => false,
        }
    }
}

/// Returns an error where the connections could only panic.
pub(crate) fn within_tokio() -> Result<(), Error> {
    runtime::within().map_err(|problem| Error::Refused(problem.to_owned()))
}

/// Says what a database's error means. Its own words can quote values, so only some of them are told.
pub(crate) fn of_database(error: &sqlx::Error) -> Error {
    use sqlx::Error as E;
    match error {
        E::Database(database) => {
            let code = database.code().unwrap_or_default().into_owned();
            of_code(&code, database.message())
        }
        E::Io(error) => Error::Unavailable(format!("the connection broke ({})", error.kind())),
        E::PoolTimedOut => Error::Unavailable(
            "no connection to the database could be had in time; is it running?".to_owned(),
        ),
        E::PoolClosed | E::WorkerCrashed => {
            Error::Unavailable("the connection to the database is closed".to_owned())
        }
        E::Tls(_) => Error::Open("no agreement on TLS with the database".to_owned()),
        E::ColumnDecode { .. } | E::ColumnNotFound(_) | E::Decode(_) | E::RowNotFound => {
            Error::Unreadable("its tables are not as this version makes them".to_owned())
        }
        other => Error::Refused(kind_of(other).to_owned()),
    }
}

fn kind_of(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Configuration(_) => "its address is not one",
        sqlx::Error::Protocol(_) => "it does not speak as expected",
        sqlx::Error::BeginFailed => "a transaction is open already",
        _ => "it cannot be used so",
    }
}

fn of_code(code: &str, message: &str) -> Error {
    let sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5);
    // The lower byte is the kind.
    match sqlite.map(|code| code & 0xff) {
        Some(5 | 6) => {
            return Error::Unavailable(
                "another program is writing to it; a transaction of your own must begin with `BEGIN IMMEDIATE`"
                    .to_owned(),
            );
        }
        Some(8) => return Error::Refused("it is read-only".to_owned()),
        Some(10) => return Error::Unavailable("reading or writing its file failed".to_owned()),
        Some(13) => return Error::Unavailable("its disk is full".to_owned()),
        Some(14) => return Error::Open("its file or folder is missing or not allowed".to_owned()),
        Some(26) => return Error::Open("the file is not a SQLite database".to_owned()),
        _ => {}
    }
    match code {
        "53100" => Error::Unavailable("its disk is full".to_owned()),
        "25006" => Error::Refused("it is read-only".to_owned()),
        "3D000" => Error::Open("the server has no such database".to_owned()),
        "28000" | "28P01" => Error::Open("the server does not let this user in".to_owned()),
        "42501" => Error::Refused("the user may not do this".to_owned()),
        "40001" | "40P01" | "53300" | "55P03" | "57P01" | "57P02" | "57P03" | "57014" => {
            Error::Unavailable(format!("{message} (code {code})"))
        }
        _ if code.starts_with("08") => Error::Unavailable(format!("{message} (code {code})")),
        // Of others the words may quote values.
        _ => Error::Refused(format!("code {code} of the database")),
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        of_database(&error)
    }
}

/// A text that is shown, cut where it would be too long.
pub(crate) fn brief(text: &impl fmt::Display) -> String {
    const LONGEST: usize = 500;
    let text = text.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_understood() {
        for (code, transient) in [
            ("5", true),
            ("517", true),
            ("13", true),
            ("8", false),
            ("26", false),
            ("57P01", true),
            ("08006", true),
            ("53100", true),
            ("23505", false),
        ] {
            assert_eq!(of_code(code, "").is_transient(), transient, "{code}");
        }
    }
}
