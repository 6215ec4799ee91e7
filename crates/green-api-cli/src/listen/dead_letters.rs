//! What was given up, in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use green_api::DeadLetter;
use serde::Serialize;

use super::line::Part;
use crate::failure::Failure;
use crate::text::one_line;

/// A file that grows by one JSON object a line.
pub(crate) struct DeadLetters(Mutex<File>);

impl DeadLetters {
    /// Opened before anything is received, so that a wrong path costs no notification. It holds messages, so only the user can read it.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| Failure::input(format!("--dead-letter: {} cannot be written: {error}", path.display())))?;
        Ok(Self(Mutex::new(file)))
    }

    /// On the disk when it returns: only then is the notification deleted from the server's queue.
    pub(crate) fn append(&self, letter: &DeadLetter) -> io::Result<()> {
        let line = line(letter)? + "\n";
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}

/// What stands on a line.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Failed {
        attempts: u32,
        error: Option<String>,
        notification: Part<'a>,
    },
    Unreadable {
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        raw: &'a str,
    },
}

fn line(letter: &DeadLetter) -> serde_json::Result<String> {
    let text = letter.text();
    serde_json::to_string(&match letter {
        DeadLetter::Failed { attempts, error, .. } => {
            Line::Failed { attempts: *attempts, error: error.as_ref().map(ToString::to_string), notification: Part(&text) }
        }
        DeadLetter::Unreadable { error, .. } => Line::Unreadable { error: Some(error.to_string()), raw: &text },
        // Kinds that are to come have a text, too.
        _ => Line::Unreadable { error: None, raw: &text },
    })
}

/// What was given up, without what was in it.
pub(crate) fn summary(letter: &DeadLetter) -> String {
    match letter {
        DeadLetter::Failed { notification, attempts, .. } => {
            format!("gave up a notification after {attempts} attempts: {}", one_line(notification.kind()))
        }
        _ => "gave up a notification that cannot be read".to_owned(),
    }
}
