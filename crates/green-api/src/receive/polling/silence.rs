//! How long nothing has come.

use std::time::Duration;

use tokio::time::Instant;

/// The time since the last notification, or since the instance was last seen not to be linked.
pub(super) struct Silence {
    /// How long it may be; `None` for ever.
    pub(super) limit: Option<Duration>,
    since: Option<Instant>,
    told: bool,
}

impl Silence {
    pub(super) fn new() -> Self {
        Self {
            limit: None,
            since: None,
            told: false,
        }
    }

    /// Returns how long it lasts, if that is too long and was not told yet.
    pub(super) fn too_long(&mut self) -> Option<Duration> {
        // It begins with the first answer, not when the value was made.
        let lasting = self.since.get_or_insert_with(Instant::now).elapsed();
        let limit = self.limit.filter(|_| !self.told)?;
        (lasting >= limit).then_some(lasting)
    }

    pub(super) fn tell(&mut self) {
        self.told = true;
    }

    /// Begins anew, and returns how long it lasted if it was told.
    pub(super) fn end(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let since = self.since.replace(now).unwrap_or(now);
        let lasting = now.saturating_duration_since(since);
        std::mem::take(&mut self.told).then_some(lasting)
    }
}
