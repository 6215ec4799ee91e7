//! What all requests share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::bundle::{Bundle, Route};
use super::limits::{Limiter, Rate};
use crate::world::core::Core;

/// How the server behaves, whatever the world is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// No request is answered before this time has passed.
    pub(crate) delay: Duration,
    pub(crate) rate_limits: bool,
}

/// The API in front of a world.
pub(crate) struct Api {
    pub(crate) core: Arc<Core>,
    pub(crate) bundle: Arc<Bundle>,
    pub(crate) partner_token: String,
    pub(super) options: Options,
    limiter: Mutex<Limiter>,
}

impl Api {
    pub(crate) fn new(
        core: Arc<Core>,
        bundle: Arc<Bundle>,
        partner_token: String,
        options: Options,
    ) -> Self {
        Self {
            core,
            bundle,
            partner_token,
            options,
            limiter: Mutex::default(),
        }
    }

    /// Counts a request against the rate of its operation; `None` where rates do not matter.
    pub(super) fn take(&self, instance: u64, route: &Route<'_, '_>) -> Option<Rate> {
        let (operation, now) = (route.operation, self.core.clock.now());
        self.options.rate_limits.then(|| {
            let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
            limiter.take(instance, &operation.id, operation.rate_limit_rps, now)
        })
    }
}
