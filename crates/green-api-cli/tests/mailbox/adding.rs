//! What is added again, and the forms of a store.

use std::time::Duration;

use green_api_sandbox::{Content, Fault};

use crate::common::{PHONE, get, run};
use crate::{Desk, FRIEND};

#[tokio::test]
async fn a_key_whose_message_is_not_sent_is_refused() {
    let desk = Desk::new().await;
    let add = |key: &'static str| {
        [
            "outbox", "add", "--key", key, "text", "--to", FRIEND, "Hello",
        ]
    };
    for key in ["cancelled", "refused", "sent"] {
        assert_eq!(desk.run(&add(key)).await.code, 0);
    }
    assert_eq!(desk.run(&["outbox", "cancel", "cancelled"]).await.code, 0);
    let refused = Fault::on("sendMessage")
        .status(400)
        .body(r#"{"message":"no"}"#);
    desk.sandbox.faults().add(refused.times(1));
    assert_eq!(desk.run(&["outbox", "run", "--until-empty"]).await.code, 0);
    for (key, code, retry) in [
        ("cancelled", 8, false),
        ("refused", 8, true),
        ("sent", 0, false),
    ] {
        let ran = desk.run(&add(key)).await;
        assert_eq!(ran.code, code, "{}", ran.show());
        assert!(ran.err.contains(&format!("is {key}")), "{}", ran.show());
        assert_eq!(ran.err.contains("another key"), code != 0, "{}", ran.show());
        assert_eq!(ran.err.contains("outbox retry"), retry, "{}", ran.show());
    }
}

#[tokio::test]
async fn a_file_is_sent_as_it_was_added() {
    let desk = Desk::new().await;
    let (ada, eve) = (FRIEND, "447700900167");
    let path = desk.folder.path().join("inv.txt");
    let file = path.to_str().unwrap();
    for (to, text) in [(ada, "For Ada"), (eve, "For Eve")] {
        std::fs::write(&path, text).unwrap();
        let add = ["outbox", "add", "--key", to, "file", "--to", to, file];
        let ran = desk.run(&add).await;
        assert_eq!(ran.code, 0, "{}", ran.show());
        assert!(!ran.err.contains("do not change"), "{}", ran.show());
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(desk.run(&["outbox", "run", "--until-empty"]).await.code, 0);
    desk.sandbox.clock().advance(Duration::from_secs(10));
    for (to, text) in [(ada, "For Ada"), (eve, "For Eve")] {
        let messages = desk.sandbox.phone(to).messages(PHONE);
        let [Content::File(sent)] = &messages
            .iter()
            .map(|message| message.content.clone())
            .collect::<Vec<_>>()[..]
        else {
            panic!("{messages:?}")
        };
        assert_eq!(
            (sent.name.as_str(), sent.mime_type.as_str()),
            ("inv.txt", "text/plain")
        );
        assert_eq!(get(&sent.url, None).await, (200, text.to_owned()));
    }

    // Of a large one the path is kept.
    std::fs::File::create(&path)
        .and_then(|file| file.set_len(16 * 1024 * 1024 + 1))
        .unwrap();
    let add = ["outbox", "add", "--key", "1", "file", "--to", FRIEND, file];
    let ran = desk.run(&add).await;
    assert_eq!(ran.code, 0, "{}", ran.show());
    assert!(ran.err.contains("do not change"), "{}", ran.show());
}

#[tokio::test]
async fn a_store_is_a_path_or_an_address_of_postgresql() {
    let desk = Desk::new().await;
    let listed = |store: &str| {
        let mut command = desk.command(&["outbox", "list"]);
        command
            .env("GREEN_API_STORE", store)
            .current_dir(desk.folder.path());
        run(command)
    };
    for store in [
        ":memory:",
        "sqlite:a.db",
        "sqlite:///a.db",
        "mysql://ada:ca9a12-password@127.0.0.1/green",
        "postgresql+psycopg://ada:ca9a12-password@127.0.0.1/green",
        "postgres:green",
    ] {
        let ran = listed(store).await;
        assert_eq!(ran.code, 2, "{store}: {}", ran.show());
        assert!(ran.err.contains("GREEN_API_STORE"), "{}", ran.show());
        assert!(!ran.err.contains("ca9a12-password"), "{}", ran.show());
    }
    assert_eq!(std::fs::read_dir(desk.folder.path()).unwrap().count(), 0);
    let ran = listed("Postgres://ada@127.0.0.1:1/green").await;
    assert_eq!(ran.code, 5, "{}", ran.show());
    let ran = listed("nowhere/a.db").await;
    assert_eq!(ran.code, 2, "{}", ran.show());
    assert!(ran.err.contains("nowhere/a.db"), "{}", ran.show());
    // Nothing is the default.
    assert_eq!(listed("").await.code, 0);
    assert!(desk.folder.path().join("mailbox.db").exists());
    if cfg!(unix) {
        assert_eq!(listed("./a:b.db").await.code, 0);
        assert!(desk.folder.path().join("a:b.db").exists());
    }
}
