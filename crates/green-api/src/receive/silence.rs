//! How long nothing has come.

use std::time::Duration;

use tokio::time::Instant;

use crate::types::StateInstance;
use crate::{Error, Instance, RetryPolicy};

/// The time since the last notification, or since the instance was last seen not to be linked.
#[derive(Default)]
pub(super) struct Silence {
    /// How long it may be; `None` for ever.
    pub(super) limit: Option<Duration>,
    since: Option<Instant>,
    told: bool,
}

impl Silence {
    /// Returns how long it lasts, if that is too long and was not told yet.
    pub(super) fn too_long(&mut self) -> Option<Duration> {
        let lasting = self.lasting();
        let limit = self.limit.filter(|_| !self.told)?;
        (lasting >= limit).then_some(lasting)
    }

    /// Returns how long it is until it is too long. One that was told has to end before another can begin.
    #[cfg(feature = "webhook")]
    pub(super) fn left(&mut self) -> Duration {
        let lasting = self.lasting();
        let limit = self.limit.unwrap_or(Duration::MAX);
        if self.told {
            limit
        } else {
            limit.saturating_sub(lasting)
        }
    }

    pub(super) fn tell(&mut self) {
        self.told = true;
    }

    /// Begins anew, and returns how long it lasted if it was told.
    pub(super) fn end(&mut self) -> Option<Duration> {
        let lasting = self.lasting();
        self.since = Some(Instant::now());
        std::mem::take(&mut self.told).then_some(lasting)
    }

    /// It begins with the first look, not when the value was made.
    fn lasting(&mut self) -> Duration {
        self.since.get_or_insert_with(Instant::now).elapsed()
    }
}

/// Asks whether the instance is linked. Of one that is not nothing is expected.
pub(super) async fn is_linked(instance: &Instance) -> Result<bool, Error> {
    let answer = instance.get_state_instance().retry(RetryPolicy::never());
    let state = answer.await?.map(|answer| answer.state_instance);
    Ok(state == Some(StateInstance::Authorized))
}
