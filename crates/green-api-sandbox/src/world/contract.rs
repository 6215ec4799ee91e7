//! The commercial side of an instance: who has it, since when, until when.

use std::time::SystemTime;

/// What the provider's books say about an instance.
pub(crate) struct Contract {
    pub(crate) name: String,
    pub(crate) created: SystemTime,
    pub(crate) deleted: Option<SystemTime>,
    /// Since when it is not paid for.
    pub(crate) expired: Option<SystemTime>,
}

impl Contract {
    pub(crate) fn new(id: u64, now: SystemTime) -> Self {
        Self {
            name: format!("Instance {id}"),
            created: now,
            deleted: None,
            expired: None,
        }
    }
}
