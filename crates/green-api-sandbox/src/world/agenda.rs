//! What happens by itself when its time has come.

use std::collections::BTreeMap;
use std::time::SystemTime;

/// Something that happens by itself when its time has come.
pub(crate) enum Event {
    Restarted(u64),
    Linked(u64),
    Typed {
        phone: String,
        code: String,
    },
    /// Nothing but a wake-up for what posts webhooks.
    WebhookDue,
    /// A notification that was held back takes its place.
    NotificationDue(u64),
    /// A message in the sending queue of an instance may leave.
    Sending(u64),
    /// A message is at the door of its recipients.
    Arrived(String),
    /// The time of a message in a disappearing chat is over.
    Disappears(String),
    /// WhatsApp has reviewed a product or a collection. Its time says so; this wakes those who look at the shop.
    Reviewed,
    /// The owner of a phone does something about a call.
    CallAnswered(String),
    CallOver(String),
}

/// What is to happen, by time; at the same time, what was planned first.
#[derive(Default)]
pub(crate) struct Agenda {
    events: BTreeMap<(SystemTime, u64), Event>,
    planned: u64,
}

impl Agenda {
    pub(crate) fn add(&mut self, due: SystemTime, event: Event) {
        self.planned += 1;
        self.events.insert((due, self.planned), event);
    }

    /// Returns the time of the next event.
    pub(crate) fn next(&self) -> Option<SystemTime> {
        self.events.keys().next().map(|(due, _)| *due)
    }

    /// Takes out the next event and its time, unless it is to come after `now`.
    pub(crate) fn take_due(&mut self, now: SystemTime) -> Option<(SystemTime, Event)> {
        let entry = self.events.first_entry()?;
        let due = entry.key().0;
        (due <= now).then(|| (due, entry.remove()))
    }

    #[cfg(test)]
    pub(crate) fn count(&self, fits: impl Fn(&Event) -> bool) -> usize {
        self.events.values().filter(|event| fits(event)).count()
    }
}
