use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;

/// How long the server keeps a notification.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The notifications of one instance that nobody has acknowledged yet, oldest first.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<(SystemTime, Notification)>,
    receipts: u64,
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
        self.waiting.push_back((now, Notification { receipt_id: self.receipts, body }));
        self.receipts
    }

    /// The oldest notification. It stays where it is until it is removed.
    pub(crate) fn head(&mut self, now: SystemTime) -> Option<Notification> {
        self.forget_old(now);
        self.waiting.front().map(|(_, notification)| notification.clone())
    }

    /// Removes the notification with this receipt and tells whether there was one.
    pub(crate) fn remove(&mut self, receipt_id: u64, now: SystemTime) -> bool {
        self.forget_old(now);
        let place = self.waiting.iter().position(|(_, notification)| notification.receipt_id == receipt_id);
        place.and_then(|place| self.waiting.remove(place)).is_some()
    }

    /// How many notifications wait.
    pub(crate) fn len(&mut self, now: SystemTime) -> usize {
        self.forget_old(now);
        self.waiting.len()
    }

    fn forget_old(&mut self, now: SystemTime) {
        while self.waiting.front().is_some_and(|(since, _)| *since + RETENTION <= now) {
            self.waiting.pop_front();
        }
    }
}
