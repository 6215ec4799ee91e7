use std::fmt;

use crate::world::core::Core;
use crate::world::faults::Fault;

/// The faults of a sandbox, from [`Sandbox::faults`](crate::Sandbox::faults).
pub struct Faults<'s> {
    pub(crate) core: &'s Core,
}

impl Faults<'_> {
    /// Adds a fault. If several fit the same operation or kind of notification, the oldest applies.
    ///
    /// # Panics
    ///
    /// Panics if the operation or notification does not exist, or if the outcome does not apply to it: such a fault would never happen,
    /// and a test would pass for the wrong reason.
    pub fn add(&self, fault: Fault) -> &Self {
        if let Err(complaint) = self.core.with(|world| world.add_fault(fault)) {
            panic!("{complaint}");
        }
        self
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.core.with(|world| world.clear_faults());
    }
}

impl fmt::Debug for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core
            .with(|world| f.debug_list().entries(world.faults.all()).finish())
    }
}
