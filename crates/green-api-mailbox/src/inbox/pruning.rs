//! Forgetting what is done, some of it at a time.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;

use crate::Error;
use crate::store::conn::args;
use crate::store::{Store, milliseconds};

/// How much is removed in one transaction, so that others need not wait.
const STEP: i64 = 500;
/// How often to look, and how long to wait while there is more.
const OFTEN: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_millis(100);

/// Prunes as long as it is awaited.
pub(super) async fn now_and_then(store: &Store) -> Infallible {
    loop {
        let pause = match step(store).await {
            Ok(true) => SOON,
            Ok(false) => OFTEN,
            Err(error) => {
                tracing::debug!(%error, "old entries of the inbox were not removed");
                OFTEN
            }
        };
        sleep(pause).await;
    }
}

/// Removes some bodies and keys that are old enough, and returns `true` if there may be more of them.
async fn step(store: &Store) -> Result<bool, Error> {
    let settings = store.settings();
    let statements = [
        (
            settings.bodies,
            "UPDATE {p}inbox SET body = NULL, problem = NULL WHERE id IN (
                SELECT id FROM {p}inbox WHERE state > 1 AND body IS NOT NULL AND changed < {now} - $2 ORDER BY changed LIMIT $3 {skip})",
        ),
        (
            settings.keys,
            "DELETE FROM {p}inbox WHERE id IN (
                SELECT id FROM {p}inbox WHERE state > 1 AND changed < {now} - $2 ORDER BY changed LIMIT $3 {skip})",
        ),
    ];
    let mut more = store.prune_lanes().await?;
    for (kept, statement) in statements {
        let mut tx = store.begin().await?;
        let sql = store.sql().get(statement);
        let values = args![store.now(), milliseconds(kept), STEP];
        let removed = tx.conn().run(&sql, &values).await?;
        if removed > 0 {
            tx.commit().await?;
        }
        more |= removed >= STEP.unsigned_abs();
    }
    Ok(more)
}
