//! Programs that end at any statement.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api_mailbox::{OutboxEvent, OutboxState, Store, StoreBuilder};
use green_api_sandbox::Fault;
use tokio::sync::Notify;

use crate::world::{FRIEND, Place, World, age, counted, emptied, worker};

/// A store whose statements all fail, from the one of this number on: the program is as good as dead then.
pub fn dying(at: i64) -> (StoreBuilder, Arc<Notify>, Arc<AtomicI64>) {
    let (left, dead) = (Arc::new(AtomicI64::new(at)), Arc::new(Notify::new()));
    let (counter, told) = (Arc::clone(&left), Arc::clone(&dead));
    let builder = Store::builder().probe(move || {
        let fails = counter.fetch_sub(1, Ordering::Relaxed) <= 0;
        if fails {
            told.notify_one();
        }
        fails
    });
    (builder, dead, left)
}

/// Puts two messages in and sends them. Returns `true` if it got to the end.
async fn live(world: &World, texts: &[String], at: i64) -> bool {
    let (builder, dead, left) = dying(at);
    let store = world.place.open_as(builder).await;
    let outbox = store.outbox();
    let life = async {
        for text in texts {
            outbox.put(text, world.text(text)).await?;
        }
        worker(&outbox, &world.instances).until_empty().await
    };
    let ended = tokio::select! {
        ended = life => ended.is_ok(),
        () = dead.notified() => false,
    };
    store.close().await;
    ended && left.load(Ordering::Relaxed) > 0
}

#[tokio::test]
async fn a_crash_at_any_statement_loses_nothing_and_doubles_nothing() {
    for place in Place::lasting() {
        let mut world = World::new(place).await;
        let mut last = 0;
        for at in 0.. {
            let texts = [format!("One {at}"), format!("Two {at}")];
            if at % 2 == 1 {
                let lost = Fault::on("sendMessage").carried_out().drop_connection();
                world.sandbox.faults().add(lost.times(1));
            }
            let whole = live(&world, &texts, at).await;
            world.sandbox.faults().clear();
            // What a dead program had leased is free after a while.
            world.place.sql("UPDATE {p}lane SET until = 0").await;
            world.store = world.place.open().await;
            world.outbox = world.store.outbox();
            for text in &texts {
                world.outbox.put(text, world.text(text)).await.unwrap();
            }
            age(&world.place, &world.sandbox).await;
            let stats = world.outbox.stats().await.unwrap();
            if stats.sending + stats.doubtful > 0 {
                let looking = tokio::time::sleep(Duration::from_millis(200));
                world.work().until(looking).await.unwrap();
                age(&world.place, &world.sandbox).await;
            }
            emptied(world.work()).await;
            for text in &texts {
                let entry = world.outbox.get(text).await.unwrap();
                assert_eq!(entry.state(), OutboxState::Sent, "{at}: {entry:?}");
            }
            if whole {
                assert!(at > 20, "{at}");
                last = at;
                break;
            }
        }
        let arrived = world.arrived(FRIEND);
        let counted = counted(&arrived);
        assert!(counted.values().all(|count| *count == 1), "{counted:?}");
        assert_eq!(i64::try_from(counted.len()).unwrap(), 2 * (last + 1));
    }
}

/// Without a doubt, which would take minutes: what is known to the worker is not forgotten.
#[tokio::test]
async fn a_statement_or_an_answer_that_is_lost_leaves_no_doubt() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        let mut expected = Vec::new();
        for at in 0.. {
            let left = Arc::new(AtomicI64::new(at));
            let counter = Arc::clone(&left);
            let probe = move || counter.fetch_sub(1, Ordering::Relaxed) == 0;
            let texts = [format!("One {at}"), format!("Two {at}")];
            let [before, after] = ["before", "after"].map(|key| format!("{key} {at}"));
            for text in [&before, &texts[0], &texts[1], &after] {
                world.outbox.put(text, world.text(text)).await.unwrap();
            }
            let spent = format!(
                "UPDATE {{p}}outbox SET attempts = 10 WHERE key IN ('{before}', '{after}')"
            );
            world.place.sql(&spent).await;
            expected.extend(texts);
            let store = world.place.open_as(Store::builder().probe(probe)).await;
            let told = Arc::new(Mutex::new(Vec::new()));
            let telling = Arc::clone(&told);
            let work = worker(&store.outbox(), &world.instances).on_event(move |event| {
                if let OutboxEvent::Changed { state, .. } = event {
                    telling.lock().unwrap().push(*state);
                }
            });
            emptied(work.lease(Duration::from_millis(900))).await;
            store.close().await;
            let (sent, parked) = (OutboxState::Sent, OutboxState::Parked);
            assert_eq!(*told.lock().unwrap(), [parked, sent, sent, parked], "{at}");
            if left.load(Ordering::Relaxed) >= 0 {
                assert!(at > 20, "{at}");
                break;
            }
        }
        assert_eq!(world.arrived(FRIEND), expected);
    }
}

#[tokio::test]
async fn an_outage_of_the_store_is_waited_out() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        let is_out = Arc::new(AtomicBool::new(false));
        let probe = Arc::clone(&is_out);
        let builder = Store::builder().probe(move || probe.load(Ordering::Relaxed));
        let store = world.place.open_as(builder).await;
        for number in 0..20 {
            let (key, text) = (format!("k{number}"), format!("{number:02}"));
            world.outbox.put(key, world.text(&text)).await.unwrap();
        }
        let switching = async {
            // In the middle of a send, and elsewhere.
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_millis(30)).await;
                is_out.store(true, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(150)).await;
                is_out.store(false, Ordering::Relaxed);
            }
        };
        let delay = Fault::on("sendMessage")
            .carried_out()
            .delay(Duration::from_millis(20));
        world.sandbox.faults().add(delay);
        tokio::join!(
            emptied(worker(&store.outbox(), &world.instances)),
            switching
        );
        let expected: Vec<String> = (0..20).map(|number| format!("{number:02}")).collect();
        assert_eq!(world.arrived(FRIEND), expected);
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_replaced() {
    if let Some(place) = Place::postgres() {
        let world = World::new(place).await;
        for number in 0..30 {
            let (key, text) = (format!("k{number}"), format!("{number:02}"));
            world.outbox.put(key, world.text(&text)).await.unwrap();
        }
        let delay = Fault::on("sendMessage")
            .carried_out()
            .delay(Duration::from_millis(20));
        world.sandbox.faults().add(delay);
        let cutting = async {
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE application_name = 'green-api-mailbox' AND query LIKE '%{p}%'";
                world.place.sql(cut).await;
            }
        };
        tokio::join!(emptied(world.work()), cutting);
        let expected: Vec<String> = (0..30).map(|number| format!("{number:02}")).collect();
        assert_eq!(world.arrived(FRIEND), expected);
    }
}
