use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

/// How long the server keeps a notification.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The notifications of one instance that nobody has acknowledged yet, oldest first.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Notification>,
    /// Queued a moment ago; faults have not been applied yet.
    fresh: Vec<Notification>,
    /// What faults hold back.
    late: Vec<(Release, Notification)>,
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
    since: SystemTime,
    /// JSON, unless somebody wants to see what happens when it is not.
    pub(crate) body: Vec<u8>,
}

impl Notification {
    /// Returns the body with which `receiveNotification` answers.
    pub(crate) fn answer(&self) -> Vec<u8> {
        let head = format!(r#"{{"receiptId":{},"body":"#, self.receipt_id);
        [head.as_bytes(), &self.body, b"}"].concat()
    }
}

impl Queue {
    /// Adds a notification and returns its receipt. A body need not be JSON.
    pub(crate) fn push(&mut self, body: impl Into<Vec<u8>>, since: SystemTime) -> u64 {
        self.receipts += 1;
        self.fresh.push(Notification {
            receipt_id: self.receipts,
            since,
            body: body.into(),
        });
        self.receipts
    }

    pub(crate) fn take_fresh(&mut self) -> Vec<Notification> {
        std::mem::take(&mut self.fresh)
    }

    /// Appends a notification to those that wait.
    pub(crate) fn append(&mut self, entry: Notification) {
        // Where nobody ever looks, this is what keeps the queue from filling the memory.
        self.forget_old(entry.since);
        self.waiting.push_back(entry);
    }

    /// Returns a copy with a receipt of its own.
    pub(crate) fn copy(&mut self, notification: &Notification) -> Notification {
        self.receipts += 1;
        Notification {
            receipt_id: self.receipts,
            ..notification.clone()
        }
    }

    pub(crate) fn hold_back(&mut self, release: Release, entry: Notification) {
        self.late.push((release, entry));
    }

    pub(crate) fn holds_back(&self, kind: &str) -> bool {
        self.late
            .iter()
            .any(|(release, _)| matches!(release, Release::After(held) if held == kind))
    }

    /// Appends the held-back notifications for which `released` returns `true`.
    pub(crate) fn release(&mut self, released: impl Fn(&Release) -> bool) {
        let free = self.late.extract_if(.., |(release, _)| released(release));
        self.waiting.extend(free.map(|(_, entry)| entry));
    }

    /// Returns the oldest notification, which stays until it is removed.
    pub(crate) fn head(&mut self, now: SystemTime) -> Option<Notification> {
        self.forget_old(now);
        self.waiting.front().cloned()
    }

    /// Removes the notification with this receipt and tells whether there was one.
    pub(crate) fn remove(&mut self, receipt_id: u64, now: SystemTime) -> bool {
        self.forget_old(now);
        let place = self
            .waiting
            .iter()
            .position(|notification| notification.receipt_id == receipt_id);
        place.and_then(|place| self.waiting.remove(place)).is_some()
    }

    /// Returns the number of notifications that wait.
    pub(crate) fn len(&mut self, now: SystemTime) -> usize {
        self.forget_old(now);
        self.waiting.len()
    }

    /// Empties the queue, including what faults hold back.
    pub(crate) fn clear(&mut self, now: SystemTime) {
        self.waiting.clear();
        self.late.clear();
        self.cleared = Some(now);
    }

    fn forget_old(&mut self, now: SystemTime) {
        while self
            .waiting
            .front()
            .is_some_and(|oldest| oldest.since + RETENTION <= now)
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
            queue.push("{}", now);
            for entry in queue.take_fresh() {
                queue.append(entry);
            }
        }
        assert_eq!(queue.waiting.len(), 10);
    }
}
