//! A notification on its way to the handler.

use std::fmt;

use crate::types::Notification;
use crate::{Drift, InstanceId, RawJson};

/// A notification that was posted to a [`Webhook`](crate::Webhook), and what came with it.
#[non_exhaustive]
pub struct Delivered {
    /// The notification.
    pub notification: Notification,
    instance: Option<InstanceId>,
    attempt: u32,
    raw: RawJson,
}

impl Delivered {
    pub(super) fn new(
        notification: Notification,
        instance: Option<InstanceId>,
        attempt: u32,
        raw: RawJson,
    ) -> Self {
        Self {
            notification,
            instance,
            attempt,
            raw,
        }
    }

    /// The instance that it is about. There is none in notifications that do not say so, which no known kind does, unless their token tells.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.instance
    }

    /// How often the handler was given it, this time included; counted since the program started.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The JSON as it came, with whatever this version does not know.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }

    /// What this version does not know in it; see [`Drift`]. Looked for when it is asked for.
    #[must_use]
    pub fn drift(&self) -> Drift {
        Drift::of::<Notification>(self.raw.as_str())
    }
}

impl fmt::Debug for Delivered {
    // What came can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivered")
            .field("kind", &self.notification.kind())
            .field("instance", &self.instance)
            .field("attempt", &self.attempt)
            .field("raw", &self.raw)
            .finish()
    }
}
