//! The tables, and the steps by which older ones become the present ones.

#[cfg(feature = "postgres")]
use super::conn::Kind;
use super::conn::{Conn, args};
use super::sealing::Sealing;
use super::sql::Sql;
use crate::Error;

/// Each step makes one version of the one before. A step that is published never changes.
const STEPS: [&str; 3] = [FIRST, SECOND, THIRD];

/// Lanes are the chats of an instance, on the side of the inbox (0) and of the outbox (1). Whoever holds the lease of one may work on what waits
/// in it. `epoch` grows with each lease, so that a worker that lost one commits nothing. `abandoned` is how many leases ended with the process
/// since something was written last, `done` how much was dealt with.
const FIRST: &str = "
CREATE TABLE {p}lane (
    side BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    chat TEXT NOT NULL,
    waiting BIGINT NOT NULL DEFAULT 0,
    priority BIGINT NOT NULL DEFAULT 0,
    due BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    owner TEXT,
    until BIGINT NOT NULL DEFAULT 0,
    epoch BIGINT NOT NULL DEFAULT 0,
    abandoned BIGINT NOT NULL DEFAULT 0,
    done BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (side, instance, chat)
);
CREATE INDEX {p}lane_due ON {p}lane (side, priority DESC, due) WHERE waiting = 1;
CREATE INDEX {p}lane_owner ON {p}lane (owner) WHERE owner IS NOT NULL;

CREATE TABLE {p}inbox (
    id {id},
    key TEXT NOT NULL UNIQUE,
    instance BIGINT NOT NULL,
    chat TEXT NOT NULL,
    kind TEXT NOT NULL,
    body {bytes},
    state BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    uncounted BIGINT NOT NULL DEFAULT 0,
    problem {bytes},
    received BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX {p}inbox_open ON {p}inbox (instance, chat, id, received) WHERE state = 0;
CREATE INDEX {p}inbox_parked ON {p}inbox (id) WHERE state = 1;
CREATE INDEX {p}inbox_old ON {p}inbox (changed) WHERE state > 1;
CREATE INDEX {p}inbox_bodies ON {p}inbox (changed) WHERE state > 1 AND body IS NOT NULL;

CREATE TABLE {p}outbox (
    id {id},
    key TEXT NOT NULL UNIQUE,
    instance BIGINT NOT NULL,
    chat TEXT NOT NULL,
    operation TEXT NOT NULL,
    input {bytes},
    extra BIGINT NOT NULL DEFAULT 0,
    file_name TEXT,
    file_type TEXT,
    file_path TEXT,
    file_bytes {bytes},
    digest {bytes} NOT NULL,
    state BIGINT NOT NULL DEFAULT 0,
    priority BIGINT NOT NULL DEFAULT 0,
    not_before BIGINT NOT NULL DEFAULT 0,
    not_after BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    sending_since BIGINT,
    absent_since BIGINT,
    look_at BIGINT,
    message_id TEXT,
    other_ids TEXT,
    problem TEXT,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX {p}outbox_open ON {p}outbox (instance, chat, state DESC, priority DESC, id) WHERE state < 3;
CREATE INDEX {p}outbox_state ON {p}outbox (state, id);
CREATE INDEX {p}outbox_late ON {p}outbox (not_after) WHERE state = 0 AND not_after IS NOT NULL;
CREATE INDEX {p}outbox_bodies ON {p}outbox (changed) WHERE state > 2 AND input IS NOT NULL;
CREATE INDEX {p}outbox_old ON {p}outbox (changed) WHERE state > 2;
CREATE INDEX {p}outbox_message ON {p}outbox (instance, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX {p}outbox_in_doubt ON {p}outbox (instance, chat) WHERE state > 2 AND sending_since IS NOT NULL;
CREATE INDEX {p}outbox_sent ON {p}outbox (instance, chat, id) WHERE message_id IS NOT NULL;

CREATE TABLE {p}status (
    instance BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    state BIGINT NOT NULL,
    problem TEXT,
    changed BIGINT NOT NULL,
    PRIMARY KEY (instance, message_id)
);
CREATE INDEX {p}status_old ON {p}status (changed);

CREATE TABLE {p}instance (
    instance BIGINT PRIMARY KEY,
    held TEXT,
    held_until BIGINT,
    held_since BIGINT,
    journaled_since BIGINT,
    chats BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE {p}recipient (
    chat TEXT PRIMARY KEY,
    instance BIGINT,
    is_on BIGINT,
    checked BIGINT
);

CREATE TABLE {p}document (
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    value {bytes} NOT NULL,
    due BIGINT,
    instance BIGINT,
    chat TEXT,
    changed BIGINT NOT NULL,
    PRIMARY KEY (key, name)
);
CREATE INDEX {p}document_due ON {p}document (due) WHERE due IS NOT NULL;
";

/// `sealed` tells which key the bodies are encrypted with; it is empty without one, and missing where nobody has said so yet. The index finds chats
/// in which nothing waits: `due` is then since when.
const SECOND: &str = "
ALTER TABLE {p}schema ADD COLUMN sealed {bytes};
CREATE INDEX {p}lane_idle ON {p}lane (due) WHERE waiting = 0 AND owner IS NULL;
";

/// `looked_at` is when a worker last read the settings of the instance; without `journaled_since` the journal was off then.
const THIRD: &str = "
ALTER TABLE {p}instance ADD COLUMN looked_at BIGINT;
";

/// Keeps two programs from changing the tables at once; SQLite has one writer anyway.
#[cfg(feature = "postgres")]
const LOCK: &str = "SELECT pg_advisory_xact_lock(7103000001)";

/// Brings the tables to the present version, and returns the version that they had; 0 if there were none.
pub(super) async fn migrate(conn: &mut Conn<'_>, sql: &Sql) -> Result<i64, Error> {
    #[cfg(feature = "postgres")]
    if conn.kind() == Kind::Postgres {
        conn.script(LOCK.to_owned()).await?;
    }
    let table = sql.text(
        "CREATE TABLE IF NOT EXISTS {p}schema (id BIGINT PRIMARY KEY, version BIGINT NOT NULL)",
    );
    conn.script(table).await?;
    let version = conn
        .row(&sql.get("SELECT version FROM {p}schema WHERE id = 1"), &[])
        .await?;
    let found = version.map_or(Ok(0), |row| row.int(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Error::Newer { found, known });
    }
    let done = usize::try_from(found).unwrap_or_default();
    for step in STEPS.iter().skip(done) {
        conn.script(sql.text(step)).await?;
    }
    if found < known {
        let set = sql.get("INSERT INTO {p}schema (id, version) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET version = $1");
        conn.run(&set, &args![known]).await?;
    }
    Ok(found)
}

/// Makes sure that the store was made with the same key, or notes which one it is made with.
pub(super) async fn check_key(
    conn: &mut Conn<'_>,
    sql: &Sql,
    sealing: &Sealing,
) -> Result<(), Error> {
    let ours = sealing.check_value();
    let note = sql.get("UPDATE {p}schema SET sealed = $1 WHERE id = 1 AND sealed IS NULL");
    if conn.run(&note, &args![ours.clone()]).await? > 0 {
        return Ok(());
    }
    let row = conn
        .row(&sql.get("SELECT sealed FROM {p}schema WHERE id = 1"), &[])
        .await?;
    let theirs = row.map_or(Ok(None), |row| row.maybe_bytes(0))?;
    let theirs = theirs.unwrap_or_default();
    if ours == theirs {
        return Ok(());
    }
    let reason = match (ours.is_empty(), theirs.is_empty()) {
        (true, _) => "it is encrypted, and no key is given: give the key that it was made with",
        (_, true) => "it is not encrypted, and a key is given: leave the key out",
        _ => "it is encrypted with another key: give the one that it was made with",
    };
    Err(Error::Open(format!(
        "{reason}, or use another store; nothing was changed"
    )))
}
