//! The process and what is around it: other processes, files that are not files, outputs and inputs that fail.
#![cfg(unix)]

mod common;

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use common::children::{end, signal, start, wait};
use common::{
    INSTANCE, PHONE, Ran, TOKEN, calls, green_api, green_api_at, run, sandbox, sandbox_with, silent,
};
use green_api_sandbox::{Fault, Sandbox};
use httpmock::MockServer;
use serde_json::json;

/// An operation that this version does not know.
const UNLISTED: [&str; 5] = ["call", "sendThing", "--unchecked", "--verb", "POST"];

fn pipe(folder: &Path) -> PathBuf {
    let path = folder.join("pipe.jpg");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    path
}

fn at(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("green-api"));
    command
        .env_clear()
        .env("GREEN_API_URL", url)
        .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
        .env("GREEN_API_TOKEN_INSTANCE", TOKEN)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

#[tokio::test]
async fn twenty_logins_at_once_are_all_stored() {
    let folder = tempfile::tempdir().unwrap();
    let logins = (0..20).map(|number| {
        let name = format!("p{number}");
        let id = INSTANCE.to_string();
        let url = "https://7103.api.greenapi.com";
        let mut command = green_api(&[
            "login",
            "--url",
            url,
            "--id",
            &id,
            "--no-check",
            "--profile",
            &name,
        ]);
        command
            .env("GREEN_API_CONFIG_DIR", folder.path())
            .write_stdin(TOKEN);
        tokio::spawn(run(command))
    });
    let logins: Vec<_> = logins.collect();
    for login in logins {
        let ran = login.await.unwrap();
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let stored = fs::read_to_string(folder.path().join("profiles.json")).unwrap();
    let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored["profiles"].as_object().unwrap().len(), 20);
    let lock = fs::metadata(folder.path().join("profiles.lock")).unwrap();
    assert_eq!(lock.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn profiles_that_are_no_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::rename(pipe(folder.path()), folder.path().join("profiles.json")).unwrap();
    let mut command = green_api(&["state"]);
    command.env("GREEN_API_CONFIG_DIR", folder.path());
    let ran = run(command).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is not a file"), "{}", ran.err);
}

#[tokio::test]
async fn a_lock_that_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::rename(pipe(folder.path()), folder.path().join("profiles.lock")).unwrap();
    let id = INSTANCE.to_string();
    let url = "https://7103.api.greenapi.com";
    let arguments = ["login", "--url", url, "--id", &id, "--no-check"];
    let mut command = green_api(&arguments);
    command
        .env("GREEN_API_CONFIG_DIR", folder.path())
        .write_stdin(TOKEN);
    let ran = run(command).await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("profiles.lock: it is not a file; nothing was stored"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn what_never_ends_is_not_read_for_ever() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let pipe = pipe(folder.path());
    let large = folder.path().join("large.jpg");
    File::create(&large).unwrap().set_len(300 << 20).unwrap();
    let text = |path: &Path| format!("@{}", path.display());
    let file = |path: &Path| format!("file={}", path.display());
    let zero = Path::new("/dev/zero");
    for (option, value, told) in [
        ("--body", text(&pipe), "within the 2 s of --timeout"),
        ("--file", file(&pipe), "within the 2 s of --timeout"),
        ("--body", text(zero), "longer than 16 MiB"),
        ("--file", file(zero), "longer than 128 MiB"),
        ("--body", text(&large), "longer than 16 MiB"),
        ("--file", file(&large), "longer than 128 MiB"),
    ] {
        let mut arguments = vec!["call", "setProfilePicture", option, &value];
        if told.contains("--timeout") {
            arguments.extend(["--timeout", "2"]);
        }
        let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
        assert_eq!(ran.code, 2, "{value}: {}", ran.err);
        assert!(
            ran.err.contains(told) && ran.err.contains("nothing was sent"),
            "{value}: {}",
            ran.err
        );
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_pipe_that_ends_is_read() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let pipe = pipe(folder.path());
    let mut writer = Command::new("sh")
        .args(["-c", "echo '{\"count\": 5}' > \"$0\""])
        .arg(&pipe)
        .spawn()
        .unwrap();
    let body = format!("@{}", pipe.display());
    let arguments = [
        "call",
        "getStateInstance",
        "--body",
        &body,
        "--timeout",
        "30",
    ];
    let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
    // It has been read, since the argument is refused.
    assert!(ran.code == 2 && ran.err.contains("count"), "{ran:?}");
    assert!(writer.wait().unwrap().success());
}

#[tokio::test]
async fn the_time_limit_counts_for_standard_input() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    for arguments in [
        &["send", "text", "--to", PHONE, "-"][..],
        &["call", "setSettings", "--body", "-"],
        &["catalog", "order", "1"],
        &["login", "--url", &sandbox.url(), "--id", "7103000001"],
    ] {
        let mut command = at(&sandbox.url(), arguments);
        command
            .args(["--timeout", "1"])
            .env("GREEN_API_CONFIG_DIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let open = child.stdin.take();
        let (code, err) = end(child).await;
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.contains("within the 1 s of --timeout"), "{err}");
        drop(open);
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn what_has_no_length_is_not_sent_as_a_file() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let pipe = pipe(folder.path());
    for (file, why) in [
        (pipe.to_str().unwrap(), "pipe"),
        ("/dev/zero", "device"),
        ("/proc/self/status", "length"),
    ] {
        let arguments = ["send", "file", "--to", PHONE, file, "--timeout", "2"];
        let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(
            ran.err.contains(why) && ran.err.contains("nothing was sent"),
            "{}",
            ran.err
        );
    }
    assert_eq!(calls(&sandbox, "sendFileByUpload"), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_was_sent_and_cannot_be_shown_is_not_repeated() {
    let sandbox = sandbox().await;
    let full = async |arguments: &[&str]| {
        let mut command = at(&sandbox.url(), arguments);
        command.stdout(File::options().write(true).open("/dev/full").unwrap());
        tokio::task::spawn_blocking(move || command.stderr(Stdio::piped()).output().unwrap())
            .await
            .unwrap()
    };
    for more in [&[][..], &["--json"]] {
        let ended = full(&[&["send", "text", "--to", PHONE, "Hello"], more].concat()).await;
        assert_eq!(ended.status.code(), Some(9));
        let err = String::from_utf8(ended.stderr).unwrap();
        assert!(more.is_empty() == err.contains("do not repeat it"), "{err}");
        // What only reads can be repeated.
        assert_eq!(
            full(&[&["state"], more].concat()).await.status.code(),
            Some(1)
        );
    }
    assert_eq!(calls(&sandbox, "sendMessage"), 2);

    // The same where no file may grow.
    let folder = tempfile::tempdir().unwrap();
    let send = r#"ulimit -f 0; exec "$0" send text --to 447700900123 Hello > "$1""#;
    let mut command = Command::new("sh");
    command
        .args(["-c", send])
        .arg(cargo_bin!("green-api"))
        .arg(folder.path().join("out"))
        .envs(
            at(&sandbox.url(), &[])
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    let ended = end(command.stderr(Stdio::piped()).spawn().unwrap()).await;
    assert_eq!(ended.0, Some(9), "{}", ended.1);
    assert!(ended.1.contains("do not repeat it"), "{}", ended.1);
    assert_eq!(calls(&sandbox, "sendMessage"), 3);

    // Nobody knows what one does that this version does not know.
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.any_request();
        then.status(200).json_body(json!({}));
    });
    let mut command = at(&server.base_url(), &UNLISTED);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    let ended = end(command.stderr(Stdio::piped()).spawn().unwrap()).await;
    assert_eq!(ended.0, Some(9), "{}", ended.1);
    assert!(ended.1.contains("do not repeat it"), "{}", ended.1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_was_done_here_and_cannot_be_shown_is_not_repeated() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (bot, other, id) = (path("bot"), path("other"), INSTANCE.to_string());
    let login = ["login", "--url", &sandbox.url(), "--id", &id, "--no-check"];
    let add = [
        "outbox", "add", "--key", "1", "text", "--to", PHONE, "Hello",
    ];
    let token = folder.path().join("token");
    fs::write(&token, TOKEN).unwrap();
    // Without --json, `outbox add` and `inbox replay` print no result.
    let cases: [(&[&str], i32); 11] = [
        (&login, 9),
        (&["profiles", "list"], 1),
        (&["profiles", "remove", "default", "--json"], 9),
        (&login, 9),
        (&["profiles", "remove", "default"], 9),
        (&["new", "bot", "shop", "--path", &bot], 9),
        (&["new", "bot", "shop", "--path", &other, "--json"], 9),
        (&[&add[..], &["--json"]].concat(), 9),
        (&["outbox", "show", "1"], 1),
        (&["outbox", "cancel", "1"], 9),
        (&["inbox", "replay", "--all", "--json"], 9),
    ];
    for (arguments, code) in cases {
        let mut command = at(&sandbox.url(), arguments);
        command
            .env("GREEN_API_CONFIG_DIR", folder.path())
            .env("GREEN_API_DATA_DIR", folder.path())
            .stdin(File::open(&token).unwrap())
            .stdout(File::options().write(true).open("/dev/full").unwrap());
        let ended = end(command.stderr(Stdio::piped()).spawn().unwrap()).await;
        assert_eq!(ended.0, Some(code), "{arguments:?}: {}", ended.1);
        let told = code == 9 && !arguments.contains(&"--json");
        assert_eq!(ended.1.contains("do not repeat it"), told, "{}", ended.1);
    }
    assert!(Path::new(&bot).exists() && Path::new(&other).exists());
    let profiles = fs::read_to_string(folder.path().join("profiles.json")).unwrap();
    assert!(!profiles.contains(TOKEN), "{profiles}");
}

#[test]
fn who_interrupts_a_send_is_told_that_it_may_have_left() {
    let cases = [
        (&["send", "text", "--to", PHONE, "Hello"][..], true),
        (&UNLISTED, true),
        (&["state"], false),
    ];
    for ((arguments, told), name) in cases
        .into_iter()
        .flat_map(|case| ["-INT", "-TERM", "-HUP", "-QUIT", "-USR1"].map(|name| (case, name)))
    {
        let (server, url) = silent();
        let child = start(&mut at(&url, arguments));
        // The request is under way once it has a connection.
        let (_connection, _) = server.accept().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        signal(name, &child);
        let (code, err) = wait(child);
        // A program that ends the command decides by the code; what follows Ctrl-C is decided by the person.
        let expected = if told && name != "-INT" { 9 } else { 130 };
        assert_eq!(code, Some(expected), "{name}: {err}");
        assert_eq!(err.contains("it may have been carried out"), told, "{err}");
    }
}

#[tokio::test]
async fn who_interrupts_a_link_is_told_what_state_it_leaves() {
    const LONG: Duration = Duration::from_secs(60);
    for (line, asks, code, told) in [
        (
            "Code: ",
            false,
            130,
            "can still link the phone until it expires",
        ),
        ("Requesting", true, 9, "a code may have been issued"),
    ] {
        let sandbox = sandbox_with(Sandbox::builder().link_time(LONG)).await;
        if asks {
            let slow = Fault::on("getAuthorizationCode").delay(LONG);
            sandbox.faults().add(slow);
        }
        let mut child = start(&mut at(&sandbox.url(), &["link", PHONE]));
        let ended = tokio::task::spawn_blocking(move || {
            let out = child.stdout.take().unwrap();
            let mut err = BufReader::new(child.stderr.take().unwrap());
            let mut lines: Box<dyn BufRead> = if asks {
                Box::new(&mut err)
            } else {
                Box::new(BufReader::new(out))
            };
            let found = lines
                .by_ref()
                .lines()
                .any(|one| one.unwrap().starts_with(line));
            assert!(found, "{line}");
            drop(lines);
            signal("-TERM", &child);
            let mut rest = String::new();
            err.read_to_string(&mut rest).unwrap();
            (child.wait().unwrap().code(), rest)
        });
        let (ended, err) = ended.await.unwrap();
        assert_eq!(ended, Some(code), "{err}");
        assert!(err.contains(told), "{err}");
    }
}

#[tokio::test]
async fn a_pipe_for_dead_letters_that_nobody_reads_is_refused() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let pipe = pipe(folder.path());
    let arguments = ["listen", "--once", "--dead-letter", pipe.to_str().unwrap()];
    let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err
            .contains("it is a pipe that nobody reads; start its reader first"),
        "{}",
        ran.err
    );
    assert_eq!(calls(&sandbox, "receiveNotification"), 0);

    // One that is read is opened.
    let mut reader = Command::new("cat")
        .arg(&pipe)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut command = green_api_at(&sandbox.url(), &arguments);
    // Ends at once.
    command.env("GREEN_API_TOKEN_INSTANCE", "0123456789abcdef");
    let ran = run(command).await;
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(reader.wait().unwrap().success());
}

#[tokio::test]
async fn standard_input_has_a_limit() {
    let sandbox = sandbox().await;
    let mut command = green_api_at(&sandbox.url(), &["send", "text", "--to", PHONE, "-"]);
    command.write_stdin("x".repeat(17 * 1024 * 1024));
    let ran = run(command).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("longer than 16 MiB"), "{}", ran.err);
    assert_eq!(calls(&sandbox, "sendMessage"), 0);
}

#[tokio::test]
async fn dead_letters_that_others_can_read_are_warned_of() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().unwrap());
    let letters = folder.path().join("dead.jsonl");
    for (mode, warned) in [(0o666, true), (0o600, false)] {
        File::create(&letters).unwrap();
        fs::set_permissions(&letters, Permissions::from_mode(mode)).unwrap();
        let arguments = [
            "listen",
            "--once",
            "--dead-letter",
            letters.to_str().unwrap(),
        ];
        let mut command = green_api_at(&sandbox.url(), &arguments);
        // Ends at once.
        command.env("GREEN_API_TOKEN_INSTANCE", "0123456789abcdef");
        let ran: Ran = run(command).await;
        assert_eq!(ran.code, 4, "{}", ran.err);
        assert_eq!(
            ran.err
                .contains("holds messages and is readable by other users (mode 0666)"),
            warned,
            "{}",
            ran.err
        );
    }
}

#[tokio::test]
async fn another_chat_id_is_shown_where_the_server_says_one() {
    let server = MockServer::start_async().await;
    let answer = |path: &'static str, body: serde_json::Value| {
        server.mock(move |when, then| {
            when.path_includes(path);
            then.status(200).json_body(body);
        });
    };
    answer(
        "/checkWhatsapp/",
        json!({"existsWhatsapp": true, "chatId": "120650379300963@lid"}),
    );
    let group = "120363000000000001@g.us";
    answer(
        "/getGroupData/",
        json!({"groupId": group, "participants": [
            {"id": "447700900123@c.us", "lid": "120650379300963@lid", "isAdmin": true},
        ]}),
    );
    let check = run(green_api_at(&server.base_url(), &["check", PHONE])).await;
    assert_eq!(check.out, format!("+{PHONE}: yes (120650379300963@lid)\n"));
    let info = run(green_api_at(&server.base_url(), &["group", "info", group])).await;
    assert!(
        info.out.contains("+447700900123 120650379300963@lid admin"),
        "{}",
        info.out
    );
}

#[tokio::test]
async fn who_was_done_is_said_when_another_fails() {
    let server = MockServer::start_async().await;
    let answers = [
        ("447700900145", 200, json!({"addParticipant": true})),
        ("447700900167", 400, json!({"message": "no"})),
    ];
    for (who, status, body) in answers {
        server.mock(move |when, then| {
            when.path_includes("/addGroupParticipant/")
                .body_includes(who);
            then.status(status).json_body(body);
        });
    }
    let group = "120363000000000001@g.us";
    let people = ["447700900145", "447700900167", "447700900189"];
    let arguments = [&["group", "add", group], &people[..]].concat();
    let ran = run(green_api_at(&server.base_url(), &arguments)).await;
    assert_eq!((ran.code, &*ran.out), (3, "Added: +447700900145\n"));
    let told = "; done: +447700900145; failed: +447700900167; not tried: +447700900189\n";
    assert!(ran.err.ends_with(told), "{}", ran.err);
}
