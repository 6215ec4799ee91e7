use std::collections::VecDeque;
use std::time::SystemTime;

/// How many requests are remembered: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;

/// A request that reached the sandbox. It never holds a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The `operationId`, such as `getAuthorizationCode`; `None` when there is no such route.
    pub operation: Option<String>,
    /// The HTTP verb.
    pub method: String,
    /// The path without its query, with `***` in place of the token.
    pub path: String,
    /// The HTTP status of the answer; `None` while there is none yet, and for good when either side closed the connection first.
    pub status: Option<u16>,
    /// When it arrived, by the sandbox's clock.
    pub at: SystemTime,
}

/// The latest requests, oldest first.
#[derive(Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Request>,
    dropped: usize,
}

impl RequestLog {
    /// Notes a request and returns the number under which its answer is noted.
    pub(crate) fn arrived(&mut self, request: Request) -> usize {
        self.entries.push_back(request);
        if self.entries.len() > KEPT {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.dropped + self.entries.len() - 1
    }

    pub(crate) fn answered(&mut self, number: usize, status: Option<u16>) {
        let entry = number.checked_sub(self.dropped).and_then(|place| self.entries.get_mut(place));
        if let Some(entry) = entry {
            entry.status = status;
        }
    }

    /// How often an operation was called, as far as requests are remembered.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let calls = self.entries.iter().filter(|request| request.operation.as_deref() == Some(operation));
        calls.count()
    }

    pub(crate) fn entries(&self) -> Vec<Request> {
        self.entries.iter().cloned().collect()
    }
}
