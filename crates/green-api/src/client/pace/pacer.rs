use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use green_api_types::operation::Operation;
use tokio::time::Instant;

use super::Pace;
use super::lanes::Lanes;
use crate::InstanceId;

/// After how many requests what is known of idle instances is forgotten.
const SWEEP: u32 = 4096;

/// An instance, or else the partner, and what of it has a limit.
type Key = (Option<InstanceId>, &'static str);
type Limiter = RateLimiter<Key, HashMapStateStore<Key>, TokioClock, NoOpMiddleware<Duration>>;

/// Gives requests their turns.
pub(crate) struct Pacer {
    clock: TokioClock,
    /// One for each rate that occurs.
    limiters: Mutex<BTreeMap<(Duration, NonZeroU32), Arc<Limiter>>>,
    /// When an instance may send its next message.
    next_messages: Mutex<HashMap<Option<InstanceId>, Instant>>,
    requests: AtomicU32,
    /// Those that wait, in the order of their coming, one of each chat.
    turns: Lanes<Key>,
    /// Those that wait for others of the same chat.
    chats: Lanes<(Key, String)>,
}

/// Tokio's clock, so that tests can advance it.
#[derive(Clone)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.0)
    }
}

#[derive(Clone, Copy)]
enum Limit {
    Rate(Quota),
    /// From the least to the most time between two.
    Gap(Duration, Duration),
}

impl Default for Pacer {
    fn default() -> Self {
        Self {
            clock: TokioClock(Instant::now()),
            limiters: Mutex::default(),
            next_messages: Mutex::default(),
            requests: AtomicU32::new(0),
            turns: Lanes::default(),
            chats: Lanes::default(),
        }
    }
}

impl Pacer {
    /// Waits until a request may leave, and returns `true` if it had to. Dropped before that, it takes nobody's turn.
    pub(crate) async fn turn(
        &self,
        instance: Option<InstanceId>,
        pace: &Pace,
        operation: &'static Operation,
        chat: impl Fn() -> String,
    ) -> bool {
        let gap = pace.gap(operation);
        let gap = gap.map(|(least, most)| (Limit::Gap(least, most), (instance, "")));
        let rate = pace.quota(operation);
        let rate = rate.map(|quota| (Limit::Rate(quota), (instance, operation.id)));
        let mut waited = false;
        for (limit, key) in gap.into_iter().chain(rate) {
            waited |= self.pass(limit, key, &chat).await;
        }
        waited
    }

    async fn pass(&self, limit: Limit, key: Key, chat: impl Fn() -> String) -> bool {
        if self.turns.is_empty(&key) && self.wait(limit, key).is_none() {
            return false;
        }
        // Few requests queue, and the others have no room for it.
        Box::pin(self.queue(limit, key, chat())).await;
        true
    }

    async fn queue(&self, limit: Limit, key: Key, chat: String) {
        let _chat = self.chats.front((key, chat)).await;
        let _turn = self.turns.front(key).await;
        while let Some(wait) = self.wait(limit, key) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a turn, or returns how long there is none.
    fn wait(&self, limit: Limit, key: Key) -> Option<Duration> {
        let sweep = self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1;
        match limit {
            Limit::Rate(quota) => {
                let limiter = self.limiter(quota);
                if sweep {
                    limiter.retain_recent();
                }
                let too_early = limiter.check_key(&key).err()?;
                Some(too_early.wait_time_from(self.clock.now()))
            }
            Limit::Gap(least, most) => {
                let now = Instant::now();
                let mut next = locked(&self.next_messages);
                if sweep {
                    next.retain(|_, next| *next > now);
                }
                let (instance, _) = key;
                if let Some(next) = next.get(&instance).filter(|next| **next > now) {
                    return Some(next.saturating_duration_since(now));
                }
                let gap = most.saturating_sub(least).mul_f64(fastrand::f64());
                next.insert(instance, now.checked_add(least.saturating_add(gap))?);
                None
            }
        }
    }

    fn limiter(&self, quota: Quota) -> Arc<Limiter> {
        let key = (quota.replenish_interval(), quota.burst_size());
        let mut limiters = locked(&self.limiters);
        let limiter = limiters.entry(key).or_insert_with(|| {
            let state = HashMapStateStore::default();
            Arc::new(RateLimiter::new(quota, state, self.clock.clone()))
        });
        Arc::clone(limiter)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use futures_util::future::join_all;
    use green_api_types::operations;

    use super::*;

    const SEND: &Operation = &operations::SEND_MESSAGE;

    fn instance(number: i64) -> Option<InstanceId> {
        Some(number.to_string().parse().unwrap())
    }

    /// Sends to chats in this order, and returns when and to which each left.
    async fn leave(
        pacer: &Pacer,
        pace: &Pace,
        chats: &[&'static str],
    ) -> Vec<(Duration, &'static str)> {
        let (start, left) = (Instant::now(), Mutex::new(Vec::new()));
        let leaving = chats.iter().map(|chat| async {
            pacer
                .turn(instance(7), pace, SEND, || (*chat).to_owned())
                .await;
            locked(&left).push((start.elapsed(), *chat));
        });
        join_all(leaving).await;
        left.into_inner().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_than_the_rate_in_any_second_and_in_order() {
        let pacer = Pacer::default();
        let left = leave(&pacer, &Pace::default(), &["a"; 300]).await;
        assert_eq!(left.len(), 300);
        let times: Vec<Duration> = left.iter().map(|(at, _)| *at).collect();
        assert!(times.is_sorted());
        for window in times.windows(76) {
            assert!(window[75].saturating_sub(window[0]) >= Duration::from_secs(1));
        }
        assert!(times[299] < Duration::from_secs(6), "{:?}", times[299]);
        assert!(
            locked(&pacer.limiters).len() == 1 && pacer.turns.is_empty(&(instance(7), SEND.id))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_chat_with_many_messages_does_not_hold_up_another() {
        let mut chats = vec!["many"; 200];
        chats.push("one");
        let left = leave(&Pacer::default(), &Pace::default(), &chats).await;
        let position = left.iter().position(|(_, chat)| *chat == "one").unwrap();
        // Half a second's worth leaves at once; then the two chats take turns.
        assert!(position <= 27, "{position}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_takes_nobody_s_turn() {
        let (pacer, pace) = (Pacer::default(), Pace::off().rate(SEND, 1.0));
        assert!(!pacer.turn(instance(7), &pace, SEND, String::new).await);
        for _ in 0..50 {
            let soon = Duration::from_millis(10);
            let turn = pacer.turn(instance(7), &pace, SEND, String::new);
            assert!(tokio::time::timeout(soon, turn).await.is_err());
        }
        let start = Instant::now();
        assert!(pacer.turn(instance(7), &pace, SEND, String::new).await);
        assert!(start.elapsed() < Duration::from_secs(1));
        // Another instance does not wait.
        assert!(!pacer.turn(instance(8), &pace, SEND, String::new).await);
    }

    #[tokio::test(start_paused = true)]
    async fn messages_are_as_far_apart_as_was_asked_for_and_never_twice_the_same() {
        let range: RangeInclusive<Duration> = Duration::from_secs(3)..=Duration::from_secs(8);
        let pace = Pace::documented().between_messages(range.clone());
        let left = leave(&Pacer::default(), &pace, &["a", "b", "a", "b", "c", "c"]).await;
        let gaps: Vec<Duration> = left
            .windows(2)
            .map(|two| two[1].0.saturating_sub(two[0].0))
            .collect();
        let slack = Duration::from_millis(2);
        for gap in &gaps {
            assert!(
                *gap >= *range.start() && *gap <= range.end().saturating_add(slack),
                "{gap:?}"
            );
        }
        assert!(
            gaps.iter().any(|gap| gap.abs_diff(gaps[0]) > slack),
            "{gaps:?}"
        );
        let reads = &operations::GET_MESSAGE;
        assert!(
            !Pacer::default()
                .turn(instance(7), &pace, reads, String::new)
                .await
        );
    }

    #[tokio::test(start_paused = true)]
    async fn idle_instances_are_forgotten() {
        let pacer = Pacer::default();
        for number in 1..=i64::from(SWEEP) * 3 {
            pacer
                .turn(instance(number), &Pace::default(), SEND, String::new)
                .await;
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        let limiters = locked(&pacer.limiters);
        let known = limiters
            .values()
            .map(|limiter| limiter.len())
            .sum::<usize>();
        assert!(known < SWEEP as usize * 2, "{known}");
    }
}
