//! Chats of some instances alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use green_api::{BoxError, Client, Credentials, Instance, InstanceId, Received};
use green_api_mailbox::{Commit, DOCUMENT_DUE, DocumentDraft, Instances, Store};
use tokio::sync::oneshot;

use crate::stores::{List, Place, message, number_of};

const MILLISECOND: Duration = Duration::from_millis(1);

fn instances(numbers: std::ops::Range<u64>) -> Vec<Instance> {
    let client = Client::builder().build().unwrap();
    let token = "0123456789abcdef0123456789abcdef0123456789abcdef01";
    let of = |number: u64| {
        let id = (7_103_000_000 + number).to_string();
        client.instance(Credentials::new("http://127.0.0.1:1", &id, token).unwrap())
    };
    numbers.map(of).collect()
}

fn id(number: i64) -> InstanceId {
    InstanceId::try_from(7_103_000_000 + number).unwrap()
}

#[tokio::test]
async fn a_set_changes_and_tells() {
    let set = Instances::from_iter(instances(1..3));
    let clone = set.clone();
    assert_eq!(set.ids(), [id(1), id(2)]);
    let change = clone.changed();
    assert!(set.remove(id(3)).is_none());
    assert!(
        tokio::time::timeout(MILLISECOND * 20, clone.changed())
            .await
            .is_err()
    );
    assert_eq!(set.remove(id(1)).unwrap().id(), id(1));
    change.await;
    let change = clone.changed();
    for instance in instances(2..4) {
        let number = instance.id();
        assert_eq!(clone.add(instance).is_some(), number == id(2));
    }
    change.await;
    assert_eq!((set.len(), set.is_empty()), (2, false));
    assert!(set.get(id(1)).is_none() && set.get(id(3)).is_some());
    assert_eq!(
        format!("{set:?}"),
        format!("Instances({:?})", [id(2), id(3)])
    );
    assert!(Instances::new().is_empty());
}

#[tokio::test]
async fn chats_of_the_set_alone() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        // Of three instances, two each in one chat.
        for number in 0..6 {
            let of = i64::try_from(number % 3).unwrap();
            let received = message(1, number).with_instance(id(of));
            inbox.put(&received).await.unwrap();
        }
        let set = Instances::new();
        let handled: List<usize> = List::default();
        let (list, removing) = (Arc::clone(&handled), set.clone());
        let handler = move |received, _: Commit| {
            let number = number_of(&received);
            list.lock().unwrap().push(number);
            if number == 1 {
                // This one is finished, and the next in its chat stays.
                removing.remove(id(1));
            }
            async { Ok::<_, BoxError>(()) }
        };
        let (stop, stopped) = oneshot::channel::<()>();
        // Looking now and then does not help.
        let work = inbox.work(4, handler).poll(Duration::from_secs(60));
        let work = work.instances(&set).until(async { drop(stopped.await) });
        let work = tokio::spawn(work.into_future());
        tokio::time::sleep(MILLISECOND * 100).await;
        assert!(handled.lock().unwrap().is_empty());
        let until = async |expected: &[usize]| {
            while handled.lock().unwrap().len() < expected.len() {
                tokio::time::sleep(MILLISECOND).await;
            }
            tokio::time::sleep(MILLISECOND * 50).await;
            assert_eq!(*handled.lock().unwrap(), expected);
        };
        let mut all = instances(0..3);
        set.add(all.remove(0));
        until(&[0, 3]).await;
        set.add(all.remove(0));
        until(&[0, 3, 1]).await;
        set.add(all.remove(0));
        until(&[0, 3, 1, 2, 5]).await;
        stop.send(()).unwrap();
        work.await.unwrap().unwrap();
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.done), (1, 5));
    }
}

#[tokio::test]
async fn whoever_alone_has_work_leaves_one_place_for_others() {
    for has_others in [true, false] {
        alone_with_work(has_others).await;
    }
}

async fn alone_with_work(has_others: bool) {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        let most = Arc::new(AtomicUsize::new(0));
        let handler = |now: Arc<AtomicUsize>| {
            let most = Arc::clone(&most);
            move |_, _: Commit| {
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                async move {
                    let count = now.fetch_add(1, Ordering::Relaxed) + 1;
                    most.fetch_max(count, Ordering::Relaxed);
                    tokio::time::sleep(MILLISECOND * 300).await;
                    now.fetch_sub(1, Ordering::Relaxed);
                    Ok::<_, BoxError>(())
                }
            }
        };
        // Another one had work before, and its chat is still there.
        let other = if has_others { 2 } else { 1 };
        let received = message(0, 0).with_instance(id(other));
        inbox.put(&received).await.unwrap();
        let work = inbox.work(8, handler(Arc::default())).until_empty();
        work.await.unwrap();
        let set = 1..(if has_others { 3 } else { 2 });
        for served in [None, Some(Instances::from_iter(instances(set)))] {
            most.store(0, Ordering::Relaxed);
            for number in 1..9 {
                let number = number + usize::from(served.is_some()) * 10;
                let received = message(number, number).with_instance(id(1));
                inbox.put(&received).await.unwrap();
            }
            let work = inbox.work(8, handler(Arc::default())).until_empty();
            match &served {
                Some(served) => work.instances(served).await.unwrap(),
                None => work.await.unwrap(),
            }
            let expected = if has_others { 7 } else { 8 };
            assert_eq!(most.load(Ordering::Relaxed), expected, "{served:?}");
        }
    }
}

#[tokio::test]
async fn what_is_due_of_the_set_alone() {
    for place in Place::all() {
        let store = place.open().await;
        let inbox = store.inbox();
        let due: List<i64> = List::default();
        let (list, time) = (Arc::clone(&due), store.time());
        let handler = move |received: Received, commit: Commit| {
            let of = received.instance().unwrap();
            if received.notification.kind() == DOCUMENT_DUE {
                list.lock().unwrap().push(of.get());
                return std::future::ready(Ok(()));
            }
            let draft = DocumentDraft::new("dialogue", of.to_string(), &1).unwrap();
            std::future::ready(commit.set_document(draft.due(time, of, "447700900145@c.us")))
        };
        for number in 0..3 {
            let of = i64::try_from(number).unwrap();
            let received = message(1, number).with_instance(id(of));
            inbox.put(&received).await.unwrap();
        }
        let (served, caught_up) = (Instances::from_iter(instances(0..2)), Instances::new());
        let (stop, stopped) = oneshot::channel::<()>();
        let work = inbox.work(4, handler.clone()).instances(&served);
        let work = work.due_documents_of(&caught_up);
        let work = work.until(async { drop(stopped.await) });
        let work = tokio::spawn(work.into_future());
        while inbox.stats().await.unwrap().done < 2 {
            tokio::time::sleep(MILLISECOND).await;
        }
        for instance in instances(0..2).into_iter().rev() {
            let before = due.lock().unwrap().clone();
            tokio::time::sleep(MILLISECOND * 100).await;
            assert_eq!(*due.lock().unwrap(), before);
            caught_up.add(instance);
            while due.lock().unwrap().len() == before.len() {
                tokio::time::sleep(MILLISECOND).await;
            }
        }
        stop.send(()).unwrap();
        work.await.unwrap().unwrap();
        assert_eq!(*due.lock().unwrap(), [id(1).get(), id(0).get()]);
        // Whoever works on other instances leaves it as well.
        let work = inbox.work(4, handler.clone()).until_empty();
        let work = work.instances(&Instances::from_iter(instances(2..3)));
        work.due_documents_of(&Instances::new()).await.unwrap();
        let work = inbox.work(4, handler.clone()).until_empty();
        work.instances(&served).await.unwrap();
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.done), (0, 5));
        inbox.work(4, handler).until_empty().await.unwrap();
        assert_eq!(due.lock().unwrap().last(), Some(&id(2).get()));
    }
}

#[tokio::test]
async fn what_is_due_waits_for_what_came_before() {
    for place in Place::all() {
        let store = place.open().await;
        let inbox = store.inbox();
        let (due, asked) = (List::<i64>::default(), List::<i64>::default());
        let list = Arc::clone(&due);
        let later = store.time() + Duration::from_secs(60);
        let handler = move |received: Received, commit: Commit| {
            let of = received.instance().unwrap();
            let message = received.notification.id_message().map(ToString::to_string);
            let Some(message) = message else {
                list.lock().unwrap().push(of.get());
                return std::future::ready(Ok(()));
            };
            let draft = DocumentDraft::new("dialogue", message, &1).unwrap();
            std::future::ready(commit.set_document(draft.due(later, of, "447700900145@c.us")))
        };
        for number in 0..4 {
            let of = i64::try_from(number).unwrap() % 2;
            let received = message(1, number).with_instance(id(of));
            inbox.put(&received).await.unwrap();
        }
        let (ready, is_ready) = tokio::sync::watch::channel(false);
        let list = Arc::clone(&asked);
        let work = inbox
            .work(4, handler)
            .instances(&Instances::from_iter(instances(0..2)))
            .before_due_documents(move |id| {
                list.lock().unwrap().push(id.get());
                let mut is_ready = is_ready.clone();
                async move {
                    let _ = is_ready.wait_for(|is_ready| *is_ready).await;
                }
            });
        let work = tokio::spawn(work.into_future());
        while inbox.stats().await.unwrap().done < 4 {
            tokio::time::sleep(MILLISECOND).await;
        }
        assert!(asked.lock().unwrap().is_empty());
        store.advance(Duration::from_secs(60));
        tokio::time::sleep(MILLISECOND * 200).await;
        assert!(due.lock().unwrap().is_empty());
        let mut each = asked.lock().unwrap().clone();
        each.sort_unstable();
        assert_eq!(each, [id(0).get(), id(1).get()]);
        ready.send_replace(true);
        while due.lock().unwrap().len() < 4 {
            tokio::time::sleep(MILLISECOND).await;
        }
        assert_eq!(asked.lock().unwrap().len(), 2);
        work.abort();
    }
}

#[tokio::test]
async fn many_cost_as_much_as_one() {
    for place in Place::all() {
        let mut costs = Vec::new();
        for many in [1, 300] {
            let asked = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&asked);
            let probe = move || {
                counter.fetch_add(1, Ordering::Relaxed);
                false
            };
            let store = place.open_as(Store::builder().probe(probe)).await;
            let inbox = store.inbox();
            for number in 0..3 {
                inbox.put(&message(1, many * 10 + number)).await.unwrap();
            }
            let set = Instances::from_iter(instances(1..1 + many as u64));
            let work = inbox.work(4, async |_, _| Ok::<_, BoxError>(()));
            work.instances(&set).until_empty().await.unwrap();
            costs.push(asked.load(Ordering::Relaxed));
        }
        // A slow machine looks once more now and then; each instance for itself would be hundreds of times.
        assert!(costs[1] < costs[0] + 100, "{costs:?}");
    }
}
