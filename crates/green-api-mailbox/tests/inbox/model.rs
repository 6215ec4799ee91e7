//! Random operations against a simple model, with failing statements and crashes at any await.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use green_api::{BoxError, HandlerError};
use green_api_mailbox::{Error, Store};

use crate::common::crashed;
use crate::stores::{Place, message, number_of};

const MILLISECOND: Duration = Duration::from_millis(1);
const RUNS: u64 = 3;
const OPERATIONS: usize = 25;
const CHATS: usize = 3;

/// What the handler does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Handled,
    FailsOnce,
    Hopeless,
}

fn fate(number: usize) -> Fate {
    match number % 5 {
        0 => Fate::Hopeless,
        1 => Fate::FailsOnce,
        _ => Fate::Handled,
    }
}

/// What the model knows of a message.
#[derive(Debug, Default)]
struct Known {
    is_discarded: bool,
}

/// Works until nothing waits or the crash comes. Of the statements one in so many fails.
async fn work(place: &Arc<Place>, chance: &mut Rng, polls: Option<usize>) {
    let rarely = polls.map(|_| chance.u32(20..80));
    let dice = Mutex::new(chance.fork());
    let probe = move || rarely.is_some_and(|rarely| dice.lock().unwrap().u32(..rarely) == 0);
    let store = place.open_as(Store::builder().probe(probe)).await;
    let writing = Arc::clone(place);
    let work = store
        .inbox()
        .work(2, move |received, commit| {
            let (number, attempt) = (number_of(&received), received.attempt());
            let place = Arc::clone(&writing);
            async move {
                place.effect(
                    &commit,
                    &format!("INSERT INTO {{p}}journal (number) VALUES ({number})"),
                )?;
                match fate(number) {
                    Fate::Hopeless => Err(HandlerError::hopeless("never").into()),
                    Fate::FailsOnce if attempt == 1 => Err(HandlerError::later("not yet").into()),
                    _ => Ok::<(), BoxError>(()),
                }
            }
        })
        .lease(MILLISECOND * 50)
        .poll(MILLISECOND * 5)
        .backoff(MILLISECOND, MILLISECOND)
        .attempts(1_000)
        .until_empty();
    match polls {
        Some(polls) => drop(crashed(work.into_future(), polls).await),
        None => work.await.unwrap(),
    }
    store.close().await;
}

async fn run(place: &Arc<Place>, seed: u64) {
    let mut chance = Rng::with_seed(seed);
    let store = place.open().await;
    let inbox = store.inbox();
    let mut known: BTreeMap<usize, Known> = BTreeMap::new();
    let key = |number: usize| {
        let received = message(number % CHATS, number);
        let key = received.notification.deduplication_key().unwrap();
        key.as_str().to_owned()
    };
    for _ in 0..OPERATIONS {
        let some = chance.usize(..known.len().max(1));
        match chance.u32(..10) {
            0..5 => {
                let number = chance.usize(..known.len() + 2).min(known.len());
                let is_new = inbox.put(&message(number % CHATS, number)).await.unwrap();
                assert_eq!(is_new, !known.contains_key(&number));
                known.entry(number).or_default();
            }
            5..8 => {
                let polls = chance.usize(1..60);
                work(place, &mut chance, Some(polls)).await;
            }
            8 if known.contains_key(&some) => match inbox.discard(&key(some)).await {
                Ok(()) => known.get_mut(&some).unwrap().is_discarded = true,
                // It was handled, or discarded before.
                Err(Error::State { .. }) => {}
                Err(error) => panic!("{error}"),
            },
            9 if known.contains_key(&some) => match inbox.replay(&key(some)).await {
                Ok(()) => assert_eq!(fate(some), Fate::Hopeless),
                Err(Error::State { .. }) => {}
                Err(error) => panic!("{error}"),
            },
            _ => {}
        }
    }
    work(place, &mut chance, None).await;
    for (number, known) in &known {
        let count = format!("SELECT COUNT(*) FROM {{p}}journal WHERE number = {number}");
        let times = place.sql(&count).await.unwrap();
        let entry = inbox.get(&key(*number)).await.unwrap();
        let state = entry.state().to_string();
        let told = format!("seed {seed}: {number} {known:?} {state} {times}");
        match (known.is_discarded, fate(*number)) {
            (true, _) => assert_eq!((times, &*state), (0, "discarded"), "{told}"),
            (false, Fate::Hopeless) => assert_eq!((times, &*state), (0, "parked"), "{told}"),
            (false, _) => assert_eq!((times, &*state), (1, "done"), "{told}"),
        }
    }
    // Each chat in the order in which it was put in.
    let swapped = format!(
        "SELECT COUNT(*) FROM {{p}}journal AS a JOIN {{p}}journal AS b ON a.id < b.id AND a.number > b.number AND a.number % {CHATS} = b.number % {CHATS}"
    );
    assert_eq!(place.sql(&swapped).await, Some(0), "seed {seed}");
    for table in ["journal", "inbox", "outbox", "lane"] {
        place.sql(&format!("DELETE FROM {{p}}{table}")).await;
    }
    store.close().await;
}

#[tokio::test]
async fn random_operations_do_what_the_model_says() {
    let first = std::env::var("GREEN_API_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    for place in Place::lasting() {
        place.open().await.close().await;
        place.make_journal().await;
        let place = Arc::new(place);
        for seed in first..first + RUNS {
            run(&place, seed).await;
        }
    }
}
