//! Values that a program keeps in the store beside its messages.

use std::fmt;
use std::time::SystemTime;

use green_api::InstanceId;
use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::key::{LONGEST_CHAT, is_storable};
use crate::store::conn::{Conn, Row, args};
use crate::store::{Store, since_epoch, time_of};

/// The longest name and the longest key, in bytes: indexes have a limit.
const LONGEST: usize = 1_000;
/// The largest value, in bytes of JSON.
const LARGEST: usize = 1024 * 1024;
/// How many keys go into one statement, which takes so many parameters at most.
const KEYS: usize = 1_000;
const COLUMNS: &str = "name, key, version, revision, value, due, changed";

/// A value that a program keeps in the store beside its messages, such as how far a conversation has come; [`Store::document`] reads one, and
/// [`Commit::set_document`](crate::Commit::set_document) writes one together with the end of a notification.
#[derive(Clone, PartialEq)]
pub struct Document {
    name: String,
    key: String,
    version: u32,
    revision: i64,
    value: Value,
    due: Option<i64>,
    changed: i64,
}

impl Document {
    /// Returns what kind of document it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whose it is among those of its name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the version of what its value means, as the program [has set](DocumentDraft::version) it.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns a number that it has in no other state. It begins anywhere and grows by 1 with each change.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Returns when it is due, if it is to be and was not yet.
    #[must_use]
    pub fn due(&self) -> Option<SystemTime> {
        self.due.map(time_of)
    }

    /// Returns when it was written.
    #[must_use]
    pub fn changed(&self) -> SystemTime {
        time_of(self.changed)
    }

    fn of(row: &Row, store: &Store) -> Result<Self, Error> {
        let (name, key) = (row.text(0)?, row.text(1)?);
        let json = store.sealing().open(&place(&name, &key), row.bytes(4)?)?;
        let value = serde_json::from_slice(&json)
            .map_err(|_| Error::Unreadable("the value of a document is not JSON".to_owned()))?;
        Ok(Self {
            version: u32::try_from(row.int(2)?).unwrap_or(u32::MAX),
            revision: row.int(3)?,
            value,
            due: row.maybe_int(5)?,
            changed: row.int(6)?,
            name,
            key,
        })
    }
}

// The key can name a person, and the value be what one wrote.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Returns a document, if there is one of this name with this key.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] if no document can have this name or key; [`Error::Unavailable`] if the database cannot be reached for now;
    /// [`Error::Unreadable`] if it is encrypted with another key.
    pub async fn document(&self, name: &str, key: &str) -> Result<Option<Document>, Error> {
        check(name, key)?;
        let sql = self.sql().made(&format!(
            "SELECT {COLUMNS} FROM {{p}}document WHERE name = $1 AND key = $2"
        ));
        let mut reader = self.reader().await?;
        let row = reader.conn().row(&sql, &args![name, key]).await?;
        row.map(|row| Document::of(&row, self)).transpose()
    }

    /// Returns all documents with one of these keys, in one query (of up to 1,000 keys).
    ///
    /// # Errors
    ///
    /// As for [`document`](Self::document).
    pub async fn documents(&self, keys: &[&str]) -> Result<Vec<Document>, Error> {
        let mut documents = Vec::new();
        for keys in keys.chunks(KEYS) {
            keys.iter().try_for_each(|key| check("_", key))?;
            let places: Vec<_> = (1..=keys.len()).map(|n| format!("${n}")).collect();
            let sql = self.sql().made(&format!(
                "SELECT {COLUMNS} FROM {{p}}document WHERE key IN ({}) ORDER BY name, key",
                places.join(", ")
            ));
            let values: Vec<_> = keys.iter().map(|key| (*key).into()).collect();
            let mut reader = self.reader().await?;
            let rows = reader.conn().rows(&sql, &values).await?;
            for row in &rows {
                documents.push(Document::of(row, self)?);
            }
        }
        Ok(documents)
    }
}

/// A document before it is in the store; [`Commit::set_document`](crate::Commit::set_document) takes it.
#[derive(Clone)]
pub struct DocumentDraft {
    name: String,
    key: String,
    version: u32,
    revision: Option<i64>,
    value: Vec<u8>,
    due: Option<Due>,
}

#[derive(Clone)]
struct Due {
    at: i64,
    instance: i64,
    chat: String,
}

impl DocumentDraft {
    /// Takes a value, which is kept as JSON. A name says what kind of document it is, and a key whose: a name and a key have one document.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] if the name or the key is empty, longer than 1,000 bytes or has control characters, or if the value cannot be written as
    /// JSON or has more than 1 MiB of it.
    pub fn new(
        name: impl Into<String>,
        key: impl Into<String>,
        value: &impl Serialize,
    ) -> Result<Self, Error> {
        let (name, key) = (name.into(), key.into());
        check(&name, &key)?;
        let value = serde_json::to_vec(value)
            .map_err(|_| Error::Document("its value cannot be written as JSON".to_owned()))?;
        if value.len() > LARGEST {
            return Err(Error::Document(format!(
                "its value has {} bytes as JSON, and {LARGEST} are allowed",
                value.len()
            )));
        }
        Ok(Self {
            name,
            key,
            version: 0,
            revision: None,
            value,
            due: None,
        })
    }

    /// Sets the version of what the value means (default: 0), for programs that will write it otherwise one day.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Sets the [revision](Document::revision) of the document that was read (default: `None`, as there was none).
    #[must_use]
    pub fn revision(mut self, revision: Option<i64>) -> Self {
        self.revision = revision;
        self
    }

    /// Sets when it is due (default: never), unless it is changed before. A notification of the kind [`DOCUMENT_DUE`](crate::DOCUMENT_DUE) is then put into the inbox, in
    /// its turn among those of this chat of this instance.
    #[must_use]
    pub fn due(mut self, time: SystemTime, instance: InstanceId, chat: impl fmt::Display) -> Self {
        self.due = Some(Due {
            at: since_epoch(time),
            instance: instance.get(),
            chat: chat.to_string(),
        });
        self
    }
}

// The key can name a person, and the value be what one wrote.
impl fmt::Debug for DocumentDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentDraft")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// What a commit does to a document.
pub(crate) enum Change {
    Set(DocumentDraft),
    Remove {
        name: String,
        key: String,
        revision: i64,
    },
}

impl Change {
    pub(crate) fn set(draft: DocumentDraft) -> Result<Self, Error> {
        let chat = draft.due.as_ref().map_or("", |due| &due.chat);
        if !is_storable(chat, LONGEST_CHAT) {
            return Err(Error::Document(
                "the chat in which it is due has more than 256 bytes, or a NUL".to_owned(),
            ));
        }
        Ok(Self::Set(draft))
    }

    pub(crate) fn remove(name: &str, key: &str, revision: i64) -> Result<Self, Error> {
        check(name, key)?;
        Ok(Self::Remove {
            name: name.to_owned(),
            key: key.to_owned(),
            revision,
        })
    }

    fn place(&self) -> (&str, &str) {
        match self {
            Self::Set(draft) => (&draft.name, &draft.key),
            Self::Remove { name, key, .. } => (name, key),
        }
    }

    /// Returns whether both are of one document.
    pub(crate) fn is_of_same(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// Returns whether something becomes due by it.
    pub(crate) fn schedules(&self) -> bool {
        matches!(self, Self::Set(DocumentDraft { due: Some(_), .. }))
    }

    /// Writes it, unless somebody else has changed the document meanwhile.
    pub(crate) async fn write(&self, store: &Store, conn: &mut Conn<'_>) -> Result<(), Error> {
        let written = match self {
            Self::Set(draft) => draft.write(store, conn).await?,
            Self::Remove {
                name,
                key,
                revision,
            } => {
                let sql = store
                    .sql()
                    .get("DELETE FROM {p}document WHERE name = $1 AND key = $2 AND revision = $3");
                conn.run(&sql, &args![name, key, *revision]).await?
            }
        };
        match written {
            0 => Err(Error::Changed {
                name: self.place().0.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl DocumentDraft {
    async fn write(&self, store: &Store, conn: &mut Conn<'_>) -> Result<u64, Error> {
        let sql = store.sql().get(match self.revision {
            Some(_) => {
                "UPDATE {p}document SET version = $3, revision = $4 + 1, value = $5, due = $6, instance = $7, chat = $8, changed = $9
                WHERE name = $1 AND key = $2 AND revision = $4"
            }
            None => {
                "INSERT INTO {p}document (name, key, version, revision, value, due, instance, chat, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (key, name) DO NOTHING"
            }
        });
        // One that was removed and is made again is no state of the one before. JavaScript can write the number.
        let revision = self.revision.unwrap_or_else(|| fastrand::i64(1..1 << 52));
        let place = place(&self.name, &self.key);
        let due = self.due.as_ref();
        let values = args![
            &self.name,
            &self.key,
            i64::from(self.version),
            revision,
            store.sealing().seal(&place, self.value.clone())?,
            due.map(|due| due.at),
            due.map(|due| due.instance),
            due.map(|due| due.chat.clone()),
            store.now(),
        ];
        conn.run(&sql, &values).await
    }
}

/// Returns what a value is sealed for.
fn place(name: &str, key: &str) -> String {
    format!("document {} {name} {key}", name.len())
}

fn check(name: &str, key: &str) -> Result<(), Error> {
    for (what, text) in [("name", name), ("key", key)] {
        let problem = if text.is_empty() {
            format!("its {what} is empty")
        } else if text.len() > LONGEST {
            format!(
                "its {what} has {} bytes, and {LONGEST} are allowed",
                text.len()
            )
        } else if text.chars().any(char::is_control) {
            format!("its {what} has control characters")
        } else {
            continue;
        };
        return Err(Error::Document(problem));
    }
    Ok(())
}
