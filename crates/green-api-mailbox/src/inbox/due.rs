//! Putting in what becomes due of documents.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::entry::place;
use crate::Error;
use crate::instances::Claims;
use crate::store::Store;
use crate::store::conn::{Conn, Row, args};
use crate::store::lanes::{Side, Waiting};

/// The kind of notification that is put into the inbox when a [document](crate::Document) is due, as its `typeWebhook`.
///
/// Its key is `due/{name}/{key}/{revision}`, and its JSON has `typeWebhook`, `instanceData`, `timestamp` (when it was due), `chatId`, `name`, `key`
/// and `revision`. The document may have changed since: it is the same if its [revision](crate::Document::revision) is.
pub const DOCUMENT_DUE: &str = "documentDue";

/// How much is put in in one transaction, so that others need not wait.
const STEP: i64 = 64;
/// How often to look for what other processes made due.
const LOOK: Duration = Duration::from_secs(3);
/// How long to wait at least, and while another process puts in what is due.
const SOON: Duration = Duration::from_millis(20);

/// Puts in what is due of these instances, as long as it is awaited.
pub(super) async fn as_it_comes(store: &Store, of: &Claims) -> Infallible {
    loop {
        let mut woken = pin!(store.dues().notified());
        woken.as_mut().enable();
        let changed = of.changed();
        let pause = match put_in(store, of).await {
            Ok(next) => next.unwrap_or(LOOK).clamp(SOON, LOOK),
            Err(error) => {
                tracing::debug!(%error, "what is due was not put into the inbox");
                LOOK
            }
        };
        tokio::select! {
            () = woken => {}
            () = changed => {}
            () = sleep(pause) => {}
        }
    }
}

/// Puts in what is due of these instances, and returns how long until something else is.
pub(super) async fn put_in(store: &Store, of: &Claims) -> Result<Option<Duration>, Error> {
    let Some(those) = of.condition() else {
        return Ok(None);
    };
    while let Some(due) = next(store, &those).await? {
        let left = due.saturating_sub(store.now());
        if left > 0 {
            let left = u64::try_from(left).unwrap_or_default();
            return Ok(Some(Duration::from_millis(left)));
        }
        if !step(store, &those).await? {
            return Ok(Some(SOON));
        }
    }
    Ok(None)
}

/// Returns when the next document is due.
async fn next(store: &Store, those: &str) -> Result<Option<i64>, Error> {
    let sql = store.sql().made(&format!(
        "SELECT MIN(due) FROM {{p}}document WHERE due IS NOT NULL {those}"
    ));
    let mut reader = store.reader().await?;
    let row = reader.conn().row(&sql, &[]).await?;
    row.map_or(Ok(None), |row| row.maybe_int(0))
}

/// Puts in some of what is due, and returns `false` if another process is at it.
async fn step(store: &Store, those: &str) -> Result<bool, Error> {
    let mut tx = store.begin().await?;
    let mut conn = tx.conn();
    // One process at a time; nobody locks this row for anything else.
    let turn = store
        .sql()
        .get("SELECT id FROM {p}schema WHERE id = 1 {skip}");
    if conn.row(&turn, &[]).await?.is_none() {
        return Ok(false);
    }
    let sql = store.sql().made(&format!(
        "SELECT name, key, revision, due, instance, chat FROM {{p}}document WHERE due <= $1 {those} ORDER BY due LIMIT $2"
    ));
    let now = store.now();
    let rows = conn.rows(&sql, &args![now, STEP]).await?;
    let mut due = rows.iter().map(Due::of).collect::<Result<Vec<_>, _>>()?;
    // Whoever handles a notification has its chat before it writes documents. Taking chats first here as well keeps the two from a deadlock.
    due.sort_unstable_by(|a, b| a.lane().cmp(&b.lane()));
    let waiting = Waiting {
        due: now,
        priority: 0,
    };
    for due in &due {
        store
            .enter_lane(&mut conn, Side::Inbox, due.lane(), waiting)
            .await?;
    }
    for due in &due {
        due.put(store, &mut conn).await?;
    }
    tx.commit().await?;
    store.wake(Side::Inbox);
    Ok(true)
}

/// A document that is due.
struct Due {
    name: String,
    key: String,
    revision: i64,
    at: i64,
    instance: i64,
    chat: String,
}

impl Due {
    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            name: row.text(0)?,
            key: row.text(1)?,
            revision: row.int(2)?,
            at: row.int(3)?,
            instance: row.int(4)?,
            chat: row.text(5)?,
        })
    }

    fn lane(&self) -> (i64, &str) {
        (self.instance, &self.chat)
    }

    /// Puts its notification in, within a transaction that has taken its chat.
    async fn put(&self, store: &Store, conn: &mut Conn<'_>) -> Result<(), Error> {
        let clear = store.sql().get(
            "UPDATE {p}document SET due = NULL WHERE name = $1 AND key = $2 AND revision = $3 AND due IS NOT NULL",
        );
        let values = args![&self.name, &self.key, self.revision];
        if conn.run(&clear, &values).await? == 0 {
            // It was changed just now.
            return Ok(());
        }
        let key = format!("due/{}/{}/{}", self.name, self.key, self.revision);
        let body = json!({
            "typeWebhook": DOCUMENT_DUE,
            "instanceData": {"idInstance": self.instance},
            "timestamp": self.at / 1_000,
            "chatId": self.chat,
            "name": self.name,
            "key": self.key,
            "revision": self.revision,
        });
        let body = body.to_string().into_bytes();
        let body = store.sealing().seal(&place("body", &key), body)?;
        let sql = store.sql().get(
            "INSERT INTO {p}inbox (key, instance, chat, kind, body, received, changed) VALUES ($1, $2, $3, $4, $5, $6, $6)
            ON CONFLICT (key) DO NOTHING",
        );
        let values = args![
            key,
            self.instance,
            &self.chat,
            DOCUMENT_DUE,
            body,
            store.now()
        ];
        conn.run(&sql, &values).await.map(drop)
    }
}
