//! The file of dead letters.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
#[cfg(unix)]
use std::time::{Duration, Instant};

use green_api::{DeadLetter, InstanceId};
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal::Part;

/// How long a pipe may be without a reader, which may be starting at the same time.
#[cfg(unix)]
const READER: Duration = Duration::from_secs(2);

/// A file that grows by one JSON object a line.
pub(crate) struct DeadLetters(Mutex<File>);

impl DeadLetters {
    /// Opens the file. It holds messages, so only the user can read it if it is new.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Failure> {
        let opened = open(&path).and_then(|file| end_last_line(file, &path));
        let file = opened.map_err(|error| {
            Failure::input(format!(
                "--dead-letter: cannot write {}: {error}",
                path.display()
            ))
        })?;
        Ok(Self(Mutex::new(file)))
    }

    /// Appends a line and syncs it to the disk: after that, the notification is deleted from the server's queue.
    pub(crate) fn append(&self, letter: &DeadLetter) -> io::Result<()> {
        let line = line(letter)? + "\n";
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = file.metadata()?.len();
        if let Err(error) = file.write_all(line.as_bytes()) {
            // Removes half a line, which would spoil the next one. Only a regular file can be truncated.
            let _ = file.set_len(before);
            return Err(error);
        }
        use io::ErrorKind::{InvalidInput, Unsupported};
        match file.sync_data() {
            // Pipes and terminals cannot be synced.
            Err(error) if matches!(error.kind(), InvalidInput | Unsupported) => Ok(()),
            synced => synced,
        }
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    options
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    options().open(path)
}

/// Opens the file without waiting for ever: a pipe without a reader would never open.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    let mut options = options();
    let at_once = i32::try_from(OFlags::NONBLOCK.bits()).map_err(io::Error::other)?;
    options.mode(0o600).custom_flags(at_once);
    let until = Instant::now() + READER;
    loop {
        match options.open(path) {
            Ok(file) => {
                // A reader that is slow is waited for.
                fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
                return Ok(file);
            }
            Err(error) if !is_without_reader(&error, path) => return Err(error),
            Err(_) if Instant::now() < until => std::thread::sleep(READER / 50),
            Err(_) => {
                return Err(io::Error::other(
                    "it is a pipe that nobody reads; start its reader first",
                ));
            }
        }
    }
}

#[cfg(unix)]
fn is_without_reader(error: &io::Error, path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
        && path.metadata().is_ok_and(|is| is.file_type().is_fifo())
}

/// Ends the last line if it was cut short by a crash.
fn end_last_line(mut file: File, path: &Path) -> io::Result<File> {
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.len() > 0 {
        let mut written = File::open(path)?;
        written.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        written.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// The content of a line.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Failed {
        attempts: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        instance: Option<i64>,
        error: Option<String>,
        notification: Part<'a>,
    },
    Unreadable {
        #[serde(skip_serializing_if = "Option::is_none")]
        instance: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        raw: &'a str,
    },
}

fn line(letter: &DeadLetter) -> serde_json::Result<String> {
    let text = letter.text();
    let instance = letter.instance().map(InstanceId::get);
    serde_json::to_string(&match letter {
        DeadLetter::Failed { received, error } => Line::Failed {
            instance,
            attempts: received.attempt(),
            error: error.as_ref().map(ToString::to_string),
            notification: Part(&text),
        },
        DeadLetter::Unreadable { error, .. } => Line::Unreadable {
            instance,
            error: Some(error.to_string()),
            raw: &text,
        },
        // Kinds that this version does not know.
        _ => Line::Unreadable {
            instance,
            error: None,
            raw: &text,
        },
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn letter(kind: &str) -> DeadLetter {
        let received = serde_json::json!({ "typeWebhook": kind });
        DeadLetter::Failed {
            received: serde_json::from_value(received).unwrap(),
            error: None,
        }
    }

    #[test]
    fn half_a_line_stays_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead.jsonl");
        fs::write(&path, "{\"attem").unwrap();
        for _ in 0..2 {
            DeadLetters::open(path.clone())
                .unwrap()
                .append(&letter("a"))
                .unwrap();
        }
        let line = r#"{"attempts":1,"error":null,"notification":{"typeWebhook":"a"}}"#;
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            format!("{{\"attem\n{line}\n{line}\n")
        );
    }
}
