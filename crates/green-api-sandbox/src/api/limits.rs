use std::collections::HashMap;
use std::time::SystemTime;

/// Request rates per instance and operation: a bucket that holds one second's worth and is replenished steadily.
#[derive(Default)]
pub(crate) struct Limiter {
    buckets: HashMap<(u64, String), Bucket>,
}

struct Bucket {
    tokens: f64,
    filled: SystemTime,
}

/// What the limiter says to one request, and what goes into the two headers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) allowed: bool,
    pub(crate) remaining: u64,
    pub(crate) per_second: f64,
}

impl Limiter {
    pub(crate) fn take(
        &mut self,
        instance: u64,
        operation: &str,
        per_second: f64,
        now: SystemTime,
    ) -> Rate {
        let capacity = per_second.max(1.0);
        let bucket = self
            .buckets
            .entry((instance, operation.to_owned()))
            .or_insert(Bucket {
                tokens: capacity,
                filled: now,
            });
        let elapsed = now.duration_since(bucket.filled).unwrap_or_default();
        bucket.tokens = (bucket.tokens + elapsed.as_secs_f64() * per_second).min(capacity);
        bucket.filled = now;
        // Ten additions of 0.1 must make a whole token.
        let allowed = bucket.tokens > 1.0 - 1e-6;
        if allowed {
            bucket.tokens = (bucket.tokens - 1.0).max(0.0);
        }
        Rate {
            allowed,
            remaining: bucket.tokens as u64,
            per_second,
        }
    }
}
