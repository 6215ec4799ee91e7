//! Every command line of the READMEs, as typed there, in a shell.
#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use common::commands::{GROUP, ORDER, PICTURE, PRODUCT, World};
use common::{INSTANCE, PHONE, Ran, TOKEN, run, sandbox};
use serde_json::json;

/// The lines that call the command: behind a prompt, or through cargo as in the repository's own README.
fn lines() -> Vec<String> {
    let read = |path: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    };
    let all = [
        "README.md",
        "../../README.md",
        "../green-api-sandbox/README.md",
    ]
    .map(read)
    .concat();
    let typed = |line: &str| {
        let line = line.strip_prefix("$ ").unwrap_or(line);
        let line = line
            .strip_prefix("cargo run -- ")
            .map_or(line.to_owned(), |rest| format!("green-api {rest}"));
        let calls = line.starts_with("green-api ") && !line.starts_with("green-api = ")
            || line.contains("| green-api ")
            || line.contains(" green-api listen");
        calls.then_some(line)
    };
    all.lines().filter_map(typed).collect()
}

/// A shell that finds the command, in a folder with the files that the READMEs speak of.
fn shell(line: &str, folder: &Path) -> Command {
    std::fs::write(folder.join("me.jpg"), PICTURE).unwrap();
    std::fs::write(folder.join("settings.json"), r#"{"webhookUrl": ""}"#).unwrap();
    let path = format!(
        "{}:{}",
        cargo_bin!("green-api").parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(line)
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("GREEN_API_CONFIG_DIR", folder)
        .env("GREEN_API_DATA_DIR", folder);
    command
}

fn with_instance(mut command: Command, url: &str) -> Command {
    command
        .env("GREEN_API_URL", url)
        .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
        .env("GREEN_API_TOKEN_INSTANCE", TOKEN);
    command.env("GREEN_API_PARTNER_TOKEN", TOKEN);
    command
}

async fn finish(command: Command, input: &str) -> Ran {
    let mut command = assert_cmd::Command::from_std(command);
    command.write_stdin(input).timeout(Duration::from_secs(60));
    run(command).await
}

/// What serves until it is ended: it is enough that it begins to.
fn begins(line: &str, folder: &Path) -> String {
    // In the background, the shell would be gone before it.
    let line = line
        .trim_end_matches('&')
        .replace("green-api", "exec green-api")
        .replace("127.0.0.1:8080", "127.0.0.1:0")
        .replace("127.0.0.1:3000", "127.0.0.1:0");
    let mut child = shell(&format!("{line} --json"), folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    first
}

async fn try_line(line: &str) {
    let folder = tempfile::tempdir().unwrap();
    if line.starts_with("green-api sandbox") || line.contains("--webhook") {
        let first = begins(line, folder.path());
        assert!(first.starts_with(r#"{"event":""#), "{line}: {first}");
        return;
    }
    let world = World::new().await;
    let order = json!({ "messageData": { "orderMessage": { "token": world.order_token } } });
    std::fs::write(folder.path().join("order.json"), order.to_string()).unwrap();
    let mut url = world.sandbox.url();
    let line = line
        .replace(GROUP, &world.group)
        .replace(PRODUCT, &world.product)
        .replace(ORDER, &world.order)
        // The shop of this world has another number.
        .replace(
            "catalog product 447700900123",
            "catalog product 447700900100",
        );
    let unlinked = sandbox().await;
    if line.contains(" link ") {
        unlinked.phone(PHONE).type_code_when_issued(Duration::ZERO);
        url = unlinked.url();
    }
    let ran = if line.contains(" login ") {
        // A person would be asked for what is not given.
        let given = if line.contains("--url") {
            line.clone()
        } else {
            line.replace(" login ", &format!(" login --url {url} --id {INSTANCE} "))
        };
        finish(
            shell(
                &given.replace("https://7103.api.greenapi.com", &url),
                folder.path(),
            ),
            TOKEN,
        )
        .await
    } else if line.contains(" listen") {
        world.sandbox.instance().notify(
            &json!({ "typeWebhook": "stateInstanceChanged", "stateInstance": "authorized" }),
        );
        finish(
            with_instance(shell(&format!("{line} --limit 1"), folder.path()), &url),
            "",
        )
        .await
    } else {
        finish(with_instance(shell(&line, folder.path()), &url), "").await
    };
    assert_eq!(ran.code, 0, "{line}\n{}", ran.show());
}

#[tokio::test]
async fn every_line_works_as_typed() {
    let has_jq = Command::new("jq").arg("--version").output().is_ok();
    let lines = lines();
    assert!(lines.len() > 25, "{lines:#?}");
    for line in lines {
        if has_jq || !line.contains("jq ") {
            try_line(&line).await;
        } else {
            eprintln!("skipped, since there is no jq: {line}");
        }
    }
}
