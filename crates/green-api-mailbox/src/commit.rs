//! What a handler wants to be written together with the end of its notification.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnection;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnection;

use green_api::{BoxError, Call, Instance, InstanceId, Request, RequestParts};

use crate::document::Change;
use crate::key::sha256;
use crate::outbox::{Draft, OutboxState};
use crate::store::Store;
use crate::store::conn::{Conn, Kind};
use crate::{DocumentDraft, Error};

/// What is left of the longest key of the outbox for the key of a notification.
const LONGEST_STEM: usize = 480;

/// The future returned by a closure that runs your SQL inside the commit.
pub type Running<'c> = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send + 'c>>;

#[cfg(feature = "sqlite")]
type OnSqlite = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Running<'c> + Send>;
#[cfg(feature = "postgres")]
type OnPostgres = Box<dyn for<'c> FnOnce(&'c mut PgConnection) -> Running<'c> + Send>;

/// Takes what a handler wants to be written: all of it is, in one short transaction with the end of its notification, after the handler has returned
/// `Ok`. Of a handler that fails, panics or is killed nothing is written, and it is called again; so each effect happens once.
///
/// Clones are the same. Nothing is taken any more once the handler has returned.
///
/// ```no_run
/// use green_api::Received;
/// use green_api_mailbox::{BoxError, Commit};
///
/// async fn count(received: Received, commit: Commit) -> Result<(), BoxError> {
///     let chat = received.notification.chat_id().map(ToString::to_string);
///     commit.sqlite(move |connection| {
///         Box::pin(async move {
///             sqlx::query("UPDATE chats SET messages = messages + 1 WHERE chat = $1").bind(chat).execute(connection).await?;
///             Ok(())
///         })
///     })?;
///     Ok(())
/// }
/// # use green_api_mailbox::sqlx;
/// ```
#[derive(Clone)]
pub struct Commit {
    pub(crate) store: Store,
    pub(crate) handled: Arc<Handled>,
    /// `None` once the handler has returned.
    effects: Arc<Mutex<Option<Vec<Effect>>>>,
}

/// The notification that is being handled.
pub(crate) struct Handled {
    pub(crate) key: String,
    pub(crate) instance: i64,
    pub(crate) chat: String,
    pub(crate) id: i64,
}

enum Effect {
    Put(Box<Draft>),
    Change(Change),
    #[cfg(feature = "sqlite")]
    Sqlite(OnSqlite),
    #[cfg(feature = "postgres")]
    Postgres(OnPostgres),
}

/// What a handler has put into its [`Commit`].
pub(crate) struct Effects(Vec<Effect>);

impl Commit {
    pub(crate) fn new(store: &Store, handled: Handled) -> Self {
        Self {
            store: store.clone(),
            handled: Arc::new(handled),
            effects: Arc::new(Mutex::new(Some(Vec::new()))),
        }
    }

    /// Returns the key of the notification in the inbox, which is the same in each attempt: what the keys of messages that are put into the outbox can
    /// begin with.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.handled.key
    }

    /// Returns the chat in whose turn it is handled, if it is about one; a [document](crate::DOCUMENT_DUE) that is due has one as well.
    #[must_use]
    pub fn chat(&self) -> Option<&str> {
        Some(&*self.handled.chat).filter(|chat| !chat.is_empty())
    }

    /// Returns a key for a message that the notification is answered with: the same for the same number in each attempt, and fit for the outbox whatever
    /// the notification's own key is.
    #[must_use]
    pub fn key_of_answer(&self, number: u32) -> String {
        let key = self.key();
        // Whoever writes a message chooses its id.
        if key.len() > LONGEST_STEM || key.chars().any(char::is_control) {
            return format!("answer/{}/{number}", sha256(key));
        }
        format!("answer/{key}/{number}")
    }

    /// Returns the store in which it is written.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Puts a message into the outbox, as [`Outbox::put`](crate::Outbox::put) does. A key that is taken by another message is an error of the handler.
    ///
    /// A key that is made of the notification's own, such as `format!("reply/{id}")` of the message's id, is the same in each attempt. One that was
    /// taken back stays so, which is logged as a warning.
    ///
    /// # Errors
    ///
    /// What [`Outbox::put`](crate::Outbox::put) returns for a key or a request that cannot be put in, and [`Error::Transaction`] if the handler has
    /// returned.
    pub fn put<O: Call<Account = Instance>>(
        &self,
        key: impl Into<String>,
        request: Request<O>,
    ) -> Result<CommitPut<'_>, Error> {
        self.add_put(Draft::of(key, request)?)
    }

    /// Puts a message into the outbox that is in parts, as [`Outbox::put_parts`](crate::Outbox::put_parts) does.
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put).
    pub fn put_parts(
        &self,
        key: impl Into<String>,
        instance: InstanceId,
        parts: RequestParts,
    ) -> Result<CommitPut<'_>, Error> {
        self.add_put(Draft::of_parts(key.into(), instance, parts)?)
    }

    fn add_put(&self, draft: Draft) -> Result<CommitPut<'_>, Error> {
        let index = self.add(Effect::Put(Box::new(draft)))?;
        Ok(CommitPut {
            commit: self,
            index,
        })
    }

    /// Writes a document, in place of what was to be done to it before. If somebody else changes it before this is committed, nothing is written, and
    /// the handler is called again at once, which does not count as an attempt.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] if it would be due in a chat that is none, and [`Error::Transaction`] if the handler has returned.
    pub fn set_document(&self, draft: DocumentDraft) -> Result<(), Error> {
        self.change(Change::set(draft)?)
    }

    /// Removes a document, in place of what was to be done to it before; `revision` is that of the document that was read, and it is dealt with as in
    /// [`set_document`](Self::set_document).
    ///
    /// # Errors
    ///
    /// [`Error::Document`] if no document can have this name or key, and [`Error::Transaction`] if the handler has returned.
    pub fn remove_document(&self, name: &str, key: &str, revision: i64) -> Result<(), Error> {
        self.change(Change::remove(name, key, revision)?)
    }

    fn change(&self, change: Change) -> Result<(), Error> {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        let known = effects
            .iter_mut()
            .flatten()
            .find_map(|effect| match effect {
                Effect::Change(known) if known.is_of_same(&change) => Some(known),
                _ => None,
            });
        if let Some(known) = known {
            *known = change;
            return Ok(());
        }
        drop(effects);
        self.add(Effect::Change(change)).map(drop)
    }

    /// Runs the caller's own SQL in the transaction, on a store in SQLite. An error of it rolls everything back, and is one of the handler.
    ///
    /// It must be short, since nobody else writes meanwhile, and must not begin or end a transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Transaction`] if the store is in PostgreSQL, or the handler has returned.
    #[cfg(feature = "sqlite")]
    pub fn sqlite<F>(&self, run: F) -> Result<(), Error>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Running<'c> + Send + 'static,
    {
        self.only_on(Kind::Sqlite)?;
        self.add(Effect::Sqlite(Box::new(run))).map(drop)
    }

    /// Runs the caller's own SQL in the transaction, on a store in PostgreSQL. An error of it rolls everything back, and is one of the handler.
    ///
    /// It must be short, since nobody puts anything into the chat meanwhile, and must not begin or end a transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Transaction`] if the store is in SQLite, or the handler has returned.
    #[cfg(feature = "postgres")]
    pub fn postgres<F>(&self, run: F) -> Result<(), Error>
    where
        F: for<'c> FnOnce(&'c mut PgConnection) -> Running<'c> + Send + 'static,
    {
        self.only_on(Kind::Postgres)?;
        self.add(Effect::Postgres(Box::new(run))).map(drop)
    }

    fn only_on(&self, kind: Kind) -> Result<(), Error> {
        let own = self.store.kind();
        if own == kind {
            return Ok(());
        }
        Err(Error::Transaction(format!(
            "the store is in {}",
            own.name()
        )))
    }

    /// Takes back all that was put in so far, for a handler that goes another way.
    pub fn clear(&self) {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        effects.iter_mut().for_each(Vec::clear);
    }

    /// Takes an effect, and returns its place among the others.
    fn add(&self, effect: Effect) -> Result<usize, Error> {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        let open = effects.as_mut().ok_or_else(|| {
            Error::Transaction(
                "the handler has returned, so its commit takes nothing more".to_owned(),
            )
        })?;
        open.push(effect);
        Ok(open.len() - 1)
    }

    /// Takes what was put in, and lets nothing more in.
    pub(crate) fn close(&self) -> Effects {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        Effects(effects.take().unwrap_or_default())
    }
}

/// A message that was put into a [`Commit`]; [`Commit::put`] returns it. What it sets is optional.
#[derive(Debug)]
pub struct CommitPut<'a> {
    commit: &'a Commit,
    index: usize,
}

impl CommitPut<'_> {
    fn configure(self, change: impl FnOnce(&mut Draft)) -> Self {
        let effects = self.commit.effects.lock();
        let mut effects = effects.unwrap_or_else(PoisonError::into_inner);
        if let Some(Effect::Put(draft)) = effects.as_mut().and_then(|all| all.get_mut(self.index)) {
            change(draft);
        }
        drop(effects);
        self
    }

    /// Sets when it is sent at the earliest (default: at once).
    pub fn not_before(self, time: SystemTime) -> Self {
        self.configure(|draft| draft.not_before(time))
    }

    /// Sets when it is sent at the latest (default: whenever it can be).
    pub fn not_after(self, time: SystemTime) -> Self {
        self.configure(|draft| draft.not_after(time))
    }

    /// Sets its priority (default: 0): those with a higher one go first.
    pub fn priority(self, priority: i64) -> Self {
        self.configure(|draft| draft.priority(priority))
    }
}

impl Effects {
    /// Returns whether something is put into the outbox.
    pub(crate) fn sends(&self) -> bool {
        self.0.iter().any(|effect| matches!(effect, Effect::Put(_)))
    }

    /// Returns whether a document becomes due by them.
    pub(crate) fn schedules(&self) -> bool {
        let changes =
            |effect: &Effect| matches!(effect, Effect::Change(change) if change.schedules());
        self.0.iter().any(changes)
    }

    /// Writes them in a transaction, in the order in which they were put in.
    pub(crate) async fn write(self, store: &Store, conn: &mut Conn<'_>) -> Result<(), BoxError> {
        let other = || Error::Transaction("it is of another database".to_owned());
        for effect in self.0 {
            match effect {
                Effect::Put(draft) => {
                    let put = draft.insert(store, conn).await?;
                    if put.state() == OutboxState::Cancelled {
                        let instance = draft.instance();
                        tracing::warn!(
                            instance,
                            "not sent: the key is of a message that was taken back"
                        );
                    }
                }
                Effect::Change(change) => change.write(store, conn).await?,
                #[cfg(feature = "sqlite")]
                Effect::Sqlite(run) => run(conn.as_sqlite().ok_or_else(other)?).await?,
                #[cfg(feature = "postgres")]
                Effect::Postgres(run) => run(conn.as_postgres().ok_or_else(other)?).await?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Commit")
            .field("effects", &effects.as_ref().map(Vec::len))
            .finish()
    }
}
