//! The faults of a sandbox, and which of them happens.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Fault, Outcome};

/// The names of the operations and notifications that faults can happen to.
pub(crate) struct Names {
    pub(crate) operations: BTreeSet<String>,
    pub(crate) notifications: BTreeSet<String>,
}

/// What goes wrong with one call or notification.
pub(crate) struct Effect {
    pub(crate) delay: Duration,
    pub(crate) outcome: Outcome,
    /// Whether the operation is carried out before its answer goes wrong.
    pub(crate) carried_out: bool,
}

/// The faults that are to happen, oldest first.
pub(crate) struct FaultList {
    names: Names,
    faults: Vec<Fault>,
    /// Draws which calls are hit, apart from what draws tokens and codes.
    rng: fastrand::Rng,
}

impl Effect {
    const USUAL: Self = Self {
        delay: Duration::ZERO,
        outcome: Outcome::Usual,
        carried_out: true,
    };
}

impl From<Fault> for Effect {
    fn from(fault: Fault) -> Self {
        Self {
            delay: fault.delay,
            carried_out: fault.carried_out
                || matches!(fault.outcome, Outcome::Usual | Outcome::Truncate),
            outcome: fault.outcome,
        }
    }
}

impl FaultList {
    pub(crate) fn new(names: Names) -> Self {
        Self {
            names,
            faults: Vec::new(),
            rng: fastrand::Rng::with_seed(0),
        }
    }

    /// Draws by this generator from now on.
    pub(crate) fn drawn_by(self, rng: fastrand::Rng) -> Self {
        Self { rng, ..self }
    }

    /// Returns whether there is an operation with this `operationId`.
    pub(crate) fn knows(&self, operation: &str) -> bool {
        self.names.operations.contains(operation)
    }

    pub(crate) fn all(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns the effect of the oldest fault that fits and is drawn, and removes it if that was its last time. Without one, everything
    /// is as usual.
    fn apply(&mut self, instance: Option<u64>, fits: impl Fn(&Fault) -> bool) -> Effect {
        let rng = &mut self.rng;
        let hits = |fault: &Fault| {
            (fault.instance.is_none() || fault.instance == instance)
                && fits(fault)
                && fault.one_in.is_none_or(|number| rng.u32(..number) == 0)
        };
        let Some(place) = self.faults.iter().position(hits) else {
            return Effect::USUAL;
        };
        let fault = &mut self.faults[place];
        fault.left = fault.left.map(|left| left - 1);
        if fault.left == Some(0) {
            return self.faults.remove(place).into();
        }
        fault.clone().into()
    }

    /// Returns the effect of faults on a call of an operation.
    pub(crate) fn apply_to_operation(&mut self, operation: &str, instance: Option<u64>) -> Effect {
        self.apply(instance, |fault| {
            fault.operation.as_deref() == Some(operation)
        })
    }

    /// Returns the effect of faults on a notification of a kind. One that is `awaited`, by another of its kind that was held back, is
    /// not held back as well.
    pub(crate) fn apply_to_notification(
        &mut self,
        kind: &str,
        instance: u64,
        awaited: bool,
    ) -> Effect {
        self.apply(Some(instance), |fault| {
            fault.notification.as_deref() == Some(kind)
                && !(awaited && matches!(fault.outcome, Outcome::OutOfOrder))
        })
    }

    /// Adds a fault, unless it is limited to zero times.
    ///
    /// # Errors
    ///
    /// Returns the reason why it could never happen.
    pub(crate) fn add(
        &mut self,
        fault: Fault,
        has_instance: impl Fn(u64) -> bool,
    ) -> Result<(), String> {
        let stranger = fault.instance.filter(|id| !has_instance(*id));
        let stranger = stranger.map(|id| format!("there is no instance {id}"));
        match fault.complaint(&self.names).or(stranger) {
            Some(complaint) => Err(complaint),
            None if fault.left == Some(0) => Ok(()),
            None => {
                self.faults.push(fault);
                Ok(())
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }
}
