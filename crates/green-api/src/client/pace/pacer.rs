use std::collections::{BTreeMap, HashMap};
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
/// Of what is allowed so often it makes no difference when it had its connection.
const FAST: Duration = Duration::from_millis(500);

/// An instance, or else the partner, and what of it has a limit.
type Key = (Option<InstanceId>, &'static str);
/// Those of one limit wait for one another: a slower pace holds up nobody else.
type Lane = (Key, Limit);
/// The turns that a request waits for, one after the other.
pub(crate) struct Turns(Lane, Option<Lane>);
type Limiter = RateLimiter<Key, HashMapStateStore<Key>, TokioClock, NoOpMiddleware<Duration>>;

/// Gives requests their turns.
pub(crate) struct Pacer {
    clock: TokioClock,
    /// One for each rate that occurs.
    limiters: Mutex<BTreeMap<Duration, Arc<Limiter>>>,
    /// When the next may leave where the last one had to wait for its connection: the server counts from there.
    after_connecting: Mutex<HashMap<Lane, Instant>>,
    /// When an instance may send its next message.
    next_messages: Mutex<HashMap<Option<InstanceId>, Instant>>,
    requests: AtomicU32,
    /// Those that wait, in the order of their coming, one of each chat.
    turns: Lanes<Lane>,
    /// Those that wait for others of the same chat.
    chats: Lanes<(Lane, String)>,
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

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Limit {
    /// The time from one to the next.
    Rate(Duration),
    /// From the least to the most time between two.
    Gap(Duration, Duration),
}

impl Default for Pacer {
    fn default() -> Self {
        Self {
            clock: TokioClock(Instant::now()),
            limiters: Mutex::default(),
            after_connecting: Mutex::default(),
            next_messages: Mutex::default(),
            requests: AtomicU32::new(0),
            turns: Lanes::default(),
            chats: Lanes::default(),
        }
    }
}

impl Pacer {
    /// Takes a request's turns if they are now, or returns those that it has to wait for.
    pub(crate) fn begin(
        &self,
        instance: Option<InstanceId>,
        pace: &Pace,
        operation: &'static Operation,
    ) -> Option<Turns> {
        let gap = pace.gap(operation);
        let gap = gap.map(|(least, most)| ((instance, ""), Limit::Gap(least, most)));
        let rate = pace.period(operation);
        let rate = rate.map(|period| ((instance, operation.id), Limit::Rate(period)));
        match gap {
            Some(gap) if !self.is_now(gap) => Some(Turns(gap, rate)),
            _ => rate
                .filter(|rate| !self.is_now(*rate))
                .map(|rate| Turns(rate, None)),
        }
    }

    /// Counts a request from when it had its connection, if so few are allowed that it makes a difference.
    pub(crate) fn connected(
        &self,
        instance: Option<InstanceId>,
        pace: &Pace,
        operation: &'static Operation,
        at: Instant,
    ) {
        let Some(period) = pace.period(operation).filter(|period| *period > FAST) else {
            return;
        };
        let Some(next) = at.checked_add(period) else {
            return;
        };
        let lane = ((instance, operation.id), Limit::Rate(period));
        let mut after = locked(&self.after_connecting);
        let known = after.entry(lane).or_insert(next);
        // Answers come in any order.
        *known = next.max(*known);
    }

    /// Returns in how long the next message of an instance may leave, as far as the time between two of them goes.
    pub(crate) fn until_next_message(&self, instance: Option<InstanceId>) -> Duration {
        let next = locked(&self.next_messages).get(&instance).copied();
        next.map_or(Duration::ZERO, |next| {
            next.saturating_duration_since(Instant::now())
        })
    }

    /// Waits until a request to a chat may leave. Dropped before that, it takes nobody's turn.
    pub(crate) async fn wait_for(&self, Turns(first, second): Turns, chat: String) {
        self.queue(first, chat.clone()).await;
        if let Some(second) = second.filter(|second| !self.is_now(*second)) {
            self.queue(second, chat).await;
        }
    }

    fn is_now(&self, lane: Lane) -> bool {
        self.turns.is_empty(&lane) && self.wait(lane).is_none()
    }

    async fn queue(&self, lane: Lane, chat: String) {
        // Taken at once, so that nobody passes as long as one waits.
        let turn = self.turns.enter(lane);
        let _chat = self.chats.enter((lane, chat)).front().await;
        let _turn = turn.front().await;
        while let Some(wait) = self.wait(lane) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a turn, or returns how long to wait for one.
    fn wait(&self, (key, limit): Lane) -> Option<Duration> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.forget_idle();
        }
        match limit {
            Limit::Rate(period) => {
                if period > FAST
                    && let Some(next) = locked(&self.after_connecting).get(&(key, limit))
                {
                    let wait = next.saturating_duration_since(Instant::now());
                    if wait > Duration::ZERO {
                        return Some(wait);
                    }
                }
                let limiter = self.limiter(period)?;
                let too_early = limiter.check_key(&key).err()?;
                Some(too_early.wait_time_from(self.clock.now()))
            }
            Limit::Gap(least, most) => {
                let now = Instant::now();
                let mut next = locked(&self.next_messages);
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

    /// Forgets instances that could call at once, and rates that no instance has any more: a program may change its own as it goes.
    fn forget_idle(&self) {
        locked(&self.limiters).retain(|_, limiter| {
            limiter.retain_recent();
            // Whoever holds it is about to take a turn.
            Arc::strong_count(limiter) > 1 || !limiter.is_empty()
        });
        let now = Instant::now();
        locked(&self.next_messages).retain(|_, next| *next > now);
        locked(&self.after_connecting).retain(|_, next| *next > now);
    }

    fn limiter(&self, period: Duration) -> Option<Arc<Limiter>> {
        let mut limiters = locked(&self.limiters);
        if let Some(limiter) = limiters.get(&period) {
            return Some(Arc::clone(limiter));
        }
        let (quota, state) = (Quota::with_period(period)?, HashMapStateStore::default());
        let limiter = Arc::new(RateLimiter::new(quota, state, self.clock.clone()));
        limiters.insert(period, Arc::clone(&limiter));
        Some(limiter)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use std::ops::RangeInclusive;

    use futures_util::future::join_all;
    use green_api_types::operations;

    use super::*;

    const SEND: &Operation = &operations::SEND_MESSAGE;
    const SECOND: Duration = Duration::from_secs(1);

    fn instance(number: i64) -> Option<InstanceId> {
        Some(number.to_string().parse().unwrap())
    }

    async fn turn(pacer: &Pacer, pace: &Pace, operation: &'static Operation, chat: &str) {
        if let Some(turns) = pacer.begin(instance(7), pace, operation) {
            pacer.wait_for(turns, chat.to_owned()).await;
        }
    }

    /// Sends to chats in this order, and returns when and to which each left.
    async fn leave(
        pacer: &Pacer,
        pace: &Pace,
        chats: &[&'static str],
    ) -> Vec<(Duration, &'static str)> {
        let (start, left) = (Instant::now(), Mutex::new(Vec::new()));
        let leaving = chats.iter().map(|chat| async {
            turn(pacer, pace, SEND, chat).await;
            locked(&left).push((start.elapsed(), *chat));
        });
        join_all(leaving).await;
        left.into_inner().unwrap()
    }

    /// How long a request of an instance waits.
    async fn wait(pacer: &Pacer, number: i64, pace: &Pace) -> Duration {
        let start = Instant::now();
        if let Some(turns) = pacer.begin(instance(number), pace, SEND) {
            pacer.wait_for(turns, String::new()).await;
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_than_the_rate_in_any_second_and_in_order() {
        let pacer = Pacer::default();
        let left = leave(&pacer, &Pace::default(), &["a"; 300]).await;
        assert_eq!(left.len(), 300);
        let times: Vec<Duration> = left.iter().map(|(at, _)| *at).collect();
        assert!(times.is_sorted());
        for window in times.windows(51) {
            assert!(window[50].saturating_sub(window[0]) >= SECOND);
        }
        assert!(times[299] < 7 * SECOND, "{:?}", times[299]);
        assert_eq!(locked(&pacer.limiters).len(), 1);
        let (turns, chats) = (pacer.turns.count(), pacer.chats.count());
        assert_eq!((turns, chats), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_chat_with_many_messages_does_not_hold_up_another() {
        let mut chats = vec!["many"; 200];
        chats.push("one");
        let left = leave(&Pacer::default(), &Pace::default(), &chats).await;
        let position = left.iter().position(|(_, chat)| *chat == "one").unwrap();
        assert!(position <= 2, "{position}");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_passes_those_who_wait() {
        let pacer = Pacer::default();
        let order = Mutex::new(Vec::new());
        let send = async |number: u32| {
            turn(&pacer, &Pace::default(), SEND, "").await;
            locked(&order).push(number);
        };
        send(0).await;
        let late = async {
            // Turns have piled up by now, and those who wait have not seen it yet.
            tokio::time::advance(SECOND).await;
            send(3).await;
        };
        tokio::join!(biased; send(1), send(2), late);
        assert_eq!(*locked(&order), [0, 1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slower_pace_of_the_same_instance_holds_up_nobody_else() {
        let (pacer, slow) = (Pacer::default(), Pace::documented().rate(SEND, 0.01));
        wait(&pacer, 7, &slow).await;
        let (slow, fast) = tokio::join!(wait(&pacer, 7, &slow), async {
            wait(&pacer, 7, &Pace::default()).await
        });
        assert!(slow > 90 * SECOND && fast < SECOND, "{slow:?} {fast:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_takes_nobody_s_turn() {
        let (pacer, pace) = (Pacer::default(), Pace::off().rate(SEND, 1.0));
        assert!(wait(&pacer, 7, &pace).await.is_zero());
        for _ in 0..50 {
            let soon = Duration::from_millis(10);
            let turn = wait(&pacer, 7, &pace);
            assert!(tokio::time::timeout(soon, turn).await.is_err());
        }
        let waited = wait(&pacer, 7, &pace).await;
        assert!(!waited.is_zero() && waited < SECOND, "{waited:?}");
        // Another instance does not wait.
        assert!(wait(&pacer, 8, &pace).await.is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn messages_are_as_far_apart_as_was_asked_for_and_never_twice_the_same() {
        let range: RangeInclusive<Duration> = 3 * SECOND..=8 * SECOND;
        let pace = Pace::documented().between_messages(range.clone());
        let left = leave(&Pacer::default(), &pace, &["a", "b", "a", "b", "c", "c"]).await;
        let gaps: Vec<Duration> = left
            .windows(2)
            .map(|two| two[1].0.saturating_sub(two[0].0))
            .collect();
        let slack = Duration::from_millis(2);
        for gap in &gaps {
            let longest = range.end().saturating_add(slack);
            assert!(*gap >= *range.start() && *gap <= longest, "{gap:?}");
        }
        let differs = |gap: &Duration| gap.abs_diff(gaps[0]) > slack;
        assert!(gaps.iter().any(differs), "{gaps:?}");
        // What reads has no pause.
        let (pacer, reads) = (Pacer::default(), &operations::GET_MESSAGE);
        let start = Instant::now();
        turn(&pacer, &pace, SEND, "").await;
        turn(&pacer, &pace, reads, "").await;
        assert!(start.elapsed().is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_instances_are_forgotten() {
        let pacer = Pacer::default();
        for number in 1..=i64::from(SWEEP) * 3 {
            wait(&pacer, number, &Pace::default()).await;
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        let limiters = locked(&pacer.limiters);
        let known = limiters.values().map(|limiter| limiter.len());
        let known = known.sum::<usize>();
        assert!(known < SWEEP as usize * 2, "{known}");
    }

    #[tokio::test(start_paused = true)]
    async fn rates_and_gaps_that_are_over_are_forgotten() {
        let pacer = Pacer::default();
        for number in 1..=SWEEP {
            let gap = Duration::from_millis(1);
            let pace = Pace::off().rate(SEND, 10.0 + f64::from(number));
            let pace = pace.between_messages(gap..=gap);
            wait(&pacer, i64::from(number), &pace).await;
            tokio::time::advance(SECOND).await;
        }
        // Whatever kind of turn is the one that they are forgotten at.
        let (rates, gaps) = (locked(&pacer.limiters), locked(&pacer.next_messages));
        assert!(rates.len() <= SWEEP as usize / 2, "{}", rates.len());
        assert!(gaps.len() <= SWEEP as usize / 2, "{}", gaps.len());
    }

    #[tokio::test(start_paused = true)]
    async fn connections_are_counted_from_the_last_and_forgotten() {
        let (pacer, pace) = (Pacer::default(), Pace::off().rate(SEND, 1.0));
        let now = Instant::now();
        let connected = |number: i64, at: Instant| {
            pacer.connected(instance(number), &pace, SEND, at);
        };
        // The answer to the first one came last.
        connected(7, now + 3 * SECOND);
        connected(7, now);
        let waited = wait(&pacer, 7, &pace).await;
        assert!(waited >= 4 * SECOND, "{waited:?}");
        for number in 1..=i64::from(SWEEP) {
            connected(number, Instant::now());
            tokio::time::advance(2 * SECOND).await;
            wait(&pacer, number, &pace).await;
        }
        let known = locked(&pacer.after_connecting).len();
        assert!(known < SWEEP as usize / 2, "{known}");
    }
}
