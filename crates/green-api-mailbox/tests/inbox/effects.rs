//! Effects happen once, whatever statement fails or is the last of its process.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use green_api::{BoxError, Client, Credentials, HandlerError, Instance, Received};
use green_api_mailbox::{Commit, DOCUMENT_DUE, Document, DocumentDraft, Error, Store};
use serde_json::json;
use tokio::sync::Notify;

use crate::stores::{Place, message, message_in, number_of};

const MILLISECOND: Duration = Duration::from_millis(1);
const MESSAGES: usize = 2;

pub fn instance() -> Instance {
    let credentials = Credentials::new(
        "http://127.0.0.1:1",
        "7103000001",
        "0123456789abcdef0123456789abcdef0123456789abcdef01",
    );
    Client::builder()
        .build()
        .unwrap()
        .instance(credentials.unwrap())
}

/// Counts in a document.
async fn count(commit: &Commit, name: &str, is_due: bool) -> Result<(), Error> {
    let known = commit.store().document(name, "a").await?;
    let count = known.as_ref().and_then(|known| known.value().as_u64());
    let mut next = DocumentDraft::new(name, "a", &json!(count.unwrap_or_default() + 1))?;
    if is_due {
        let instance = instance().id();
        next = next.due(SystemTime::now(), instance, "447700900001@c.us");
    }
    commit.set_document(next.revision(known.as_ref().map(Document::revision)))
}

/// Counts a message, writes down its number, and answers it. The first one has something due after it.
async fn handle(
    place: &Place,
    instance: &Instance,
    received: Received,
    commit: Commit,
) -> Result<(), BoxError> {
    if received.notification.kind() == DOCUMENT_DUE {
        return Ok(count(&commit, "heard", false).await?);
    }
    let number = number_of(&received);
    count(&commit, "messages", false).await?;
    if number == 1 {
        count(&commit, "timer", true).await?;
    }
    place.effect(&commit, "UPDATE {p}counter SET n = n + 1")?;
    place.effect(
        &commit,
        &format!("INSERT INTO {{p}}journal (number) VALUES ({number})"),
    )?;
    let chat = received.notification.chat_id().unwrap().clone();
    commit.put(
        format!("reply/{number}"),
        instance.send_message(chat, "Thank you"),
    )?;
    // One fails at first.
    match (number, received.attempt()) {
        (1, 1) => Err(HandlerError::later("not yet").into()),
        _ => Ok(()),
    }
}

async fn tables(place: &Place) {
    place.open().await.close().await;
    place.make_journal().await;
    place
        .sql("CREATE TABLE {p}counter (n BIGINT NOT NULL)")
        .await;
}

async fn begin_again(place: &Place) {
    for table in ["counter", "document", "journal", "inbox", "outbox", "lane"] {
        place.sql(&format!("DELETE FROM {{p}}{table}")).await;
    }
    place.sql("INSERT INTO {p}counter VALUES (0)").await;
}

async fn judge(place: &Place, statement: usize) {
    let messages = i64::try_from(MESSAGES).unwrap();
    for (count, expected) in [
        ("SELECT n FROM {p}counter", messages),
        ("SELECT COUNT(*) FROM {p}journal", messages),
        ("SELECT COUNT(*) FROM {p}outbox", messages),
        (
            "SELECT COUNT(*) FROM {p}inbox WHERE state = 2",
            messages + 1,
        ),
        ("SELECT COUNT(*) FROM {p}document WHERE due IS NOT NULL", 0),
        (
            "SELECT CAST(SUM(done) AS BIGINT) FROM {p}lane WHERE side = 0",
            messages + 1,
        ),
        (
            "SELECT COUNT(*) FROM {p}lane WHERE side = 0 AND (waiting = 1 OR owner IS NOT NULL)",
            0,
        ),
        (
            "SELECT COUNT(*) FROM {p}journal AS a JOIN {p}journal AS b ON a.id < b.id AND a.number > b.number",
            0,
        ),
    ] {
        assert_eq!(
            place.sql(count).await,
            Some(expected),
            "statement {statement}: {count}"
        );
    }
    let store = place.open().await;
    for (name, expected) in [("messages", MESSAGES), ("timer", 1), ("heard", 1)] {
        let document = store.document(name, "a").await.unwrap().unwrap();
        assert_eq!(
            document.value(),
            &json!(expected),
            "statement {statement}: {name}"
        );
    }
    store.close().await;
}

/// Puts three in and handles them, and puts in again what was not taken.
async fn cycle(store: &Store, place: &Arc<Place>, instance: &Instance) -> Result<(), Error> {
    let inbox = store.inbox();
    for number in 1..=MESSAGES {
        while let Err(error) = inbox.put(&message(1, number)).await {
            assert!(error.is_transient(), "{error}");
            tokio::time::sleep(MILLISECOND).await;
        }
    }
    // What is due comes on its own, and may have to wait for the store.
    while !matches!(store.document("heard", "a").await, Ok(Some(_))) {
        let (place, instance) = (Arc::clone(place), instance.clone());
        let work = inbox
            .work(2, move |received, commit| {
                let (place, instance) = (Arc::clone(&place), instance.clone());
                async move { handle(&place, &instance, received, commit).await }
            })
            .lease(Duration::from_millis(50))
            .poll(Duration::from_millis(5))
            .backoff(MILLISECOND, MILLISECOND)
            .until_empty();
        let worked = tokio::time::timeout(MILLISECOND * 20_000, work.into_future());
        worked.await.expect("a chat is kept from all")?;
    }
    Ok(())
}

#[tokio::test]
async fn once_when_any_statement_fails() {
    let instance = instance();
    for place in Place::lasting() {
        tables(&place).await;
        let place = Arc::new(place);
        for fails in 1.. {
            begin_again(&place).await;
            let asked = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&asked);
            let probe = move || counter.fetch_add(1, Ordering::Relaxed) + 1 == fails;
            let store = place.open_as(Store::builder().probe(probe)).await;
            cycle(&store, &place, &instance).await.unwrap();
            store.close().await;
            judge(&place, fails).await;
            if asked.load(Ordering::Relaxed) < fails {
                assert!(fails > 30, "{fails} statements are not a cycle");
                break;
            }
        }
    }
}

#[tokio::test]
async fn once_when_the_process_ends_at_any_statement() {
    let instance = instance();
    for place in Place::lasting() {
        tables(&place).await;
        let place = Arc::new(place);
        for last in 1.. {
            begin_again(&place).await;
            let asked = Arc::new(AtomicUsize::new(0));
            let end = Arc::new(Notify::new());
            let (counter, ends) = (Arc::clone(&asked), Arc::clone(&end));
            // From here on nothing reaches the database.
            let probe = move || {
                let over = counter.fetch_add(1, Ordering::Relaxed) + 1 >= last;
                if over {
                    ends.notify_one();
                }
                over
            };
            let store = place.open_as(Store::builder().probe(probe)).await;
            let finished = tokio::select! {
                biased;
                () = end.notified() => false,
                ended = cycle(&store, &place, &instance) => {
                    ended.unwrap();
                    true
                }
            };
            store.close().await;
            let store = place.open().await;
            cycle(&store, &place, &instance).await.unwrap();
            store.close().await;
            judge(&place, last).await;
            if finished {
                assert!(last > 30, "{last} statements are not a cycle");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_effect_that_fails_is_a_handler_that_fails() {
    for place in Place::lasting() {
        tables(&place).await;
        begin_again(&place).await;
        let place = Arc::new(place);
        let inbox = place.open().await.inbox();
        let instance = instance();
        for number in 1..=4 {
            inbox.put(&message(1, number)).await.unwrap();
        }
        let (effects, kept) = (Arc::clone(&place), Arc::new(std::sync::Mutex::new(None)));
        let keep = Arc::clone(&kept);
        inbox
            .work(1, move |received, commit| {
                let (place, instance, keep) =
                    (Arc::clone(&effects), instance.clone(), Arc::clone(&keep));
                async move {
                    place.effect(&commit, "UPDATE {p}counter SET n = n + 1")?;
                    let reply = |text: &str| {
                        let chat = received.notification.chat_id().unwrap().clone();
                        commit
                            .put("reply", instance.send_message(chat, text))
                            .map(drop)
                    };
                    match number_of(&received) {
                        1 => place.effect(&commit, "UPDATE {p}nowhere SET n = 1")?,
                        2 => reply("first")?,
                        3 => reply("second")?,
                        _ => *keep.lock().unwrap() = Some(commit),
                    }
                    Ok::<_, BoxError>(())
                }
            })
            .attempts(2)
            .backoff(MILLISECOND, MILLISECOND)
            .until_empty()
            .await
            .unwrap();
        assert_eq!(place.sql("SELECT n FROM {p}counter").await, Some(2));
        assert_eq!(place.sql("SELECT COUNT(*) FROM {p}outbox").await, Some(1));
        let parked = inbox.parked(10, None).await.unwrap();
        assert_eq!(
            parked
                .iter()
                .map(|entry| entry.attempts())
                .collect::<Vec<_>>(),
            [2, 2]
        );
        assert!(
            parked[1].problem().unwrap().contains("message"),
            "{:?}",
            parked[1].problem()
        );
        // Too late.
        let commit = kept.lock().unwrap().take().unwrap();
        let error = place
            .effect(&commit, "UPDATE {p}counter SET n = 100")
            .unwrap_err();
        assert!(error.to_string().contains("has returned"), "{error}");
    }
}

#[tokio::test]
async fn whatever_its_id_a_message_can_be_answered() {
    for place in Place::all() {
        let store = place.open().await;
        let (inbox, instance) = (store.inbox(), instance());
        let ids = ["\n", "\0", "M1", &"x".repeat(400), &"x".repeat(2_000)];
        for id in ids {
            let mut message = message_in(1, 1);
            message["idMessage"] = json!(id);
            let received = serde_json::from_value(message).unwrap();
            inbox.put(&received).await.unwrap();
        }
        let answer = move |received: Received, commit: Commit| {
            let chat = received.notification.chat_id().unwrap().clone();
            let request = instance.send_message(chat, "Thank you");
            std::future::ready(commit.put(commit.key_of_answer(1), request).map(drop))
        };
        let work = inbox.work(1, answer).attempts(1).until_empty();
        work.await.unwrap();
        let queued = store.outbox().stats().await.unwrap().queued;
        assert_eq!(queued, ids.len() as u64);
    }
}

#[tokio::test]
async fn a_panic_in_an_effect_keeps_no_chat() {
    let inbox = Place::Memory.open().await.inbox();
    inbox.put(&message(1, 1)).await.unwrap();
    inbox.put(&message(1, 2)).await.unwrap();
    let handle = async |received: Received, commit: Commit| {
        if number_of(&received) == 1 {
            commit.sqlite(|_| panic!("an effect"))?;
            #[cfg(feature = "postgres")]
            assert!(
                commit
                    .postgres(|_| Box::pin(std::future::pending()))
                    .is_err()
            );
        }
        Ok::<_, Error>(())
    };
    inbox
        .work(1, handle)
        .attempts(1)
        .until_empty()
        .await
        .unwrap();
    let stats = inbox.stats().await.unwrap();
    assert_eq!((stats.parked, stats.done), (1, 1));
}
