//! What is put in, looked at, replayed, discarded and forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use green_api::{BoxError, HandlerError, Received};
use green_api_mailbox::{Commit, Error, InboxState, Store};
use serde_json::json;

use crate::stores::{List, Place, message, message_in, number_of};

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_key_is_put_in_once() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        assert!(inbox.put(&message(1, 1)).await.unwrap());
        assert!(!inbox.put(&message(1, 1)).await.unwrap());
        assert!(inbox.put(&message(2, 1)).await.unwrap());
        // Without a key it is told by its bytes.
        let state = |time: u32| -> Received {
            serde_json::from_value(json!({
                "typeWebhook": "stateInstanceChanged",
                "instanceData": {"idInstance": 7_103_000_001_u64},
                "timestamp": time,
                "stateInstance": "authorized",
            }))
            .unwrap()
        };
        assert!(inbox.put(&state(1)).await.unwrap());
        assert!(!inbox.put(&state(1)).await.unwrap());
        assert!(inbox.put(&state(2)).await.unwrap());
        // Somebody made these up.
        let mut odd = vec![
            "M".repeat(10_000),
            "a\0b".to_owned(),
            "\u{7}\r\n".to_owned(),
        ];
        odd.extend([900, 1_000, 1_100].map(|length| "x".repeat(length)));
        for id in odd {
            let mut body = message_in(3, 1);
            body["idMessage"] = id.into();
            body["typeMessage"] = "\0".repeat(300).into();
            let received = serde_json::from_value(body).unwrap();
            assert!(inbox.put(&received).await.unwrap());
            assert!(!inbox.put(&received).await.unwrap());
        }
        for field in ["chatId", "typeWebhook"] {
            let mut body = message_in(3, 1);
            let long = format!("a\0{}", "y".repeat(10_000));
            match field {
                "chatId" => body["senderData"]["chatId"] = long.into(),
                _ => body[field] = long.into(),
            }
            let received = serde_json::from_value(body).unwrap();
            assert!(inbox.put(&received).await.unwrap());
            assert!(!inbox.put(&received).await.unwrap());
        }
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.parked, stats.done), (12, 0, 0));
        inbox
            .work(4, async |_, _| Ok::<_, BoxError>(()))
            .until_empty()
            .await
            .unwrap();
        // Done is known as well.
        assert!(!inbox.put(&message(1, 1)).await.unwrap());
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.chats, stats.done), (0, 0, 12));
        assert_eq!(stats.oldest, None);
    }
}

#[tokio::test]
async fn a_handler_gets_what_came() {
    for place in Place::all() {
        let inbox = place
            .open_as(Store::builder().encrypted_with(&[7; 32]))
            .await
            .inbox();
        let sent = message(1, 1);
        inbox.put(&sent).await.unwrap();
        let key = sent.notification.deduplication_key().unwrap();
        let entry = inbox.get(key.as_str()).await.unwrap();
        assert_eq!(entry.key(), key.as_str());
        assert_eq!(entry.kind(), "incomingMessageReceived");
        assert_eq!(entry.chat(), Some("447700900001@c.us"));
        assert_eq!(entry.instance(), sent.instance());
        assert_eq!((entry.state(), entry.attempts()), (InboxState::Waiting, 0));
        assert_eq!(entry.raw().unwrap(), sent.raw().as_str().as_bytes());
        assert!(!format!("{entry:?} {inbox:?}").contains("4477"));
        if !matches!(place, Place::Memory) {
            let body = match place.is_postgres() {
                true => "encode(body, 'escape')",
                false => "CAST(body AS TEXT)",
            };
            let plain =
                format!("SELECT COUNT(*) FROM {{p}}inbox WHERE {body} LIKE '%This is number%'");
            assert_eq!(place.sql(&plain).await, Some(0));
        }
        let got: List<Received> = List::default();
        let list = Arc::clone(&got);
        inbox
            .work(1, move |received, _| {
                list.lock().unwrap().push(received);
                async { Ok::<_, BoxError>(()) }
            })
            .until_empty()
            .await
            .unwrap();
        let got = got.lock().unwrap();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].raw().as_str(), sent.raw().as_str());
        assert_eq!((got[0].attempt(), got[0].instance()), (1, sent.instance()));
    }
}

#[tokio::test]
async fn what_is_given_up_on_waits_for_a_person() {
    for place in Place::all() {
        let store = place.open().await;
        let inbox = store.inbox();
        for number in 1..=6 {
            inbox.put(&message(1, number)).await.unwrap();
        }
        let handled: List<(usize, u32)> = List::default();
        let parked: List<String> = List::default();
        let (list, told) = (Arc::clone(&handled), Arc::clone(&parked));
        let handle = move |received: Received, _: Commit| {
            let number = number_of(&received);
            list.lock().unwrap().push((number, received.attempt()));
            async move {
                match number {
                    2 => Err("no shop has this number".into()),
                    4 => Err(HandlerError::hopeless("never").into()),
                    5 => panic!("This is number 5"),
                    _ => Ok::<_, BoxError>(()),
                }
            }
        };
        inbox
            .work(4, handle)
            .attempts(3)
            .backoff(MILLISECOND, MILLISECOND)
            .on_parked(move |entry| {
                told.lock()
                    .unwrap()
                    .push(entry.problem().unwrap().to_owned());
                panic!("a callback");
            })
            .until_empty()
            .await
            .unwrap();
        let expected = [
            (1, 1),
            (2, 1),
            (2, 2),
            (2, 3),
            (3, 1),
            (4, 1),
            (5, 1),
            (5, 2),
            (5, 3),
            (6, 1),
        ];
        assert_eq!(*handled.lock().unwrap(), expected);
        let reasons = ["no shop has this number", "never", "the handler panicked"];
        assert_eq!(*parked.lock().unwrap(), reasons);
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.parked, stats.done), (0, 3, 3));

        let first = inbox.parked(1, None).await.unwrap();
        let rest = inbox.parked(10, Some(first[0].key())).await.unwrap();
        assert_eq!((first.len(), rest.len()), (1, 2));
        assert_eq!(
            (first[0].state(), first[0].attempts()),
            (InboxState::Parked, 3)
        );
        assert_eq!(first[0].problem(), Some(reasons[0]));
        let again = first[0].received().unwrap();
        assert_eq!((number_of(&again), again.attempt()), (2, 4));

        // Replayed ones are handled before what waits.
        inbox.put(&message(1, 7)).await.unwrap();
        inbox.replay(first[0].key()).await.unwrap();
        inbox.discard(rest[0].key()).await.unwrap();
        let error = inbox.replay(rest[0].key()).await.unwrap_err();
        assert!(error.to_string().contains("is discarded"), "{error}");
        assert!(matches!(
            inbox.replay("nobody").await,
            Err(Error::Unknown(_))
        ));
        assert_eq!(inbox.replay_all().await.unwrap(), 1);
        let handled: List<(usize, u32)> = List::default();
        let list = Arc::clone(&handled);
        inbox
            .work(4, move |received, _| {
                list.lock()
                    .unwrap()
                    .push((number_of(&received), received.attempt()));
                async { Ok::<_, BoxError>(()) }
            })
            .until_empty()
            .await
            .unwrap();
        assert_eq!(*handled.lock().unwrap(), [(2, 1), (5, 1), (7, 1)]);
        let gone = inbox.get(rest[0].key()).await.unwrap();
        assert_eq!((gone.state(), gone.raw()), (InboxState::Discarded, None));
        let done = inbox.get(first[0].key()).await.unwrap();
        let error = inbox.discard(done.key()).await.unwrap_err();
        assert!(error.to_string().contains("is done"), "{error}");
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.parked, stats.done), (0, 0, 6));
    }
}

#[tokio::test]
async fn one_that_is_discarded_in_hand_commits_nothing() {
    for place in Place::lasting() {
        let inbox = place.open().await.inbox();
        place.sql("CREATE TABLE {p}counter (n BIGINT)").await;
        inbox.put(&message(1, 1)).await.unwrap();
        inbox.put(&message(1, 2)).await.unwrap();
        let (place, behind) = (Arc::new(place), inbox.clone());
        let effects = Arc::clone(&place);
        inbox
            .work(1, move |received, commit| {
                let (inbox, place) = (behind.clone(), Arc::clone(&effects));
                async move {
                    if number_of(&received) == 1 {
                        let key = received.notification.deduplication_key().unwrap();
                        inbox.discard(key.as_str()).await?;
                    }
                    let statement =
                        format!("INSERT INTO {{p}}counter VALUES ({})", number_of(&received));
                    place.effect(&commit, &statement)
                }
            })
            .until_empty()
            .await
            .unwrap();
        assert_eq!(place.sql("SELECT n FROM {p}counter").await, Some(2));
        assert_eq!(place.sql("SELECT COUNT(*) FROM {p}counter").await, Some(1));
    }
}

/// One before it that is open again must not hide that it is in hand.
#[tokio::test]
async fn one_that_is_discarded_behind_a_replayed_one_commits_nothing() {
    for fails in [false, true] {
        for place in Place::lasting() {
            let inbox = place.open().await.inbox();
            place.sql("CREATE TABLE {p}counter (n BIGINT)").await;
            let hopeless = async |_: Received, _: Commit| Err::<(), _>(HandlerError::hopeless("x"));
            inbox.put(&message(1, 1)).await.unwrap();
            inbox.work(1, hopeless).until_empty().await.unwrap();
            inbox.put(&message(1, 2)).await.unwrap();
            let (place, behind) = (Arc::new(place), inbox.clone());
            let effects = Arc::clone(&place);
            let work = inbox.work(1, move |received, commit| {
                let (inbox, place) = (behind.clone(), Arc::clone(&effects));
                async move {
                    let number = number_of(&received);
                    let insert = format!("INSERT INTO {{p}}counter VALUES ({number})");
                    place.effect(&commit, &insert)?;
                    if number == 2 {
                        let parked = inbox.parked(1, None).await?;
                        inbox.replay(parked[0].key()).await?;
                        let key = received.notification.deduplication_key().unwrap();
                        inbox.discard(key.as_str()).await?;
                        if fails {
                            return Err("it fails as well".into());
                        }
                    }
                    Ok::<_, BoxError>(())
                }
            });
            work.until_empty().await.unwrap();
            assert_eq!(place.sql("SELECT n FROM {p}counter").await, Some(1));
            assert_eq!(place.sql("SELECT COUNT(*) FROM {p}counter").await, Some(1));
            let states =
                "SELECT COUNT(*) FROM {p}inbox WHERE state = 2 OR state = 3 AND body IS NULL";
            assert_eq!(place.sql(states).await, Some(2));
            assert_eq!(inbox.stats().await.unwrap().done, 1);
        }
    }
}

#[tokio::test]
async fn what_is_parked_is_told_once_though_an_answer_is_lost() {
    for place in Place::lasting() {
        let putting = place.open().await.inbox();
        for fails in 1.. {
            for number in 0..2 {
                let number = 2 * fails + number;
                putting.put(&message(1, number)).await.unwrap();
            }
            let asked = Arc::new(AtomicUsize::new(0));
            let (counter, told) = (Arc::clone(&asked), Arc::new(AtomicUsize::new(0)));
            let probe = move || counter.fetch_add(1, Ordering::Relaxed) + 1 == fails;
            let store = place.open_as(Store::builder().probe(probe)).await;
            let work = store.inbox().work(1, async |_, _| Err::<(), _>("no"));
            let telling = Arc::clone(&told);
            let work = work.attempts(1).on_parked(move |_| {
                telling.fetch_add(1, Ordering::Relaxed);
            });
            let work = work.lease(MILLISECOND * 900).poll(MILLISECOND * 5);
            work.until_empty().await.unwrap();
            store.close().await;
            assert_eq!(told.load(Ordering::Relaxed), 2, "{fails}");
            if asked.load(Ordering::Relaxed) < fails {
                assert!(fails > 10, "{fails}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn later_does_not_count() {
    for place in Place::all() {
        let inbox = place.open().await.inbox();
        inbox.put(&message(1, 1)).await.unwrap();
        let attempts: List<u32> = List::default();
        let list = Arc::clone(&attempts);
        inbox
            .work(1, move |received, _| {
                list.lock().unwrap().push(received.attempt());
                async move {
                    match received.attempt() {
                        1 | 3 | 4 => Err(HandlerError::later("the shop restarts").into()),
                        2 => Err("no".into()),
                        _ => Err::<(), BoxError>("no".into()),
                    }
                }
            })
            .attempts(2)
            .backoff(MILLISECOND, MILLISECOND)
            .until_empty()
            .await
            .unwrap();
        assert_eq!(*attempts.lock().unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(inbox.stats().await.unwrap().parked, 1);
    }
}

#[tokio::test]
async fn what_is_done_is_forgotten_in_time() {
    let hour = Duration::from_secs(60 * 60);
    for place in Place::lasting() {
        let builder = Store::builder().keep_bodies(hour).keep_keys(hour * 24);
        let inbox = place.open_as(builder).await.inbox();
        let number = 700;
        for number in 1..=number {
            inbox.put(&message(number % 5, number)).await.unwrap();
        }
        let handle = async |received: Received, _: Commit| match number_of(&received) {
            1 => Err(HandlerError::hopeless("no")),
            _ => Ok(()),
        };
        inbox.work(8, handle).until_empty().await.unwrap();
        let mut left = Vec::new();
        for hours in [0, 2, 25] {
            let pass = hours * 3_600_000;
            let pass = format!("UPDATE {{p}}inbox SET changed = changed - {pass}");
            place.sql(&pass).await;
            let stop = tokio::time::sleep(Duration::from_millis(700));
            inbox.work(8, handle).until(stop).await.unwrap();
            left.push((
                place.sql("SELECT COUNT(*) FROM {p}inbox").await.unwrap(),
                place
                    .sql("SELECT COUNT(*) FROM {p}inbox WHERE body IS NOT NULL")
                    .await
                    .unwrap(),
            ));
        }
        assert_eq!(left, [(700, 700), (700, 1), (1, 1)]);
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.parked, stats.done), (1, 699));
        // With no time at all the body goes with the end.
        let now = place
            .open_as(Store::builder().keep_bodies(Duration::ZERO))
            .await
            .inbox();
        now.put(&message(1, 2_000)).await.unwrap();
        now.work(8, handle).until_empty().await.unwrap();
        let body = "SELECT COUNT(*) FROM {p}inbox WHERE body IS NOT NULL";
        assert_eq!(place.sql(body).await, Some(1));
    }
}

#[tokio::test]
async fn chats_in_which_nothing_waits_are_forgotten_and_stay_counted() {
    for place in Place::lasting() {
        let inbox = place.open().await.inbox();
        for number in 0..1_100 {
            inbox.put(&message(number % 550, number)).await.unwrap();
        }
        let handle = async |_: Received, _: Commit| Ok::<(), BoxError>(());
        inbox.work(8, handle).until_empty().await.unwrap();
        let not_yet = async |_: Received, _: Commit| Err::<(), _>(HandlerError::later("not yet"));
        inbox.put(&message(1, 1_100)).await.unwrap();
        let moment = || tokio::time::sleep(MILLISECOND * 700);
        inbox.work(8, not_yet).until(moment()).await.unwrap();
        let chats = "SELECT COUNT(*) FROM {p}lane WHERE chat <> ''";
        assert_eq!(place.sql(chats).await, Some(550));
        place
            .sql("UPDATE {p}lane SET due = due - 100000000 WHERE waiting = 0")
            .await;
        inbox.work(8, not_yet).until(moment()).await.unwrap();
        assert_eq!(place.sql(chats).await, Some(1));
        // They come back as new ones.
        inbox.put(&message(2, 1_101)).await.unwrap();
        place.sql("UPDATE {p}lane SET due = 0, failures = 0").await;
        inbox.work(8, handle).until_empty().await.unwrap();
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.done), (0, 1_102));
    }
}

#[tokio::test]
async fn what_it_tells_of_messages_reaches_the_outbox() {
    for place in Place::lasting() {
        let inbox = place.open().await.inbox();
        let status = |id: &str| -> Received {
            let status = json!({
                "typeWebhook": "outgoingMessageStatus",
                "instanceData": {"idInstance": 7_103_000_001_u64},
                "timestamp": 1_767_225_600,
                "chatId": "447700900145@c.us",
                "idMessage": id,
                "status": "delivered",
            });
            serde_json::from_value(status).unwrap()
        };
        assert!(inbox.put(&status("3EB0C767D097B7C7C030")).await.unwrap());
        // It is kept until the id is known.
        let kept = place.sql("SELECT COUNT(*) FROM {p}status").await;
        assert_eq!(kept, Some(1));
        // What no message can have is not.
        let long: String = (0..9_000).map(|_| fastrand::alphanumeric()).collect();
        for id in ["\0", &long] {
            assert!(inbox.put(&status(id)).await.unwrap());
        }
        let kept = place.sql("SELECT COUNT(*) FROM {p}status").await;
        assert_eq!(kept, Some(1));
    }
}
