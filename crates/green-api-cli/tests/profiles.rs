//! `green-api login` and `profiles`, and whose instance is called.

mod common;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use common::{
    INSTANCE, Ran, TOKEN, calls, green_api, green_api_at, run, sandbox, sandbox_with, settings,
};
use green_api_sandbox::Sandbox;
use serde_json::Value;
use tempfile::TempDir;

/// The command with profiles in this folder.
fn with_profiles(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = green_api(arguments);
    command.env("GREEN_API_CONFIG_DIR", folder);
    command
}

async fn login(folder: &Path, sandbox: &Sandbox, token: &str, more: &[&str]) -> Ran {
    let (url, id) = (sandbox.url(), INSTANCE.to_string());
    let arguments: Vec<&str> = ["login", "--url", &url, "--id", &id]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let mut command = with_profiles(folder, &arguments);
    command.write_stdin(format!("{token}\n"));
    run(command).await
}

/// Golden files do not depend on where the folder is.
fn show(ran: &Ran, folder: &TempDir) -> String {
    ran.show()
        .replace(&folder.path().display().to_string(), "[folder]")
}

#[tokio::test]
async fn an_instance_is_stored_and_used_and_removed() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("new");
    let steps = [
        login(&path, &sandbox, TOKEN, &[]).await,
        run(with_profiles(&path, &["state"])).await,
        login(&path, &sandbox, TOKEN, &["--profile", "sales", "--json"]).await,
        run(with_profiles(&path, &["state", "--profile", "sales"])).await,
        run(with_profiles(&path, &["profiles", "list"])).await,
        run(with_profiles(&path, &["profiles", "list", "--json"])).await,
        run(with_profiles(&path, &["profiles", "remove", "default"])).await,
        run(with_profiles(
            &path,
            &["profiles", "remove", "default", "--json"],
        ))
        .await,
        run(with_profiles(&path, &["state"])).await,
        run(with_profiles(&path, &["state", "--profile", "default"])).await,
        run(with_profiles(
            &path,
            &["profiles", "remove", "sales", "--json"],
        ))
        .await,
        run(with_profiles(&path, &["profiles", "list"])).await,
    ];
    let all = steps
        .iter()
        .map(|ran| show(ran, &folder))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(!all.contains(TOKEN), "{all}");
    settings().bind(|| insta::assert_snapshot!("stored", all));
}

#[tokio::test]
async fn a_wrong_token_stores_nothing() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let ran = login(folder.path(), &sandbox, "0123456789abcdef", &[]).await;
    assert_eq!(ran.code, 4);
    assert!(
        ran.err.trim_end().ends_with("nothing was stored"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // Unless it is not tried.
    let calls_before = calls(&sandbox, "getStateInstance");
    assert_eq!(
        login(folder.path(), &sandbox, "0123456789abcdef", &["--no-check"])
            .await
            .code,
        0
    );
    assert_eq!(
        (
            fs::read_dir(folder.path()).unwrap().count(),
            calls(&sandbox, "getStateInstance")
        ),
        // The profiles and their lock.
        (2, calls_before)
    );
}

#[tokio::test]
async fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = String::new();
    let url = "https://7103.api.example.com";
    let cases: [(&[&str], &str); 5] = [
        (&["login"], TOKEN),
        (&["login", "--url", url], TOKEN),
        (&["login", "--url", url, "--id", "7103000001"], ""),
        (
            &["login", "--url", url, "--id", "7103000001"],
            "../getSettings",
        ),
        (
            &[
                "login",
                "--url",
                "http://7103.api.example.com",
                "--id",
                "7103000001",
            ],
            TOKEN,
        ),
    ];
    for (arguments, token) in cases {
        let mut command = with_profiles(folder.path(), arguments);
        command.write_stdin(token);
        let ran = run(command).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        all += &format!("$ green-api {}\n{}", arguments.join(" "), ran.err);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    settings().bind(|| insta::assert_snapshot!("missing", all));
}

#[tokio::test]
async fn variables_win_over_the_default_and_never_mix_with_a_named_profile() {
    let (stored, named) = (sandbox().await, sandbox().await);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        login(folder.path(), &stored, TOKEN, &["--no-check"])
            .await
            .code,
        0
    );

    let mut command = green_api_at(&named.url(), &["state"]);
    command.env("GREEN_API_CONFIG_DIR", folder.path());
    assert_eq!(run(command).await.code, 0);
    assert_eq!(
        (
            calls(&stored, "getStateInstance"),
            calls(&named, "getStateInstance")
        ),
        (0, 1)
    );

    let mut command = green_api_at(&named.url(), &["state", "--profile", "default"]);
    command.env("GREEN_API_CONFIG_DIR", folder.path());
    let both = run(command).await;
    // One variable alone is not filled up from the profile either.
    let mut command = with_profiles(folder.path(), &["state"]);
    command.env("GREEN_API_URL", named.url());
    let half = run(command).await;
    assert_eq!((both.code, half.code), (2, 2));
    assert_eq!(
        (
            calls(&stored, "getStateInstance"),
            calls(&named, "getStateInstance")
        ),
        (0, 1)
    );
    settings().bind(|| insta::assert_snapshot!("both", both.err + &half.err));
}

#[tokio::test]
async fn a_partners_account_is_a_profile_of_its_own() {
    let (sandbox, folder) = (
        sandbox_with(Sandbox::builder().partner_token(TOKEN)).await,
        tempfile::tempdir().unwrap(),
    );
    let url = sandbox.url();
    let mut command = with_profiles(folder.path(), &["login", "--partner", "--url", &url]);
    command.write_stdin(TOKEN);
    assert_eq!(run(command).await.code, 0);
    assert_eq!(
        run(with_profiles(folder.path(), &["partner", "instances"]))
            .await
            .code,
        0
    );
    let ran = run(with_profiles(
        folder.path(),
        &["state", "--profile", "partner"],
    ))
    .await;
    assert_eq!(
        ran.show(),
        "exit: 2\nstderr:\nerror: profile partner is a partner account, but this command needs an instance\n"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn others_cannot_read_it_or_it_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("new");
    assert_eq!(login(&path, &sandbox, TOKEN, &[]).await.code, 0);
    let file = path.join("profiles.json");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&file)), (0o700, 0o600));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let ran = run(with_profiles(&path, &["state"])).await;
    assert_eq!(ran.code, 0);
    let told = format!(
        "warning: {0} holds tokens and is readable by other users (mode 0640); run: chmod 600 '{0}'\n",
        file.display()
    );
    assert_eq!(ran.err, told);
    // With `--json`, standard error stays empty.
    let ran = run(with_profiles(&path, &["state", "--json"])).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[tokio::test]
async fn a_damaged_file_is_told_without_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("profiles.json"),
        format!(r#"{{"profiles":{{"default":{{"apiTokenInstance":"{TOKEN}"}}}}}}"#),
    )
    .unwrap();
    for arguments in [
        &["state", "--json"][..],
        &["profiles", "list", "--json"],
        &["login", "--url", "https://a.example", "--json"],
    ] {
        let ran = run(with_profiles(folder.path(), arguments)).await;
        let event: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(
            (ran.code, event["kind"].as_str()),
            (2, Some("configuration")),
            "{event}"
        );
        assert!(!ran.out.contains(TOKEN));
    }
}
