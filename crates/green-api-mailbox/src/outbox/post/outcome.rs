//! What can become of a message.

use std::time::Duration;

use green_api::MessageId;

use crate::outbox::OutboxState;
use crate::outbox::hold::Hold;
use crate::store::Store;
use crate::store::conn::args;

/// What became of a message.
pub(super) enum Outcome {
    Sent {
        ids: Vec<MessageId>,
    },
    Doubtful {
        problem: String,
    },
    /// It is looked for again.
    Unsettled {
        look_at: i64,
        absent_since: Option<i64>,
    },
    /// It did not leave, and is sent again.
    Again {
        delay: Duration,
        /// Whether it was looked for, and so counts as an attempt.
        counts: bool,
        /// Why it waits, for who asks.
        problem: Option<&'static str>,
    },
    /// It did not leave, and neither does anything else of the instance.
    Held {
        reason: Hold,
        lasts: Option<Duration>,
    },
    Done {
        state: OutboxState,
        problem: String,
    },
    /// Nobody can tell what became of it.
    InDoubt {
        problem: String,
    },
}

impl Outcome {
    pub(super) fn again(delay: Duration) -> Self {
        Self::Again {
            delay,
            counts: false,
            problem: None,
        }
    }

    pub(super) fn of_ids(ids: &[MessageId]) -> Self {
        match ids {
            [] => Self::Doubtful {
                problem: "the server took it and did not say its id".to_owned(),
            },
            ids => Self::Sent { ids: ids.to_vec() },
        }
    }
}

/// What there is to tell after the commit.
pub(super) enum Told {
    State(OutboxState),
    Held(Hold, Option<std::time::SystemTime>),
    Nothing,
}

impl Told {
    /// Returns whether it is in the store that this became of a message, as far as that can be asked.
    pub(super) async fn is_written(&self, store: &Store, id: i64) -> bool {
        let Self::State(state) = self else {
            return false;
        };
        let sql = store
            .sql()
            .get("SELECT id FROM {p}outbox WHERE id = $1 AND state = $2");
        let Ok(mut reader) = store.reader().await else {
            return false;
        };
        let row = reader.conn().row(&sql, &args![id, *state as i64]).await;
        row.is_ok_and(|row| row.is_some())
    }
}
