//! `green-api new bot`.

mod common;

use std::fs;
use std::path::Path;

use common::{green_api, run};
use serde_json::Value;

#[tokio::test]
async fn a_bot_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop");
    let path = shop.to_str().unwrap();
    let ran = run(green_api(&["new", "bot", "my-shop", "--path", path])).await;
    assert_eq!((ran.code, ran.out), (0, format!("Written to {path}\n")));

    let read = |name: &str| fs::read_to_string(shop.join(name)).unwrap();
    let manifest = read("Cargo.toml");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("green-api-bot");
    let library = Value::from(library.to_str().unwrap());
    for part in [
        "name = \"my-shop\"".to_owned(),
        format!("green-api-bot = {{ path = {library} }}"),
        format!("green-api-bot = {{ path = {library}, features = [\"testing\"] }}"),
    ] {
        assert!(manifest.contains(&part), "{manifest}");
    }
    assert!(read("Containerfile").contains("target/release/my-shop "));
    assert!(read("README.md").starts_with("# my-shop\n"));
    assert!(read("src/bot.rs").contains("pub fn bot(store: Store) -> Bot"));
    for name in [
        ".gitignore",
        ".dockerignore",
        "src/main.rs",
        "tests/conversation.rs",
    ] {
        assert!(!read(name).contains('{') || name.ends_with(".rs"), "{name}");
    }
    assert!(read("Cargo.lock").contains("name = \"sqlx\""));

    fs::write(shop.join("src/bot.rs"), "mine").unwrap();
    let again = run(green_api(&["new", "bot", "my-shop", "--path", path])).await;
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(fs::read_to_string(shop.join("src/bot.rs")).unwrap(), "mine");
}

#[tokio::test]
async fn the_folder_has_the_name_of_the_bot() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = green_api(&["new", "bot", "shop", "--json"]);
    command.current_dir(folder.path());
    let ran = run(command).await;
    let event: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        event,
        serde_json::json!({ "event": "written", "folder": "shop" })
    );
    assert!(folder.path().join("shop/Cargo.toml").exists());
}

#[tokio::test]
async fn a_name_that_cargo_would_refuse_is_refused() {
    for (name, why) in [
        ("2shop", "must begin with a letter"),
        ("my shop", "and nothing else"),
        ("struct", "cannot be one that Rust"),
    ] {
        let ran = run(green_api(&["new", "bot", name])).await;
        assert_eq!(ran.code, 2, "{name}");
        assert!(ran.err.contains(why), "{}", ran.err);
    }
}
