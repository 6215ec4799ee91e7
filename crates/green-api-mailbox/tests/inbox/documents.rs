//! Documents: written with a notification, changed by one at a time, and due in a chat.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use green_api::{BoxError, InstanceId, Received};
use green_api_mailbox::{Commit, DOCUMENT_DUE, Document, DocumentDraft, Error, Store};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::stores::{List, Place, message, number_of};

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn instance() -> InstanceId {
    InstanceId::try_from(7_103_000_001).unwrap()
}

fn chat(number: usize) -> String {
    format!("4477009{number:05}@c.us")
}

fn draft(name: &str, key: &str, value: &Value) -> DocumentDraft {
    DocumentDraft::new(name, key, value).unwrap()
}

async fn revision(store: &Store, name: &str, key: &str) -> Option<i64> {
    let document = store.document(name, key).await.unwrap();
    document.as_ref().map(Document::revision)
}

/// Handles a message of its own by this, and whatever waits beside it.
async fn write(
    store: &Store,
    number: usize,
    write: impl Fn(&Commit) -> Result<(), Error> + Send + Sync + 'static,
) {
    let inbox = store.inbox();
    assert!(inbox.put(&message(1, number)).await.unwrap());
    inbox
        .work(1, move |received: Received, commit| {
            let written = match received.notification.kind() {
                DOCUMENT_DUE => Ok(()),
                _ => write(&commit),
            };
            async move { written }
        })
        .until_empty()
        .await
        .unwrap();
    assert_eq!(inbox.stats().await.unwrap().parked, 0);
}

#[tokio::test]
async fn a_document_is_kept_with_its_commit() {
    for place in Place::all() {
        let store = place
            .open_as(Store::builder().encrypted_with(&[7; 32]))
            .await;
        assert_eq!(store.document("dialogue", "Ann").await.unwrap(), None);
        write(&store, 1, |commit| {
            commit.set_document(draft("dialogue", "Ann", &json!("thrown away")))?;
            commit.set_document(draft("dialogue", "Ann", &json!({"step": 1})).version(3))?;
            commit.set_document(draft("dialogue", "Ben", &json!(null)))?;
            commit.set_document(draft("language", "Ann", &json!("en")))
        })
        .await;
        let ann = store.document("dialogue", "Ann").await.unwrap().unwrap();
        assert_eq!(
            (ann.name(), ann.key(), ann.version()),
            ("dialogue", "Ann", 3)
        );
        assert_eq!((ann.value(), ann.due()), (&json!({"step": 1}), None));
        assert!(ann.changed() <= SystemTime::now());
        let shown = format!("{ann:?} {:?}", draft("a", "Ann", &json!("secret")));
        assert!(
            !shown.contains("Ann") && !shown.contains("secret"),
            "{shown}"
        );
        let several = store.documents(&["Ann", "Cid"]).await.unwrap();
        let names: Vec<_> = several.iter().map(Document::name).collect();
        assert_eq!(names, ["dialogue", "language"]);
        assert!(store.documents(&[]).await.unwrap().is_empty());

        let (first, ben) = (
            ann.revision(),
            revision(&store, "dialogue", "Ben").await.unwrap(),
        );
        write(&store, 2, move |commit| {
            let next = draft("dialogue", "Ann", &json!({"step": 2}));
            commit.set_document(next.revision(Some(first)))?;
            commit.remove_document("dialogue", "Ben", ben)
        })
        .await;
        let ann = store.document("dialogue", "Ann").await.unwrap().unwrap();
        assert_eq!(
            (ann.value(), ann.revision(), ann.version()),
            (&json!({"step": 2}), first + 1, 0)
        );
        assert_eq!(revision(&store, "dialogue", "Ben").await, None);
        if !matches!(place, Place::Memory) {
            let value = match place.is_postgres() {
                true => "encode(value, 'escape')",
                false => "CAST(value AS TEXT)",
            };
            let plain = format!("SELECT COUNT(*) FROM {{p}}document WHERE {value} LIKE '%step%'");
            assert_eq!(place.sql(&plain).await, Some(0));
            let other = Store::builder().encrypted_with(&[8; 32]);
            assert!(matches!(place.try_open(other).await, Err(Error::Open(_))));
        }
    }
}

#[tokio::test]
async fn what_cannot_be_a_document_is_told() {
    let store = Place::Memory.open().await;
    let long = "é".repeat(501);
    let large = "x".repeat(1024 * 1024);
    let beyond = json!({"a": large});
    for (name, key, value, words) in [
        ("", "a", json!(1), "its name is empty"),
        ("a", "", json!(1), "its key is empty"),
        ("a", &*long, json!(1), "its key has 1002 bytes"),
        (&*long, "a", json!(1), "its name has 1002 bytes"),
        ("a", "a\0", json!(1), "its key has control characters"),
        ("a", "a", beyond, "1048576 are allowed"),
    ] {
        let error = DocumentDraft::new(name, key, &value).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.is_transient());
        if words.contains("key") {
            let read = store.document(name, key).await.unwrap_err();
            assert_eq!(read.to_string(), error.to_string());
            assert!(store.documents(&[key]).await.is_err());
        }
    }
    write(&store, 1, move |commit| {
        let odd = draft("a", "a", &json!(1));
        let odd = odd.due(SystemTime::now(), instance(), "x".repeat(300));
        assert!(matches!(commit.set_document(odd), Err(Error::Document(_))));
        assert!(commit.remove_document("", "a", 1).is_err());
        // The largest there can be.
        let longest = "k".repeat(1_000);
        let value = Value::from("v".repeat(1024 * 1024 - 2));
        let largest = draft(&longest, &longest, &value);
        commit.set_document(largest.due(SystemTime::now(), instance(), chat(2)))
    })
    .await;
    let inbox = store.inbox();
    inbox
        .work(1, async |received: Received, _| {
            assert_eq!(received.notification.kind(), DOCUMENT_DUE);
            Ok::<_, BoxError>(())
        })
        .until_empty()
        .await
        .unwrap();
    assert_eq!(inbox.stats().await.unwrap().done, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_at_once_lose_none() {
    const MESSAGES: usize = 40;

    for place in Place::lasting() {
        let stores = [place.open().await, place.open().await];
        for number in 0..MESSAGES {
            let inbox = stores[number % 2].inbox();
            inbox.put(&message(number % 4, number)).await.unwrap();
        }
        let attempts: List<u32> = List::default();
        let works = stores.clone().map(|store| {
            let list = Arc::clone(&attempts);
            let work = store.inbox().work(4, move |received, commit: Commit| {
                let list = Arc::clone(&list);
                async move {
                    list.lock().unwrap().push(received.attempt());
                    let known = commit.store().document("count", "all").await?;
                    tokio::time::sleep(MILLISECOND).await;
                    let count = known.as_ref().and_then(|known| known.value().as_u64());
                    let next = json!(count.unwrap_or_default() + 1);
                    let revision = known.as_ref().map(Document::revision);
                    commit.set_document(draft("count", "all", &next).revision(revision))
                }
            });
            let work = work.poll(MILLISECOND * 5).until_empty();
            tokio::spawn(work.into_future())
        });
        for work in works {
            work.await.unwrap().unwrap();
        }
        let count = stores[0].document("count", "all").await.unwrap().unwrap();
        assert_eq!(count.value(), &json!(MESSAGES));
        let attempts = attempts.lock().unwrap();
        assert!(attempts.len() > MESSAGES, "they did not meet");
        assert!(attempts.iter().all(|attempt| *attempt == 1));
    }
}

#[tokio::test]
async fn a_handler_that_never_reads_the_revision_is_parked() {
    let store = Place::Memory.open().await;
    write(&store, 1, |commit| {
        commit.set_document(draft("a", "a", &json!(1)))
    })
    .await;
    let inbox = store.inbox();
    inbox.put(&message(1, 2)).await.unwrap();
    inbox
        .work(1, async |_, commit: Commit| {
            commit.set_document(draft("a", "a", &json!(2)))
        })
        .attempts(1)
        .until_empty()
        .await
        .unwrap();
    let parked = inbox.parked(10, None).await.unwrap();
    let problem = parked[0].problem().unwrap();
    assert!(problem.contains("was changed"), "{problem}");
}

#[tokio::test]
async fn what_is_due_comes_once_and_in_order() {
    for place in Place::all() {
        let store = place.open().await;
        let inbox = store.inbox();
        let got: List<Value> = List::default();
        let (list, due) = (Arc::clone(&got), SystemTime::now() + HOUR);
        let (stop, stopped) = oneshot::channel::<()>();
        let work = inbox
            .work(4, move |received: Received, commit: Commit| {
                let raw: Value = serde_json::from_str(received.raw().as_str()).unwrap();
                list.lock().unwrap().push(raw.clone());
                async move {
                    let in_chat = |chat: usize| {
                        let key = raw["senderData"]["chatId"].as_str().unwrap();
                        let draft = draft("dialogue", key, &json!({"step": 1}));
                        draft.due(due, instance(), self::chat(chat))
                    };
                    match (received.notification.kind(), raw["idMessage"].as_str()) {
                        (DOCUMENT_DUE, _) => {
                            assert_eq!(
                                commit.key(),
                                format!(
                                    "due/dialogue/{}/{}",
                                    raw["key"].as_str().unwrap(),
                                    raw["revision"]
                                )
                            );
                        }
                        (_, Some("M1")) => commit.set_document(in_chat(1))?,
                        (_, Some("M2")) => commit.set_document(in_chat(3))?,
                        // It is no longer due.
                        (_, Some("M3")) => {
                            let known = commit.store().document("dialogue", &chat(2)).await?;
                            let known = known.unwrap();
                            let early = due.duration_since(known.due().unwrap());
                            assert!(early.unwrap() < MILLISECOND);
                            let next = draft("dialogue", &chat(2), &json!({"step": 2}));
                            commit.set_document(next.revision(Some(known.revision())))?;
                        }
                        _ => {}
                    }
                    Ok::<_, BoxError>(())
                }
            })
            .until(async { drop(stopped.await) });
        let work = tokio::spawn(work.into_future());
        inbox.put(&message(1, 1)).await.unwrap();
        inbox.put(&message(2, 2)).await.unwrap();
        while got.lock().unwrap().len() < 2 {
            tokio::time::sleep(MILLISECOND).await;
        }
        inbox.put(&message(2, 3)).await.unwrap();
        while inbox.stats().await.unwrap().waiting > 0 {
            tokio::time::sleep(MILLISECOND).await;
        }
        let first = revision(&store, "dialogue", &chat(1)).await.unwrap();
        assert_eq!(got.lock().unwrap().len(), 3);
        let begun = std::time::Instant::now();
        store.advance(HOUR + MILLISECOND);
        while got.lock().unwrap().len() < 4 {
            tokio::time::sleep(MILLISECOND).await;
        }
        assert!(begun.elapsed() < Duration::from_secs(2), "it is woken");
        store.advance(HOUR);
        tokio::time::sleep(MILLISECOND * 50).await;
        stop.send(()).unwrap();
        work.await.unwrap().unwrap();
        let got = got.lock().unwrap().clone();
        assert_eq!(got.len(), 4);
        let seconds = due.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            got[3],
            json!({
                "typeWebhook": "documentDue",
                "instanceData": {"idInstance": 7_103_000_001_u64},
                "timestamp": seconds.as_secs(),
                "chatId": chat(1),
                "name": "dialogue",
                "key": chat(1),
                "revision": first,
            })
        );
        let document = store.document("dialogue", &chat(1)).await.unwrap().unwrap();
        assert_eq!((document.due(), document.revision()), (None, first));
    }
}

/// Makes so many documents due in so many chats now.
async fn make_due(store: &Store, documents: usize, chats: usize) {
    write(store, 1_000, move |commit| {
        for number in 0..documents {
            let draft = draft("timer", &number.to_string(), &json!(number));
            let due = SystemTime::now() - HOUR;
            commit.set_document(draft.due(due, instance(), chat(number % chats)))?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_share_what_is_due() {
    const DUE: usize = 200;

    for place in Place::lasting() {
        let stores = [(); 3].map(|()| place.open());
        let stores = futures_util::future::join_all(stores).await;
        make_due(&place.open().await, DUE, 7).await;
        let got: List<String> = List::default();
        let works = stores.iter().map(|store| {
            let (list, inbox) = (Arc::clone(&got), store.inbox());
            let work = store.inbox().work(4, move |_, commit: Commit| {
                list.lock().unwrap().push(commit.key().to_owned());
                async { Ok::<_, BoxError>(()) }
            });
            let end = async move {
                // And the message.
                while inbox.stats().await.unwrap().done < DUE as u64 + 1 {
                    tokio::time::sleep(MILLISECOND * 10).await;
                }
            };
            let work = work.poll(MILLISECOND * 5).until(end);
            tokio::spawn(work.into_future())
        });
        for work in works.collect::<Vec<_>>() {
            work.await.unwrap().unwrap();
        }
        let got = got.lock().unwrap().clone();
        assert!(got.iter().all(|key| key.starts_with("due/timer/")));
        let done = "SELECT COUNT(*) FROM {p}inbox WHERE kind = 'documentDue' AND state = 2";
        assert_eq!(place.sql(done).await, i64::try_from(DUE).ok());
        let left = "SELECT COUNT(*) FROM {p}document WHERE due IS NOT NULL";
        assert_eq!(place.sql(left).await, Some(0));
    }
}

#[tokio::test]
async fn an_outage_is_waited_out() {
    let place = Place::lasting().remove(0);
    let is_out = Arc::new(AtomicBool::new(true));
    let probe = Arc::clone(&is_out);
    let builder = Store::builder().probe(move || probe.load(Ordering::Relaxed));
    let store = place.open_as(builder).await;
    let other = place.open().await;
    let ends = other.clone();
    let work = store
        .inbox()
        .work(1, async |_, _| Ok::<_, BoxError>(()))
        .until(async move {
            // The message, and what is due of it.
            while ends.inbox().stats().await.unwrap().done < 2 {
                tokio::time::sleep(MILLISECOND * 10).await;
            }
        });
    let work = tokio::spawn(work.into_future());
    write(&other, 1_000, |commit| {
        let draft = draft("timer", "a", &json!(1));
        commit.set_document(draft.due(SystemTime::now() + MILLISECOND * 300, instance(), chat(1)))
    })
    .await;
    tokio::time::sleep(MILLISECOND * 400).await;
    is_out.store(false, Ordering::Relaxed);
    let worked = tokio::time::timeout(Duration::from_secs(20), work);
    worked.await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_handler_hears_of_newer_messages() {
    for place in Place::lasting() {
        let stores = [place.open().await, place.open().await];
        for other in stores {
            let store = place.open().await;
            let inbox = store.inbox();
            let putting = other.inbox();
            let first = number_of(&message(1, 1));
            let base = usize::try_from(inbox.stats().await.unwrap().done).unwrap() + first;
            inbox.put(&message(1, base)).await.unwrap();
            let heard: List<usize> = List::default();
            let list = Arc::clone(&heard);
            inbox
                .work(1, move |received, commit: Commit| {
                    let (putting, list) = (putting.clone(), Arc::clone(&list));
                    async move {
                        if number_of(&received) != base {
                            return Ok(());
                        }
                        let mut newer = Box::pin(commit.newer_message());
                        // Neither another chat nor another kind is one.
                        putting.put(&message(2, base + 1)).await?;
                        let mut call = crate::stores::message_in(1, base + 2);
                        call["typeWebhook"] = "outgoingMessageReceived".into();
                        putting.put(&serde_json::from_value(call).unwrap()).await?;
                        let wait = Duration::from_millis(700);
                        let early = tokio::time::timeout(wait, &mut newer).await;
                        assert!(early.is_err());
                        putting.put(&message(1, base + 3)).await?;
                        newer.await;
                        list.lock().unwrap().push(base);
                        Ok::<_, BoxError>(())
                    }
                })
                .until_empty()
                .await
                .unwrap();
            assert_eq!(*heard.lock().unwrap(), [base]);
        }
    }
}
