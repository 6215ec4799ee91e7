//! Putting in what becomes due of documents.

use std::collections::HashSet;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use green_api::InstanceId;
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

/// What is awaited before something is put in of an instance.
pub(super) type Before =
    Box<dyn Fn(InstanceId) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Puts in what is due of these instances, after what is awaited before, as long as it is awaited.
pub(super) async fn as_it_comes(store: &Store, of: &Claims, before: Option<Before>) -> Infallible {
    let (mut asking, mut asked) = (HashSet::new(), FuturesUnordered::new());
    loop {
        let mut woken = pin!(store.dues().notified());
        woken.as_mut().enable();
        let changed = of.changed();
        let looked = match &before {
            None => put_in(store, of).await,
            Some(before) => look(store, of).await.map(|(due, now, next)| {
                for id in due {
                    if asking.insert(id) {
                        let ready = before(id);
                        asked.push(async move {
                            ready.await;
                            (id, now)
                        });
                    }
                }
                next
            }),
        };
        let pause = match looked {
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
            Some((id, until)) = asked.next() => {
                asking.remove(&id);
                if let Err(error) = put_in_until(store, of, id, until).await {
                    tracing::debug!(%error, "what is due was not put into the inbox");
                }
            }
        }
    }
}

/// Returns of which instances something is due, the time now, and how long until something else is.
async fn look(
    store: &Store,
    of: &Claims,
) -> Result<(Vec<InstanceId>, i64, Option<Duration>), Error> {
    let now = store.now();
    let Some(those) = of.condition() else {
        return Ok((Vec::new(), now, None));
    };
    let sql = store.sql().made(&format!(
        "SELECT DISTINCT instance FROM {{p}}document WHERE due <= $1 {those}"
    ));
    let mut reader = store.reader().await?;
    let rows = reader.conn().rows(&sql, &args![now]).await?;
    drop(reader);
    let mut due = Vec::new();
    for row in &rows {
        due.extend(InstanceId::try_from(row.int(0)?));
    }
    let next = next(store, &format!("AND due > {now} {those}")).await?;
    Ok((due, now, next.map(|next| left(next, now))))
}

/// Puts in what was due of an instance at this time.
async fn put_in_until(store: &Store, of: &Claims, id: InstanceId, until: i64) -> Result<(), Error> {
    let those = format!("AND instance = {id}");
    while of.has(id.get()) && next(store, &those).await?.is_some_and(|due| due <= until) {
        if !step(store, &those, until).await? {
            sleep(SOON).await;
        }
    }
    Ok(())
}

fn left(due: i64, now: i64) -> Duration {
    Duration::from_millis(u64::try_from(due.saturating_sub(now)).unwrap_or_default())
}

/// Puts in what is due of these instances, and returns how long until something else is.
pub(super) async fn put_in(store: &Store, of: &Claims) -> Result<Option<Duration>, Error> {
    let Some(those) = of.condition() else {
        return Ok(None);
    };
    while let Some(due) = next(store, &those).await? {
        let now = store.now();
        if due > now {
            return Ok(Some(left(due, now)));
        }
        if !step(store, &those, now).await? {
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

/// Puts in some of what was due at this time, and returns `false` if another process is at it.
async fn step(store: &Store, those: &str, until: i64) -> Result<bool, Error> {
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
    let rows = conn.rows(&sql, &args![until, STEP]).await?;
    let mut due = rows.iter().map(Due::of).collect::<Result<Vec<_>, _>>()?;
    // Whoever handles a notification has its chat before it writes documents. Taking chats first here as well keeps the two from a deadlock.
    due.sort_unstable_by(|a, b| a.lane().cmp(&b.lane()));
    for due in &due {
        store
            .enter_lane(&mut conn, Side::Inbox, due.lane(), Waiting::AT_ONCE)
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
