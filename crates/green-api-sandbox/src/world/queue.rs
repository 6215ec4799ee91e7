use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;

/// How long the server keeps a notification.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The notifications of one instance that nobody has acknowledged yet, oldest first.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<(SystemTime, Notification)>,
    /// What was queued a moment ago and has not passed the faults yet.
    fresh: Vec<(SystemTime, Notification)>,
    /// What faults hold back.
    late: Vec<(Release, (SystemTime, Notification))>,
    receipts: u64,
    /// When it was last emptied on request.
    pub(crate) cleared: Option<SystemTime>,
}

/// When a notification that was held back takes its place.
pub(crate) enum Release {
    /// At this time.
    At(SystemTime),
    /// After another one of this kind.
    After(String),
}

/// A notification the way `receiveNotification` hands it out.
#[derive(Clone)]
pub(crate) struct Notification {
    pub(crate) receipt_id: u64,
    /// JSON, unless somebody wants to see what happens when it is not.
    pub(crate) body: Vec<u8>,
}

impl Notification {
    /// The answer of `receiveNotification`.
    pub(crate) fn answer(&self) -> Vec<u8> {
        let head = format!(r#"{{"receiptId":{},"body":"#, self.receipt_id);
        [head.as_bytes(), &self.body, b"}"].concat()
    }
}

impl Queue {
    /// Adds a notification and returns its receipt.
    pub(crate) fn push(&mut self, body: Box<RawValue>, now: SystemTime) -> u64 {
        self.push_raw(String::from(Box::<str>::from(body)).into_bytes(), now)
    }

    /// The same for whatever is no JSON.
    pub(crate) fn push_raw(&mut self, body: Vec<u8>, now: SystemTime) -> u64 {
        self.receipts += 1;
        self.fresh.push((
            now,
            Notification {
                receipt_id: self.receipts,
                body,
            },
        ));
        self.receipts
    }

    pub(crate) fn take_fresh(&mut self) -> Vec<(SystemTime, Notification)> {
        std::mem::take(&mut self.fresh)
    }

    /// Takes a notification into its place at the end.
    pub(crate) fn file(&mut self, entry: (SystemTime, Notification)) {
        // Where nobody ever looks, this is what keeps the queue from filling the memory.
        self.forget_old(entry.0);
        self.waiting.push_back(entry);
    }

    /// The same with another receipt.
    pub(crate) fn copy(
        &mut self,
        (since, notification): &(SystemTime, Notification),
    ) -> (SystemTime, Notification) {
        self.receipts += 1;
        (
            *since,
            Notification {
                receipt_id: self.receipts,
                body: notification.body.clone(),
            },
        )
    }

    pub(crate) fn hold_back(&mut self, release: Release, entry: (SystemTime, Notification)) {
        self.late.push((release, entry));
    }

    pub(crate) fn holds_back(&self, kind: &str) -> bool {
        self.late
            .iter()
            .any(|(release, _)| matches!(release, Release::After(held) if held == kind))
    }

    /// Lets go what was held back for as long as `released` says.
    pub(crate) fn release(&mut self, released: impl Fn(&Release) -> bool) {
        let free = self.late.extract_if(.., |(release, _)| released(release));
        self.waiting.extend(free.map(|(_, entry)| entry));
    }

    /// The oldest notification. It stays where it is until it is removed.
    pub(crate) fn head(&mut self, now: SystemTime) -> Option<Notification> {
        self.forget_old(now);
        self.waiting
            .front()
            .map(|(_, notification)| notification.clone())
    }

    /// Removes the notification with this receipt and tells whether there was one.
    pub(crate) fn remove(&mut self, receipt_id: u64, now: SystemTime) -> bool {
        self.forget_old(now);
        let place = self
            .waiting
            .iter()
            .position(|(_, notification)| notification.receipt_id == receipt_id);
        place.and_then(|place| self.waiting.remove(place)).is_some()
    }

    /// How many notifications wait.
    pub(crate) fn len(&mut self, now: SystemTime) -> usize {
        self.forget_old(now);
        self.waiting.len()
    }

    /// Empties the queue. What faults hold back is gone as well.
    pub(crate) fn clear(&mut self, now: SystemTime) {
        self.waiting.clear();
        self.late.clear();
        self.cleared = Some(now);
    }

    fn forget_old(&mut self, now: SystemTime) {
        while self
            .waiting
            .front()
            .is_some_and(|(since, _)| *since + RETENTION <= now)
        {
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{Queue, RETENTION};

    #[test]
    fn what_is_old_makes_way_though_nobody_looks() {
        let (mut queue, mut now) = (Queue::default(), UNIX_EPOCH);
        for _ in 0..100 {
            now += RETENTION / 10 + Duration::from_secs(1);
            queue.push_raw(b"{}".to_vec(), now);
            for entry in queue.take_fresh() {
                queue.file(entry);
            }
        }
        assert_eq!(queue.waiting.len(), 10);
    }
}
