//! Relays the notifications of an instance to a file, one line of JSON each, so that a crash at any moment loses nothing and doubles nothing.
//!
//! The credentials are those of `Instance::from_env`:
//!
//! ```sh
//! cargo run -p green-api-mailbox --example relay_to_a_file -- notifications.jsonl
//! ```

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use green_api::{BoxError, Instance, ReceiveOptions};
use green_api_mailbox::{Relay, Relayed, Sink, SinkError};
use serde::Deserialize;
use serde_json::json;

/// A file of notifications. One process may write to it at a time.
pub struct Lines(Arc<Mutex<State>>);

struct State {
    file: File,
    /// Where the whole lines end, which are on the disk.
    end: u64,
    /// What they are about. A file that grows for ever needs a limit here.
    keys: HashSet<String>,
}

/// What is read of a line.
#[derive(Deserialize)]
struct Line {
    key: String,
}

impl Lines {
    /// Opens the file, or creates it. A line that a crash has torn is removed: it was not confirmed, so its notification comes again.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        // It holds what people write.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let end = whole.map_or(0, |last| last + 1);
        let mut keys = HashSet::new();
        for line in bytes[..end].split(|byte| *byte == b'\n') {
            if !line.is_empty() {
                keys.insert(serde_json::from_slice::<Line>(line)?.key);
            }
        }
        let end = end as u64;
        file.set_len(end)?;
        file.sync_all()?;
        // The name of the file must survive a power cut as well.
        #[cfg(unix)]
        if let Some(folder) = std::path::absolute(path)?.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(Self(Arc::new(Mutex::new(State { file, end, keys }))))
    }
}

impl State {
    fn append(&mut self, key: String, line: &str) -> io::Result<()> {
        if self.keys.contains(&key) {
            return Ok(());
        }
        // What an earlier attempt wrote before it failed is not the beginning of this line.
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()?;
        self.end += line.len() as u64;
        self.keys.insert(key);
        Ok(())
    }
}

impl Sink for Lines {
    async fn deliver(&self, notification: &Relayed) -> Result<(), SinkError> {
        let key = notification.key().to_owned();
        // Whole as it came, as a text: it may have line breaks between its fields.
        let line = json!({"key": key, "notification": notification.json()});
        let line = format!("{line}\n");
        let state = self.0.clone();
        // A disk can take its time.
        let written = tokio::task::spawn_blocking(move || {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.append(key, &line)
        });
        let written = written.await.map_err(SinkError::temporary)?;
        // A disk that is full is not full for ever.
        written.map_err(SinkError::temporary)
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let path = std::env::args().nth(1);
    let path = path.unwrap_or_else(|| "notifications.jsonl".to_owned());
    let lines = Lines::open(Path::new(&path))?;
    let options = ReceiveOptions::new().on_problem(|problem| eprintln!("{problem}"));
    let relay = Relay::new(lines).options(options);
    relay.run(&Instance::from_env()?).await?;
    Ok(())
}
