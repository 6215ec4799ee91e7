use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use green_api::{ChatId, Upload};
use green_api_mailbox::sqlx;
use green_api_mailbox::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use green_api_mailbox::{Error, OutboxState, Store};

use crate::world::{FRIEND, OTHER, Place, World, emptied};

#[tokio::test]
async fn a_key_stands_for_one_message() {
    for place in Place::all() {
        let world = World::new(place).await;
        let put = world.outbox.put("a", world.text("One")).await.unwrap();
        assert!(put.is_new());
        let again = world
            .outbox
            .put("a", world.text("One"))
            .priority(3)
            .await
            .unwrap();
        assert!(!again.is_new());
        assert_eq!(again.state(), OutboxState::Queued);
        let other = world.text("Two").link_preview(false);
        let error = world.outbox.put("a", other).await.unwrap_err();
        let Error::Conflict { key, difference } = &error else {
            panic!("{error}")
        };
        assert_eq!(
            (key.as_str(), difference.as_str()),
            ("a", "message, linkPreview")
        );
        assert!(!error.to_string().contains("Two"));
        let elsewhere = world.instances[1].send_message(FRIEND.parse::<ChatId>().unwrap(), "One");
        let error = world.outbox.put("a", elsewhere).await.unwrap_err();
        assert!(error.to_string().contains("instance"), "{error}");

        emptied(world.work()).await;
        let after = world.outbox.put("a", world.text("One")).await.unwrap();
        assert!(!after.is_new());
        assert_eq!(after.state(), OutboxState::Sent);
        assert_eq!(world.arrived(FRIEND), ["One"]);
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_in_words() {
    let world = World::new(Place::Memory).await;
    let outbox = &world.outbox;
    for key in [String::new(), "a\nb".to_owned(), "k".repeat(10_240)] {
        let error = outbox.put(key, world.text("One")).await.unwrap_err();
        assert!(matches!(error, Error::Key(_)), "{error}");
    }
    let error = outbox
        .put("a", world.instance().get_settings())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not send"), "{error}");
    let chat: ChatId = FRIEND.parse().unwrap();
    let stream = Upload::from_stream(futures_util::stream::empty(), None);
    let error = outbox
        .put(
            "a",
            world
                .instance()
                .send_file_by_upload(&chat, stream.named("menu.txt")),
        )
        .await
        .unwrap_err();
    assert!(error.to_string().contains("stream"), "{error}");
    let large = Upload::from_bytes(vec![0; 16 * 1024 * 1024 + 1]);
    let error = outbox
        .put(
            "a",
            world
                .instance()
                .send_file_by_upload(&chat, large.named("menu.txt")),
        )
        .await
        .unwrap_err();
    assert!(error.to_string().contains("16 MiB"), "{error}");
    let error = outbox
        .put("a", world.text(&"x".repeat(30_000)))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Request(_)), "{error}");
    assert!(matches!(outbox.get("a").await, Err(Error::Unknown(_))));
}

#[tokio::test]
async fn files_are_kept_as_bytes_or_by_path() {
    for place in Place::all() {
        let world = World::new(place).await;
        let chat: ChatId = FRIEND.parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("menu.txt");
        std::fs::write(&path, "Soup").unwrap();
        let send = |file: Upload, caption: &str| {
            world
                .instance()
                .send_file_by_upload(&chat, file.named("menu.txt"))
                .caption(caption)
        };
        world
            .outbox
            .put("path", send(Upload::from_path(&path).unwrap(), "By path"))
            .await
            .unwrap();
        let gone = folder.path().join("gone.txt");
        std::fs::write(&gone, "Soup").unwrap();
        world
            .outbox
            .put("gone", send(Upload::from_path(&gone).unwrap(), "Gone"))
            .await
            .unwrap();
        std::fs::remove_file(&gone).unwrap();
        world
            .outbox
            .put("bytes", send(Upload::from_bytes("Salad"), "By bytes"))
            .await
            .unwrap();
        let error = world
            .outbox
            .put("bytes", send(Upload::from_bytes("Fish"), "By bytes"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("content of the file"), "{error}");
        emptied(world.work()).await;
        let entry = world.outbox.get("gone").await.unwrap();
        assert_eq!(entry.state(), OutboxState::Refused, "{entry:?}");
        assert!(entry.problem().unwrap().contains("file"));
        assert_eq!(world.arrived(FRIEND), ["By path", "By bytes"]);
    }
}

#[tokio::test]
async fn bodies_can_be_encrypted_and_be_gone_when_they_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder);
    let world = World::new(Place::Memory).await;
    let folder = place.folder();
    let key = [7; 32];
    let store = place
        .open_as(
            Store::builder()
                .encrypted_with(&key)
                .keep_bodies(Duration::ZERO),
        )
        .await;
    let outbox = store.outbox();
    outbox
        .put("a", world.text("A secret between us"))
        .await
        .unwrap();
    let found = || {
        let files = std::fs::read_dir(folder).unwrap();
        let contents = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        contents
            .flatten()
            .collect::<Vec<u8>>()
            .windows(6)
            .any(|part| part == b"secret")
    };
    assert!(!found());
    emptied(crate::world::worker(&outbox, &world.instances)).await;
    assert_eq!(world.arrived(FRIEND), ["A secret between us"]);
    let entry = outbox.get("a").await.unwrap();
    assert_eq!((entry.state(), entry.input()), (OutboxState::Sent, None));
    assert!(
        !outbox
            .put("a", world.text("A secret between us"))
            .await
            .unwrap()
            .is_new()
    );
    let error = outbox.put("a", world.text("Another")).await.unwrap_err();
    assert!(error.to_string().contains("kept no more"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_read_is_parked() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        world.outbox.put("a", world.text("One")).await.unwrap();
        world.outbox.put("b", world.text("Two")).await.unwrap();
        let cut = "UPDATE {p}outbox SET input = NULL WHERE key = 'a'";
        world.place.sql(cut).await;
        emptied(world.work()).await;
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!(entry.state(), OutboxState::Parked);
        assert!(!entry.is_in_doubt() && entry.problem().is_some());
        assert_eq!(world.arrived(FRIEND), ["Two"]);
    }
}

#[tokio::test]
async fn a_wrong_clock_removes_nothing() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let world = World::new(place).await;
    world.outbox.put("a", world.text("One")).await.unwrap();
    emptied(world.work()).await;
    let ahead = || {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap() + Duration::from_secs(100 * 86_400);
        i64::try_from(since.as_millis()).unwrap()
    };
    let store = world.place.open_as(Store::builder().clock(ahead)).await;
    let moment = tokio::time::sleep(Duration::from_millis(500));
    let work = crate::world::worker(&store.outbox(), &world.instances);
    work.until(moment).await.unwrap();
    assert!(world.outbox.get("a").await.unwrap().input().is_some());
}

#[tokio::test]
async fn what_is_taken_back_is_waited_for_no_more() {
    for place in Place::all() {
        let world = World::new(place).await;
        let later = world.outbox.put("later", world.text("Later"));
        let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
        later.not_before(in_an_hour).await.unwrap();
        let soon = world.outbox.put("soon", world.text("Soon"));
        soon.not_before(in_an_hour)
            .not_after(SystemTime::now() + Duration::from_millis(700))
            .await
            .unwrap();
        let cancelled = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            world.outbox.cancel("later").await.unwrap();
        };
        tokio::join!(emptied(world.work()), cancelled);
        let entry = world.outbox.get("soon").await.unwrap();
        assert_eq!(entry.state(), OutboxState::Expired);
    }
}

/// A clock that is set back by an hour when it was looked at so often.
fn set_back_after(looks: u32) -> impl Fn() -> i64 {
    let seen = AtomicU32::new(0);
    move || {
        let back = match seen.fetch_add(1, Ordering::Relaxed) >= looks {
            true => Duration::from_secs(3600),
            false => Duration::ZERO,
        };
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap() - back;
        i64::try_from(since.as_millis()).unwrap()
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_meanwhile_delays_nothing() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        for looks in 0..16 {
            let store = Store::builder().clock(set_back_after(looks));
            let outbox = world.place.open_as(store).await.outbox();
            let key = looks.to_string();
            outbox.put(&key, world.text(&key)).await.unwrap();
            let ahead = "SELECT MAX(due) FROM {p}lane WHERE side = 1";
            let due = world.place.sql(ahead).await.unwrap();
            let now = set_back_after(u32::MAX)();
            assert!(due <= now, "{looks} looks: {} ms late", due - now);
            emptied(world.work()).await;
        }
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn what_is_queued_again_meanwhile_keeps_its_body() {
    use std::future::IntoFuture as _;

    use green_api_mailbox::sqlx::postgres::PgConnection;
    use green_api_mailbox::sqlx::{AssertSqlSafe, Connection as _};

    let Some(place) = Place::postgres() else {
        return;
    };
    let world = World::new(place).await;
    let builder = Store::builder().keep_bodies(Duration::from_millis(1));
    let store = world.place.open_as(builder).await;
    world.outbox.put("a", world.text("One")).await.unwrap();
    let refused = "UPDATE {p}outbox SET state = 8, changed = 1";
    world.place.sql(refused).await;
    let mut other = PgConnection::connect(&world.place.address()).await.unwrap();
    let mut retry = other.begin().await.unwrap();
    let sql = format!(
        "UPDATE {}outbox SET state = 0, changed = 9000000000000",
        world.place.prefix()
    );
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut *retry)
        .await
        .unwrap();
    // It has found the row by then, and waits for it.
    let end = tokio::time::sleep(Duration::from_millis(800));
    let work = crate::world::worker(&store.outbox(), &world.instances).until(end);
    let committing = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        retry.commit().await.unwrap();
    };
    let (worked, ()) = tokio::join!(work.into_future(), committing);
    worked.unwrap();
    let entry = world.outbox.get("a").await.unwrap();
    assert_eq!(entry.state(), OutboxState::Queued);
    assert!(entry.input().is_some());
}

#[tokio::test]
async fn a_transaction_of_ones_own_decides() {
    let place = Place::File(tempfile::tempdir().unwrap());
    let world = World::new(place).await;
    let folder = world.place.folder();
    let options = SqliteConnectOptions::new().filename(folder.join("mailbox.db"));
    let pool = SqlitePoolOptions::new()
        .connect_with(options)
        .await
        .unwrap();
    sqlx::query("CREATE TABLE orders (id INTEGER)")
        .execute(&pool)
        .await
        .unwrap();
    for commit in [false, true] {
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("INSERT INTO orders VALUES (1)")
            .execute(&mut *tx)
            .await
            .unwrap();
        let put = world
            .outbox
            .put_in(&mut tx, "a", world.text("One"))
            .await
            .unwrap();
        assert!(put.is_new());
        if commit {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
            assert!(world.outbox.get("a").await.is_err());
        }
    }
    emptied(world.work()).await;
    assert_eq!(world.arrived(FRIEND), ["One"]);
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_takes_a_transaction_of_ones_own() {
    for place in Place::all() {
        let Place::Postgres { url, .. } = &place else {
            continue;
        };
        let pool = sqlx::postgres::PgPoolOptions::new()
            .connect(url)
            .await
            .unwrap();
        let world = World::new(place).await;
        let mut tx = pool.begin().await.unwrap();
        world
            .outbox
            .put_in(&mut tx, "a", world.text("One"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        emptied(world.work()).await;
        assert_eq!(world.arrived(FRIEND), ["One"]);
        let memory = Store::in_memory().await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        let error = memory
            .outbox()
            .put_in(&mut tx, "a", world.text("One"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Transaction(_)), "{error}");
    }
}

#[tokio::test]
async fn a_pool_keeps_a_chat_at_its_instance() {
    for place in Place::all() {
        let world = World::new(place).await;
        let put = async |key: &str, chat: &str, text: &str| {
            let chat: ChatId = chat.parse().unwrap();
            let request = |instance: &green_api::Instance| instance.send_message(&chat, text);
            world
                .outbox
                .put_any(key, &world.instances, request)
                .await
                .unwrap();
            world.outbox.get(key).await.unwrap().instance()
        };
        let first = put("a", FRIEND, "One").await;
        let second = put("b", OTHER, "Two").await;
        assert_ne!(first, second);
        assert_eq!(put("c", FRIEND, "Three").await, first);
        assert_eq!(put("d", OTHER, "Four").await, second);
        assert_eq!(put("a", FRIEND, "One").await, first);
        emptied(world.work()).await;
        assert_eq!(world.arrived(FRIEND), ["One", "Three"]);
    }
}

#[tokio::test]
async fn times_and_priorities_are_kept() {
    for place in Place::all() {
        let world = World::new(place).await;
        let (outbox, now) = (&world.outbox, SystemTime::now());
        let soon = now + Duration::from_millis(700);
        outbox
            .put("late", world.text("late"))
            .not_after(now - Duration::from_secs(1))
            .await
            .unwrap();
        outbox
            .put("soon", world.text("soon"))
            .not_before(soon)
            .priority(9)
            .await
            .unwrap();
        outbox
            .put("low", world.text("low"))
            .priority(-1)
            .await
            .unwrap();
        outbox.put("first", world.text("first")).await.unwrap();
        outbox.put("second", world.text("second")).await.unwrap();
        outbox
            .put("high", world.text("high"))
            .priority(1)
            .await
            .unwrap();
        outbox.put("never", world.text("never")).await.unwrap();
        outbox.cancel("never").await.unwrap();
        outbox.cancel("never").await.unwrap();
        // A put of all that there is does not undo it.
        let again = outbox.put("never", world.text("never")).await.unwrap();
        assert_eq!(again.state(), OutboxState::Cancelled);
        emptied(world.work()).await;
        assert!(SystemTime::now() >= soon);
        assert_eq!(
            world.arrived(FRIEND),
            ["high", "first", "second", "low", "soon"]
        );
        assert_eq!(
            outbox.get("late").await.unwrap().state(),
            OutboxState::Expired
        );
        let error = outbox.cancel("first").await.unwrap_err();
        assert!(matches!(error, Error::State { .. }), "{error}");
        outbox.retry("late").await.unwrap();
        emptied(world.work()).await;
        assert_eq!(outbox.get("late").await.unwrap().state(), OutboxState::Sent);
        let sent = outbox
            .list(Some(OutboxState::Sent), 2, Some("soon"))
            .await
            .unwrap();
        let keys: Vec<&str> = sent.iter().map(|entry| entry.key()).collect();
        assert_eq!(keys, ["low", "first"]);
        assert_eq!(outbox.stats().await.unwrap().queued, 0);
    }
}
