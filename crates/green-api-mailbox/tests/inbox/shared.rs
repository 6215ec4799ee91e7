//! Several workers on one store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use green_api::{BoxError, Received};
use green_api_mailbox::{Commit, InboxWork, Store};
use tokio::sync::{Notify, oneshot};

use crate::stores::{List, Place, message, number_of};

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: i64 = 3_600_000;

/// A clock that is that many milliseconds ahead.
fn ahead(by: i64) -> impl Fn() -> i64 {
    move || {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(since.as_millis()).unwrap() + by
    }
}

/// Works on a store that nobody else in this process has open, and counts in a table.
fn counting(store: &Store, place: &Arc<Place>, handled: &Arc<AtomicUsize>) -> InboxWork {
    let (place, handled) = (Arc::clone(place), Arc::clone(handled));
    store
        .inbox()
        .work(8, move |received, commit| {
            let (place, handled) = (Arc::clone(&place), Arc::clone(&handled));
            async move {
                handled.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(MILLISECOND * 2).await;
                let number = number_of(&received);
                place.effect(
                    &commit,
                    &format!("INSERT INTO {{p}}journal (number) VALUES ({number})"),
                )
            }
        })
        .poll(MILLISECOND * 5)
        .until_empty()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_share_the_chats() {
    for place in Place::lasting() {
        let stores = [place.open().await, place.open().await];
        let place = Arc::new(place);
        place.make_journal().await;
        for number in 0..120 {
            let inbox = stores[number % 2].inbox();
            inbox.put(&message(number % 12, number)).await.unwrap();
        }
        let handled = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let [first, second] =
            [0, 1].map(|n| counting(&stores[n], &place, &handled[n]).into_future());
        let (first, second) = tokio::join!(tokio::spawn(first), tokio::spawn(second));
        first.unwrap().unwrap();
        second.unwrap().unwrap();
        let handled = handled.map(|handled| handled.load(Ordering::Relaxed));
        assert_eq!(handled[0] + handled[1], 120);
        assert!(handled.iter().all(|handled| *handled > 0), "{handled:?}");
        for (count, expected) in [
            ("SELECT COUNT(DISTINCT number) FROM {p}journal", 120),
            ("SELECT COUNT(*) FROM {p}journal", 120),
            (
                "SELECT COUNT(*) FROM {p}journal AS a JOIN {p}journal AS b ON a.number % 12 = b.number % 12 AND a.id < b.id AND a.number > b.number",
                0,
            ),
        ] {
            assert_eq!(place.sql(count).await, Some(expected), "{count}");
        }
    }
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_commits_nothing() {
    for place in Place::lasting() {
        let (slow, other) = (place.open().await, place.open().await);
        let place = Arc::new(place);
        place.make_journal().await;
        slow.inbox().put(&message(1, 1)).await.unwrap();
        let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (begins, ends, effects) = (Arc::clone(&begun), Arc::clone(&end), Arc::clone(&place));
        let (stop, stopped) = oneshot::channel::<()>();
        let work = slow
            .inbox()
            .work(1, move |received: Received, commit: Commit| {
                let (begun, end, place) =
                    (Arc::clone(&begins), Arc::clone(&ends), Arc::clone(&effects));
                async move {
                    assert_eq!(received.attempt(), 1);
                    begun.notify_one();
                    end.notified().await;
                    place.effect(&commit, "INSERT INTO {p}journal (number) VALUES (1000)")
                }
            })
            .until(async { drop(stopped.await) });
        let work = tokio::spawn(work.into_future());
        begun.notified().await;
        // As if it had been stopped for longer than its lease.
        place.sql("UPDATE {p}lane SET until = 0").await;
        let handled = Arc::new(AtomicUsize::new(0));
        counting(&other, &place, &handled).await.unwrap();
        end.notify_one();
        stop.send(()).unwrap();
        work.await.unwrap().unwrap();
        assert_eq!(handled.load(Ordering::Relaxed), 1);
        assert_eq!(
            place
                .sql("SELECT CAST(SUM(number) AS BIGINT) FROM {p}journal")
                .await,
            Some(1)
        );
        let stats = slow.inbox().stats().await.unwrap();
        assert_eq!((stats.done, stats.waiting), (1, 0));
    }
}

#[tokio::test]
async fn a_lease_whose_claim_was_not_answered_is_given_back() {
    for place in Place::lasting() {
        let putting = place.open().await.inbox();
        // Among the first statements of a worker is the commit of its claim.
        for fails in 1..=10 {
            putting.put(&message(1, fails)).await.unwrap();
            let asked = AtomicUsize::new(0);
            let probe = move || asked.fetch_add(1, Ordering::Relaxed) + 1 == fails;
            let store = place.open_as(Store::builder().probe(probe)).await;
            let work = store.inbox().work(1, async |_, _| Ok::<_, BoxError>(()));
            let work = work.lease(MILLISECOND * 900).poll(MILLISECOND * 10);
            let worked = work.until_empty().into_future();
            let worked = tokio::time::timeout(MILLISECOND * 10_000, worked).await;
            worked.expect("it is kept").unwrap();
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_wrong_clock_takes_no_chat_and_keeps_none() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let place = Arc::new(place);
    place.make_journal().await;
    let minutes = HOUR / 6;
    for (number, wrong) in [minutes, -minutes].into_iter().enumerate() {
        let right = place.open().await;
        let other = place.open_as(Store::builder().clock(ahead(wrong))).await;
        // Put in by the one, and worked on by each while the other has it.
        for (putting, first, second) in [(&right, &other, &right), (&other, &right, &other)] {
            let chat = 10 * number + usize::from(std::ptr::eq(putting, &right));
            putting.inbox().put(&message(chat, chat)).await.unwrap();
            let begun = Arc::new(Notify::new());
            let begins = Arc::clone(&begun);
            let dying = first
                .inbox()
                .work(1, move |_: Received, _| {
                    begins.notify_one();
                    std::future::pending::<Result<(), BoxError>>()
                })
                .lease(MILLISECOND * 900);
            let dying = tokio::spawn(dying.into_future());
            begun.notified().await;
            let handled = Arc::new(AtomicUsize::new(0));
            let working = counting(second, &place, &handled).into_future();
            let working = tokio::spawn(working);
            // Longer than a lease: it is renewed.
            tokio::time::sleep(MILLISECOND * 1_500).await;
            assert_eq!(handled.load(Ordering::Relaxed), 0, "stolen");
            dying.abort();
            let freed = tokio::time::timeout(MILLISECOND * 3_000, working);
            freed.await.expect("it is kept").unwrap().unwrap();
            assert_eq!(handled.load(Ordering::Relaxed), 1);
        }
    }
    assert_eq!(place.sql("SELECT COUNT(*) FROM {p}journal").await, Some(4));
}

#[tokio::test]
async fn a_wrong_clock_removes_nothing() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let handle = async |_: Received, _: Commit| Ok::<_, BoxError>(());
    let right = place.open().await.inbox();
    right.put(&message(1, 1)).await.unwrap();
    right.work(1, handle).until_empty().await.unwrap();
    let builder = Store::builder().clock(ahead(HOUR * 24 * 100));
    let other = place.open_as(builder).await.inbox();
    let moment = tokio::time::sleep(MILLISECOND * 500);
    other.work(1, handle).until(moment).await.unwrap();
    let kept = "SELECT COUNT(*) FROM {p}inbox WHERE body IS NOT NULL";
    assert_eq!(place.sql(kept).await, Some(1));
    // What was done by a machine that is late is as new.
    let builder = Store::builder().clock(ahead(-HOUR * 24 * 100));
    let late = place.open_as(builder).await.inbox();
    late.put(&message(1, 2)).await.unwrap();
    late.work(1, handle).until_empty().await.unwrap();
    let moment = tokio::time::sleep(MILLISECOND * 500);
    right.work(1, handle).until(moment).await.unwrap();
    assert_eq!(place.sql("SELECT COUNT(*) FROM {p}inbox").await, Some(2));
    assert_eq!(place.sql(kept).await, Some(2));
}

#[tokio::test]
async fn what_ends_its_process_each_time_is_parked() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        inbox.put(&message(1, 1)).await.unwrap();
        inbox.put(&message(1, 2)).await.unwrap();
        let attempts: List<(usize, u32)> = List::default();
        // One that ends well gives its chats back, and counts as nothing.
        for _ in 0..5 {
            let (begun, list) = (Arc::new(Notify::new()), Arc::clone(&attempts));
            let begins = Arc::clone(&begun);
            let work = inbox
                .work(1, move |received: Received, _| {
                    let number = number_of(&received);
                    list.lock().unwrap().push((number, received.attempt()));
                    // The other one is committed, however long that takes.
                    if number == 1 {
                        begins.notify_one();
                    }
                    async move {
                        if number == 1 {
                            std::future::pending::<()>().await;
                        }
                        Ok::<_, BoxError>(())
                    }
                })
                .lease(MILLISECOND * 30)
                .poll(MILLISECOND * 5)
                .attempts(3)
                .until_empty();
            tokio::select! {
                ended = work => ended.unwrap(),
                // It is gone in the middle of it.
                () = async { begun.notified().await; tokio::time::sleep(MILLISECOND * 10).await } => {}
            }
        }
        assert_eq!(*attempts.lock().unwrap(), [(1, 1), (1, 2), (1, 3), (2, 1)]);
        let parked = inbox.parked(10, None).await.unwrap();
        assert_eq!((parked.len(), parked[0].attempts()), (1, 3));
        assert!(parked[0].problem().unwrap().contains("the process ended"));
    }
}

#[tokio::test]
async fn an_end_that_asks_the_store_holds_up_no_worker() {
    for place in Place::all() {
        let store = place.open().await;
        for number in 0..100 {
            store
                .inbox()
                .put(&message(number % 7, number))
                .await
                .unwrap();
        }
        let inbox = store.inbox();
        let is_done = async move { while inbox.stats().await.unwrap().done < 100 {} };
        let work = store.inbox().work(4, async |_, _| Ok::<_, BoxError>(()));
        let work = work.poll(MILLISECOND).until(is_done).into_future();
        let worked = tokio::time::timeout(Duration::from_secs(20), work).await;
        worked.expect("it does not take so long").unwrap();
    }
}

#[tokio::test]
async fn many_programs_open_a_new_store_at_once() {
    for _ in 0..20 {
        for place in Place::lasting() {
            let opened = [(); 6].map(|()| place.open());
            let stores = futures_util::future::join_all(opened).await;
            for (number, store) in stores.iter().enumerate() {
                store.inbox().put(&message(1, number)).await.unwrap();
            }
            assert_eq!(stores[0].inbox().stats().await.unwrap().waiting, 6);
        }
    }
}

#[tokio::test]
async fn a_clock_that_jumps_loses_nothing() {
    for place in Place::all() {
        let now = Arc::new(AtomicI64::new(1_767_225_600_000));
        let clock = Arc::clone(&now);
        let builder = Store::builder().clock(move || clock.load(Ordering::Relaxed));
        let inbox = place.open_as(builder).await.inbox();
        let handled: List<usize> = List::default();
        let list = Arc::clone(&handled);
        let (jumps, clock) = ([0, HOUR, -3 * HOUR, 4 * HOUR, -HOUR], Arc::clone(&now));
        let (stop, stopped) = oneshot::channel::<()>();
        let work = inbox
            .work(2, move |received, _| {
                let number = number_of(&received);
                let mut handled = list.lock().unwrap();
                // In the middle of it, and while a lease is held.
                if !handled.contains(&number) {
                    clock.fetch_add(jumps[number % 5], Ordering::Relaxed);
                }
                handled.push(number);
                async { Ok::<_, BoxError>(()) }
            })
            .lease(MILLISECOND * 100)
            .poll(MILLISECOND * 5)
            .until(async { drop(stopped.await) });
        let work = tokio::spawn(work.into_future());
        for number in 0..20 {
            inbox.put(&message(number % 3, number)).await.unwrap();
            now.fetch_add(jumps[(number + 2) % 5], Ordering::Relaxed);
        }
        // At the latest when it is that late again.
        tokio::time::sleep(MILLISECOND * 300).await;
        now.fetch_add(24 * HOUR, Ordering::Relaxed);
        while inbox.stats().await.unwrap().waiting > 0 {
            tokio::time::sleep(MILLISECOND * 5).await;
            // The last ones have set it back once more.
            now.fetch_add(HOUR, Ordering::Relaxed);
        }
        stop.send(()).unwrap();
        work.await.unwrap().unwrap();
        let handled = handled.lock().unwrap();
        for chat in 0..3 {
            let mut numbers: Vec<usize> =
                handled.iter().copied().filter(|n| n % 3 == chat).collect();
            // A jump can end a lease in the middle.
            numbers.dedup();
            let expected: Vec<usize> = (0..20).filter(|number| number % 3 == chat).collect();
            assert_eq!(numbers, expected);
        }
    }
}
