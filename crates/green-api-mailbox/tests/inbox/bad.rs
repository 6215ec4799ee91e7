//! Stores that cannot be used, or not now.

use std::sync::Arc;
use std::time::Duration;

use green_api::{BoxError, Received};
use green_api_mailbox::{Commit, Error, Store, sqlx};

use crate::stores::{Place, message};

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    for place in Place::lasting() {
        place
            .open()
            .await
            .inbox()
            .put(&message(1, 1))
            .await
            .unwrap();
        place.sql("UPDATE {p}schema SET version = 99").await;
        let opened = place.try_open(Store::builder()).await;
        let error = opened.unwrap_err();
        assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
        assert_eq!(place.sql("SELECT COUNT(*) FROM {p}inbox").await, Some(1));
    }
}

#[tokio::test]
async fn an_older_store_is_brought_up_to_date() {
    for place in Place::lasting() {
        let store = place.open().await;
        store.inbox().put(&message(1, 1)).await.unwrap();
        store.close().await;
        for statement in [
            "ALTER TABLE {p}instance DROP COLUMN looked_at",
            "INSERT INTO {p}instance (instance, journaled_since) VALUES (7103000001, 1)",
            "UPDATE {p}schema SET version = 2",
        ] {
            place.sql(statement).await;
        }
        let inbox = place.open().await.inbox();
        assert!(!inbox.put(&message(1, 1)).await.unwrap());
        let kept =
            "SELECT COUNT(*) FROM {p}instance WHERE journaled_since = 1 AND looked_at IS NULL";
        assert_eq!(place.sql(kept).await, Some(1));
        assert_eq!(place.sql("SELECT version FROM {p}schema").await, Some(3));
    }
}

#[tokio::test]
async fn another_key_does_not_open_it() {
    let with = |key: Option<u8>| match key {
        Some(key) => Store::builder().encrypted_with(&[key; 32]),
        None => Store::builder(),
    };
    for made_with in [None, Some(7)] {
        for place in Place::lasting() {
            let store = place.open_as(with(made_with)).await;
            store.inbox().put(&message(1, 1)).await.unwrap();
            store.close().await;
            for key in [None, Some(7), Some(8)] {
                let opened = place.try_open(with(key)).await;
                if key == made_with {
                    assert_eq!(opened.unwrap().inbox().stats().await.unwrap().waiting, 1);
                    continue;
                }
                let error = opened.unwrap_err();
                assert!(
                    matches!(error, Error::Open(_)) && error.to_string().contains("key"),
                    "{error}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_decrypted_is_parked() {
    for place in Place::lasting() {
        let sealed = Store::builder().encrypted_with(&[7; 32]);
        let inbox = place.open_as(sealed).await.inbox();
        inbox.put(&message(1, 1)).await.unwrap();
        let damage = match place.is_postgres() {
            true => "UPDATE {p}inbox SET body = decode('00', 'hex')",
            false => "UPDATE {p}inbox SET body = x'00'",
        };
        place.sql(damage).await;
        inbox.put(&message(1, 2)).await.unwrap();
        let handle = async |_: Received, _: Commit| Ok::<_, BoxError>(());
        let worked = inbox.work(1, handle).until_empty().into_future();
        let worked = tokio::time::timeout(MILLISECOND * 10_000, worked).await;
        worked.expect("it holds up its chat").unwrap();
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.parked, stats.done), (1, 1));
        let parked = inbox.parked(10, None).await.unwrap();
        let entry = &parked[0];
        assert_eq!(
            (entry.problem(), entry.raw()),
            (Some("it cannot be read"), None)
        );
        inbox.discard(entry.key()).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_store_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "Dear Ann, ".repeat(1_000)).unwrap();
    for path in [
        text.clone(),
        folder.path().to_owned(),
        folder.path().join("nowhere/mailbox.db"),
    ] {
        let error = Store::sqlite(&path).await.unwrap_err();
        assert!(matches!(error, Error::Open(_)), "{error}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
    assert!(
        std::fs::read_to_string(&text)
            .unwrap()
            .starts_with("Dear Ann, Dear Ann, ")
    );
    for address in [
        "'postgres://ann:secret@db/mailbox'",
        " mysql://ann:secret@db/mailbox",
    ] {
        let error = Store::sqlite(address).await.unwrap_err().to_string();
        assert!(
            error.contains("postgres://, without quotes") && !error.contains("secret"),
            "{error}"
        );
    }
    #[cfg(feature = "postgres")]
    for (url, can_come) in [
        ("nonsense", false),
        ("postgres://ann:secret@127.0.0.1:1/mailbox", true),
    ] {
        let error = Store::postgres(url).await.unwrap_err();
        assert!(
            error.is_transient() == can_come && !error.to_string().contains("secret"),
            "{error}"
        );
    }
}

/// The pages of a store's only connection can be limited.
#[tokio::test]
async fn a_full_disk_is_waited_out() {
    let place = Place::File(tempfile::tempdir().unwrap());
    let inbox = place.open().await.inbox();
    inbox.put(&message(9, 10_000)).await.unwrap();
    let limit = async |_: Received, commit: Commit| limit_pages(&commit);
    inbox.work(1, limit).until_empty().await.unwrap();
    let mut number = 0;
    let error = loop {
        match inbox.put(&message(number % 5, number)).await {
            Ok(is_new) => assert!(is_new),
            Err(error) => break error,
        }
        number += 1;
    };
    assert!(
        error.is_transient() && error.to_string().contains("its disk is full"),
        "{error}"
    );
    assert!(number > 5);
    let stats = inbox.stats().await.unwrap();
    assert_eq!(stats.waiting, number as u64);
    // The next connection has room.
    assert!(inbox.put(&message(number % 5, number)).await.unwrap());
    let work = inbox.work(4, async |_, _| Ok::<_, BoxError>(()));
    work.until_empty().await.unwrap();
    let stats = inbox.stats().await.unwrap();
    assert_eq!((stats.parked, stats.done), (0, number as u64 + 2));
}

fn limit_pages(commit: &Commit) -> Result<(), Error> {
    commit.sqlite(|connection| {
        Box::pin(async move {
            let limit = sqlx::raw_sql("PRAGMA max_page_count = 60");
            limit.execute(connection).await?;
            Ok(())
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_is_made_again() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let store = place.open().await;
    place
        .sql("CREATE TABLE {p}counter (n BIGINT NOT NULL)")
        .await;
    place.sql("INSERT INTO {p}counter VALUES (0)").await;
    let (place, inbox) = (Arc::new(place), store.inbox());
    let effects = Arc::clone(&place);
    let work = inbox
        .work(4, move |_, commit| {
            let place = Arc::clone(&effects);
            async move {
                tokio::time::sleep(MILLISECOND).await;
                place.effect(&commit, "UPDATE {p}counter SET n = n + 1")
            }
        })
        .poll(MILLISECOND * 10)
        .backoff(MILLISECOND, MILLISECOND * 10);
    let work = tokio::spawn(work.into_future());
    let cutter = Arc::clone(&place);
    let cuts = tokio::spawn(async move {
        let mut cut = 0;
        for _ in 0..20 {
            tokio::time::sleep(MILLISECOND * 40).await;
            cut += cutter
                .sql("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'green-api-mailbox' AND query LIKE '%{p}%'")
                .await
                .unwrap();
        }
        cut
    });
    for number in 0..200 {
        loop {
            match inbox.put(&message(number % 20, number)).await {
                Ok(_) => break,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
            tokio::time::sleep(MILLISECOND * 5).await;
        }
    }
    assert!(cuts.await.unwrap() > 10);
    while inbox.stats().await.unwrap().waiting > 0 {
        tokio::time::sleep(MILLISECOND * 10).await;
    }
    work.abort();
    assert_eq!(place.sql("SELECT n FROM {p}counter").await, Some(200));
    let stats = inbox.stats().await.unwrap();
    assert_eq!((stats.done, stats.parked), (200, 0));
}

/// The server finishes a commit whose connection breaks, and meanwhile the notification is still to be seen as waiting.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_commit_that_is_cut_off_counts_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Notify;

    let Some(place) = Place::postgres() else {
        return;
    };
    let address = place.address();
    let (before, rest) = address.split_once("@127.0.0.1:").unwrap();
    let (port, rest) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let between = listener.local_addr().unwrap();
    let server = format!("127.0.0.1:{port}");
    let cut = Arc::new(Notify::new());
    let cuts = Arc::clone(&cut);
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(&server).await.unwrap();
            let cut = Arc::clone(&cuts);
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    () = cut.notified() => {}
                }
            });
        }
    });
    place.open().await.close().await;
    place.make_journal().await;
    for statement in [
        "CREATE FUNCTION {p}slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER {p}slow AFTER INSERT ON {p}journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {p}slow()",
    ] {
        place.sql(statement).await;
    }
    let address = format!("{before}@{between}/{rest}");
    let store = crate::common::open(Store::builder(), &address, place.prefix());
    let inbox = store.await.unwrap().inbox();
    // With another one behind it the chat is kept.
    inbox.put(&message(1, 1)).await.unwrap();
    inbox.put(&message(1, 2)).await.unwrap();
    let (place, handled) = (Arc::new(place), Arc::new(AtomicUsize::new(0)));
    let (effects, counter) = (Arc::clone(&place), Arc::clone(&handled));
    let work = inbox.work(1, move |_, commit| {
        let (place, cut) = (Arc::clone(&effects), Arc::clone(&cut));
        let is_first = counter.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            place.effect(&commit, "INSERT INTO {p}journal (number) VALUES (1)")?;
            if is_first {
                tokio::spawn(async move {
                    tokio::time::sleep(MILLISECOND * 400).await;
                    cut.notify_waiters();
                });
            }
            Ok::<_, BoxError>(())
        }
    });
    work.until_empty().await.unwrap();
    assert_eq!(handled.load(Ordering::Relaxed), 3);
    assert_eq!(place.sql("SELECT COUNT(*) FROM {p}journal").await, Some(2));
    assert_eq!(inbox.stats().await.unwrap().done, 2);
}

#[cfg(unix)]
#[tokio::test]
async fn a_named_pipe_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.db");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    for path in [path.as_path(), folder.path(), "/dev/null".as_ref()] {
        let error = Store::sqlite(path).await.unwrap_err();
        assert!(error.to_string().contains("not a file"), "{error}");
    }
}

/// Root reads and writes whatever the mode says.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_written_says_so() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mailbox.db");
    let store = Store::sqlite(&path).await.unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    store.close().await;
    let read_only = std::fs::Permissions::from_mode(0o400);
    std::fs::set_permissions(&path, read_only).unwrap();
    if std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("skipped: a read-only file, since this user may write everything");
        return;
    }
    let error = match Store::sqlite(&path).await {
        Ok(store) => {
            let put = store.inbox().put(&message(1, 1)).await;
            put.map(drop).map_err(BoxError::from).unwrap_err()
        }
        Err(error) => error.into(),
    };
    assert!(error.to_string().contains("read-only"), "{error}");
}
