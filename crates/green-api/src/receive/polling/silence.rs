//! How long nothing has come.

use std::time::Duration;

use tokio::time::Instant;

/// The time since the last notification, or since the instance was last seen not to be linked.
pub(super) struct Silence {
    /// How long it may be; `None` for ever.
    pub(super) limit: Option<Duration>,
    since: Instant,
    told: bool,
}

impl Silence {
    pub(super) fn new() -> Self {
        Self {
            limit: None,
            since: Instant::now(),
            told: false,
        }
    }

    /// Returns how long it lasts, if that is too long and was not told yet.
    pub(super) fn too_long(&self) -> Option<Duration> {
        let lasting = self.since.elapsed();
        let limit = self.limit.filter(|_| !self.told)?;
        (lasting >= limit).then_some(lasting)
    }

    pub(super) fn tell(&mut self) {
        self.told = true;
    }

    /// Begins anew, and returns how long it lasted if it was told.
    pub(super) fn end(&mut self) -> Option<Duration> {
        let lasting = self.since.elapsed();
        self.since = Instant::now();
        std::mem::take(&mut self.told).then_some(lasting)
    }
}
