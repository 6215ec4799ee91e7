//! Messages of instances that nobody sends for.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::entry::instance_id;
use super::hold::OutboxEvent;
use super::post::Post;
use crate::Error;
use crate::store::conn::args;
use crate::store::{Store, milliseconds};

/// How long something can wait until another worker has seen it.
const SEEN_WITHIN: Duration = Duration::from_secs(5);

/// Instances other than those of a worker.
pub(super) struct Others {
    seen_within: Duration,
    told: Mutex<HashSet<i64>>,
}

impl Others {
    /// One that ends soon may not look a second time.
    pub(super) fn new(ends_soon: bool) -> Self {
        Self {
            seen_within: if ends_soon {
                Duration::ZERO
            } else {
                SEEN_WITHIN
            },
            told: Mutex::default(),
        }
    }

    /// Tells of those for which something waits and nobody works, each once.
    pub(super) async fn look(&self, store: &Store, post: &Post) -> Result<(), Error> {
        let ours = post.instances.ids().into_iter();
        let ours: Vec<String> = ours.map(|id| id.get().to_string()).collect();
        let but_ours = match ours.is_empty() {
            true => String::new(),
            false => format!("AND instance NOT IN ({})", ours.join(", ")),
        };
        let find = store.sql().made(&format!(
            "SELECT DISTINCT instance FROM {{p}}lane WHERE side = 1 AND waiting = 1 AND due <= {{now}} - $2 {but_ours}
            AND instance NOT IN (SELECT instance FROM {{p}}lane WHERE owner IS NOT NULL AND side = 1 AND until > {{now}})
            AND instance NOT IN (SELECT instance FROM {{p}}instance WHERE held IS NOT NULL AND (held_until IS NULL OR held_until > {{now}}))"
        ));
        let mut reader = store.reader().await?;
        let mut conn = reader.conn();
        let values = args![store.now(), milliseconds(self.seen_within)];
        for row in conn.rows(&find, &values).await? {
            let instance = row.int(0)?;
            if !self.is_first(instance) {
                continue;
            }
            let count = store
                .sql()
                .get("SELECT COUNT(*) FROM {p}outbox WHERE instance = $1 AND state < 3");
            let row = conn.row(&count, &args![instance]).await?;
            let entries = row.map_or(Ok(0), |row| row.int(0))?;
            tracing::warn!(
                instance,
                entries,
                "messages wait for an instance that no worker sends for: give it to a worker, or cancel them"
            );
            post.on_event(&OutboxEvent::Unattended {
                instance: instance_id(instance)?,
                entries: u64::try_from(entries).unwrap_or_default(),
            });
        }
        Ok(())
    }

    fn is_first(&self, instance: i64) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert(instance)
    }
}
