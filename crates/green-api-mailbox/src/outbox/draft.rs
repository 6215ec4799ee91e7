//! An entry before it is in the store.

use std::time::SystemTime;

use green_api::operation::{Body, Operation};
use green_api::{Call, Instance, InstanceId, Request, RequestParts, UploadSource};
use serde_json::{Map, Value};

use super::OutboxState;
use crate::Error;
use crate::store::conn::{Conn, Row, args};
use crate::store::lanes::{Side, Waiting};
use crate::store::{Store, since_epoch};

/// The longest key, in bytes: indexes have a limit.
const LONGEST_KEY: usize = 512;
/// The largest file that is kept in the store, in bytes.
const LARGEST_FILE: usize = 16 * 1024 * 1024;

/// A message that is ready to be put in.
#[derive(Clone)]
pub(crate) struct Draft {
    key: String,
    instance: i64,
    chat: String,
    operation: &'static Operation,
    input: Map<String, Value>,
    has_extra: bool,
    file: Option<File>,
    not_before: i64,
    not_after: Option<i64>,
    priority: i64,
}

#[derive(Clone)]
struct File {
    name: String,
    kind: String,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Path(String),
    Bytes(Vec<u8>),
}

/// The outcome of [`Outbox::put`](crate::Outbox::put).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    is_new: bool,
    state: OutboxState,
}

impl Put {
    /// Returns `true` if the message is in the outbox since now, and `false` if it was there under this key.
    #[must_use]
    pub fn is_new(self) -> bool {
        self.is_new
    }

    /// Returns what became of it so far.
    #[must_use]
    pub fn state(self) -> OutboxState {
        self.state
    }
}

impl Draft {
    /// Takes a request that sends.
    pub(crate) fn of<O: Call<Account = Instance>>(
        key: impl Into<String>,
        request: Request<O>,
    ) -> Result<Self, Error> {
        let instance = request.account().id();
        Self::of_parts(key.into(), instance, request.into_parts()?)
    }

    /// Takes the parts of a request that sends, for an instance.
    pub(crate) fn of_parts(
        key: String,
        instance: InstanceId,
        parts: RequestParts,
    ) -> Result<Self, Error> {
        check(&key)?;
        let operation = parts.operation;
        if !operation.sends() {
            return Err(Error::Message(format!(
                "`{}` does not send a message, and the outbox takes only what does; call it directly",
                operation.id
            )));
        }
        let Value::Object(input) = parts.input else {
            return Err(Error::Message("the input is not a JSON object".to_owned()));
        };
        let file = parts.file.map(|file| {
            let content = match file.source() {
                UploadSource::Path(path) => Content::Path(absolute(path)?),
                UploadSource::Bytes(bytes) if bytes.len() <= LARGEST_FILE => {
                    Content::Bytes(bytes.to_vec())
                }
                UploadSource::Bytes(_) => {
                    return Err(Error::Message(
                        "a file of more than 16 MiB is not kept in the store; save it on disk and give its path".to_owned(),
                    ));
                }
                _ => {
                    return Err(Error::Message(
                        "a stream can be read once, and the outbox may have to send it again; give a path, an address or the bytes".to_owned(),
                    ));
                }
            };
            Ok(File {
                name: file.file_name().to_owned(),
                kind: file.content_type().to_owned(),
                content,
            })
        });
        let file = file.transpose()?;
        if file.is_none() && matches!(operation.body, Body::Multipart | Body::Raw) {
            return Err(Error::Message("the file is missing".to_owned()));
        }
        let chat = input.get("chatId").and_then(Value::as_str);
        Ok(Self {
            key,
            instance: instance.get(),
            chat: chat.unwrap_or_default().to_owned(),
            operation,
            has_extra: parts.has_extra,
            input,
            file,
            not_before: 0,
            not_after: None,
            priority: 0,
        })
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn instance(&self) -> i64 {
        self.instance
    }

    pub(super) fn chat(&self) -> &str {
        &self.chat
    }

    /// Sets when it is sent at the earliest.
    pub(crate) fn not_before(&mut self, time: SystemTime) {
        self.not_before = since_epoch(time);
    }

    /// Sets when it is sent at the latest.
    pub(crate) fn not_after(&mut self, time: SystemTime) {
        self.not_after = Some(since_epoch(time));
    }

    /// Sets its priority.
    pub(crate) fn priority(&mut self, priority: i64) {
        self.priority = priority;
    }

    /// Puts it in, within a transaction of whoever calls.
    pub(crate) async fn insert(&self, store: &Store, conn: &mut Conn<'_>) -> Result<Put, Error> {
        if let Some(put) = self.find(store, conn).await? {
            return Ok(put);
        }
        let now = store.now();
        let waiting = Waiting {
            after: self.not_before.saturating_sub(now).max(0),
            priority: self.priority,
        };
        let lane = (self.instance, self.chat.as_str());
        store.enter_lane(conn, Side::Outbox, lane, waiting).await?;
        let (path, bytes) = match self.file.as_ref().map(|file| &file.content) {
            Some(Content::Path(path)) => (Some(path.clone()), None),
            Some(Content::Bytes(bytes)) => {
                (None, Some(store.sealing().seal(&self.key, bytes.clone())?))
            }
            None => (None, None),
        };
        let sql = store.sql().get(
            "INSERT INTO {p}outbox (key, instance, chat, operation, input, extra, file_name, file_type, file_path, file_bytes, digest,
                priority, not_before, not_after, created, changed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
            ON CONFLICT (key) DO NOTHING",
        );
        let file = self.file.as_ref();
        let values = args![
            &self.key,
            self.instance,
            &self.chat,
            self.operation.id,
            store.sealing().seal(&self.key, self.json()?)?,
            i64::from(self.has_extra),
            file.map(|file| file.name.clone()),
            file.map(|file| file.kind.clone()),
            path,
            bytes,
            self.digest(store)?,
            self.priority,
            self.not_before,
            self.not_after,
            now,
        ];
        if conn.run(&sql, &values).await? > 0 {
            return Ok(Put {
                is_new: true,
                state: OutboxState::Queued,
            });
        }
        // Somebody else put it in at the same time.
        let found = self.find(store, conn).await?;
        found.ok_or_else(|| Error::Unavailable("the key was removed just now".to_owned()))
    }

    /// Looks for an entry with this key, which must have the same content.
    async fn find(&self, store: &Store, conn: &mut Conn<'_>) -> Result<Option<Put>, Error> {
        let sql = store.sql().get(
            "SELECT state, digest, instance, chat, operation, input, extra, file_name, file_type, file_path FROM {p}outbox WHERE key = $1",
        );
        let Some(row) = conn.row(&sql, &args![&self.key]).await? else {
            return Ok(None);
        };
        if row.bytes(1)? == self.digest(store)? {
            return Ok(Some(Put {
                is_new: false,
                state: OutboxState::of(row.int(0)?)?,
            }));
        }
        Err(Error::Conflict {
            key: self.key.clone(),
            difference: self.difference(store, &row)?,
        })
    }

    /// Names the fields that differ.
    fn difference(&self, store: &Store, row: &Row) -> Result<String, Error> {
        let mut names = Vec::new();
        let mut name = |differs: bool, name: &str| {
            if differs && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        name(row.int(2)? != self.instance, "instance");
        name(row.text(4)? != self.operation.id, "operation");
        match row.maybe_bytes(5)? {
            Some(sealed) => {
                let there: Map<String, Value> = read(&store.sealing().open(&self.key, sealed)?)?;
                let fields = there.keys().chain(self.input.keys());
                for field in fields {
                    name(there.get(field) != self.input.get(field), field);
                }
            }
            None => name(true, "content (what was there is kept no more)"),
        }
        let file = self.file.as_ref();
        let path = file.and_then(|file| match &file.content {
            Content::Path(path) => Some(path.as_str()),
            Content::Bytes(_) => None,
        });
        let differs = row.maybe_text(7)?.as_deref() != file.map(|file| file.name.as_str())
            || row.maybe_text(8)?.as_deref() != file.map(|file| file.kind.as_str())
            || row.maybe_text(9)?.as_deref() != path;
        name(differs, "file");
        if names.is_empty() {
            names.push("content of the file".to_owned());
        }
        Ok(names.join(", "))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(&self.input)
            .map_err(|_| Error::Message("the input cannot be written as JSON".to_owned()))
    }

    fn digest(&self, store: &Store) -> Result<Vec<u8>, Error> {
        let instance = self.instance.to_be_bytes();
        // The order of fields is no difference.
        let mut fields: Vec<_> = self.input.iter().collect();
        fields.sort_by_key(|(name, _)| *name);
        let fields = serde_json::to_vec(&fields)
            .map_err(|_| Error::Message("the input cannot be written as JSON".to_owned()))?;
        let mut parts: Vec<&[u8]> = vec![&instance, self.operation.id.as_bytes(), &fields];
        if let Some(file) = &self.file {
            parts.extend([file.name.as_bytes(), file.kind.as_bytes()]);
            parts.extend(match &file.content {
                Content::Path(path) => [&b"path"[..], path.as_bytes()],
                Content::Bytes(bytes) => [&b"bytes"[..], bytes],
            });
        }
        Ok(store.sealing().digest(&parts))
    }
}

/// Reads JSON from the store.
pub(super) fn read<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(json)
        .map_err(|_| Error::Unreadable("the input of a message is not JSON".to_owned()))
}

fn check(key: &str) -> Result<(), Error> {
    let problem = if key.is_empty() {
        "it is empty".to_owned()
    } else if key.len() > LONGEST_KEY {
        format!(
            "it has {} bytes, and {LONGEST_KEY} are allowed; take a digest of it",
            key.len()
        )
    } else if key.chars().any(char::is_control) {
        "it has control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::Key(problem))
}

fn absolute(path: &std::path::Path) -> Result<String, Error> {
    let path = std::path::absolute(path)
        .map_err(|error| Error::Message(format!("the path of the file: {error}")))?;
    path.into_os_string().into_string().map_err(|_| {
        Error::Message("the path of the file is not UTF-8, so it cannot be kept".to_owned())
    })
}
