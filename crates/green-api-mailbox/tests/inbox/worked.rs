//! At once across chats, and in order within one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use green_api::{BoxError, Received};
use green_api_mailbox::Commit;
use tokio::sync::{Notify, oneshot, watch};

use crate::stores::{List, Place, message, message_in, number_of};

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn chats_side_by_side_and_each_in_order() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        for number in 0..60 {
            inbox.put(&message(number % 6, number)).await.unwrap();
        }
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let handled: List<usize> = List::default();
        let (list, at_once, peak) = (Arc::clone(&handled), Arc::clone(&now), Arc::clone(&most));
        inbox
            .work(4, move |received, _| {
                let (list, now, most) =
                    (Arc::clone(&list), Arc::clone(&at_once), Arc::clone(&peak));
                async move {
                    most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                    tokio::time::sleep(MILLISECOND * 5).await;
                    list.lock().unwrap().push(number_of(&received));
                    now.fetch_sub(1, Ordering::Relaxed);
                    Ok::<_, BoxError>(())
                }
            })
            .until_empty()
            .await
            .unwrap();
        assert_eq!(most.load(Ordering::Relaxed), 4);
        let mut chats: HashMap<usize, Vec<usize>> = HashMap::new();
        for number in handled.lock().unwrap().iter() {
            chats.entry(number % 6).or_default().push(*number);
        }
        assert_eq!(chats.len(), 6);
        for numbers in chats.values() {
            assert!(numbers.is_sorted() && numbers.len() == 10, "{numbers:?}");
        }
    }
}

#[tokio::test]
async fn a_chat_that_is_slow_or_fails_holds_up_no_other() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        for number in 0..40 {
            inbox.put(&message(number % 4, number)).await.unwrap();
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let stop = std::sync::Mutex::new(Some(stop));
        let handled: List<usize> = List::default();
        let (list, others_done) = (Arc::clone(&handled), Arc::new(Notify::new()));
        let handle = move |received: Received, _: Commit| {
            let number = number_of(&received);
            if !matches!(number, 0 | 1) {
                let mut list = list.lock().unwrap();
                list.push(number);
                // The others' are done, and the slow one may end.
                if list.len() == 20 {
                    stop.lock().unwrap().take().unwrap().send(()).unwrap();
                    others_done.notify_one();
                }
            }
            let others_done = Arc::clone(&others_done);
            async move {
                match number {
                    // It is finished though the end has come.
                    0 => {
                        others_done.notified().await;
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    1 => return Err("it fails and fails"),
                    _ => {}
                }
                Ok(())
            }
        };
        let stop = async { stopped.await.unwrap() };
        inbox.work(2, handle).until(stop).await.unwrap();
        let handled = handled.lock().unwrap().clone();
        assert!(handled.iter().all(|number| number % 4 > 1), "{handled:?}");
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.done, stats.waiting), (21, 19));
        assert!(stats.oldest.is_some());
    }
}

#[tokio::test]
async fn an_instance_that_hangs_holds_up_no_other() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        let of = |instance: u64, number: usize| {
            let mut json = message_in(number, number);
            json["instanceData"]["idInstance"] = instance.into();
            serde_json::from_value::<Received>(json).unwrap()
        };
        for number in 0..10 {
            inbox.put(&of(7_103_000_001, number)).await.unwrap();
        }
        inbox.put(&of(7_103_000_002, 10)).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let stop = std::sync::Mutex::new(Some(stop));
        // One that begins later ends as well.
        let (end, ended) = watch::channel(false);
        let hanging = Arc::new(AtomicUsize::new(0));
        let hangs = Arc::clone(&hanging);
        let work = inbox.work(5, move |received: Received, _| {
            let is_other = number_of(&received) == 10;
            match is_other {
                true => stop.lock().unwrap().take().unwrap().send(()).unwrap(),
                false => drop(hangs.fetch_add(1, Ordering::Relaxed)),
            }
            let mut ended = ended.clone();
            async move {
                if !is_other {
                    ended.wait_for(|ended| *ended).await?;
                }
                Ok::<_, BoxError>(())
            }
        });
        let stopping = async move {
            let come = tokio::time::timeout(Duration::from_secs(10), stopped);
            come.await.expect("it waits for the others").unwrap();
            end.send_replace(true);
        };
        work.until(stopping).await.unwrap();
        assert!(hanging.load(Ordering::Relaxed) <= 2);
    }
}

#[tokio::test]
async fn what_comes_is_handled_at_once() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let work = inbox
            .work(4, move |received, _| {
                told.send(number_of(&received)).unwrap();
                async { Ok::<_, BoxError>(()) }
            })
            .poll(Duration::from_secs(60))
            .until(async { drop(stopped.await) });
        let work = tokio::spawn(work.into_future());
        for number in 0..10 {
            inbox.put(&message(number % 3, number)).await.unwrap();
            let begun = Instant::now();
            assert_eq!(tells.recv().await, Some(number));
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
        stop.send(()).unwrap();
        work.await.unwrap().unwrap();
    }
}
