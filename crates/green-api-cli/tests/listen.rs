//! `green-api listen`: printing, running a command, giving up, and ending.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use common::{
    INSTANCE, PATIENCE, Ran, TOKEN, calls, green_api, green_api_at, no_profiles, run, sandbox,
    settings, silent,
};
use green_api_sandbox::{Fault, Sandbox, State};
use serde_json::{Value, json};

/// A sandbox with texts in its queue.
async fn with_texts(texts: &[&str]) -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    for (index, words) in texts.iter().enumerate() {
        sandbox.instance().notify(&text(index, words));
    }
    sandbox
}

fn text(index: usize, words: &str) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": { "idInstance": INSTANCE, "wid": "447700900123@c.us", "typeInstance": "whatsapp" },
        "timestamp": 1_793_698_867 + index,
        "idMessage": format!("3A{index:018}"),
        "senderData": { "chatId": "447700900145@c.us", "sender": "447700900145@c.us", "chatName": "Ada", "senderName": "Ada" },
        "messageData": { "typeMessage": "textMessage", "textMessageData": { "textMessage": words } },
    })
}

async fn listen(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let arguments: Vec<&str> = ["listen"].iter().chain(more).copied().collect();
    run(green_api_at(&sandbox.url(), &arguments)).await
}

#[tokio::test]
async fn notifications_are_printed_and_deleted() {
    let sandbox = with_texts(&["one", "two\n\u{1b}[2J", "three"]).await;
    let human = listen(&sandbox, &["--limit", "2"]).await;
    let json = listen(&sandbox, &["--once", "--json"]).await;
    assert_eq!(calls(&sandbox, "deleteNotification"), 3);
    settings()
        .bind(|| insta::assert_snapshot!("printed", format!("{}\n{}", human.show(), json.show())));
}

#[tokio::test]
async fn a_command_gets_the_json_and_its_end_decides() {
    let sandbox = with_texts(&["one", "two"]).await;
    let folder = tempfile::tempdir().unwrap();
    let (out, failed) = (folder.path().join("out"), folder.path().join("failed"));
    // The first time it fails.
    let command = format!(
        "cat >> '{}'; test -e '{1}' || {{ touch '{1}'; exit 7; }}; echo handled",
        out.display(),
        failed.display()
    );
    let ran = listen(&sandbox, &["--limit", "2", "--exec", &command]).await;
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "handled\nhandled\n"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains(
            "attempt 1 to handle a notification failed: the command ended with exit status: 7"
        ),
        "{}",
        ran.err
    );
    let received: Vec<Value> = fs::read_to_string(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let texts: Vec<&str> = received
        .iter()
        .map(|body| {
            body["messageData"]["textMessageData"]["textMessage"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert_eq!(texts, ["one", "one", "two"]);
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
}

#[tokio::test]
async fn what_fails_too_often_goes_to_a_file_and_the_next_one_comes() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    let file = letters.display().to_string();
    let arguments = [
        "--once",
        "--exec",
        "! grep -q poison",
        "--attempts",
        "1",
        "--dead-letter",
        &file,
        "--json",
    ];
    let ran = listen(&sandbox, &arguments).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let told: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        told.iter().all(|event| event["event"] == "trouble") && told.len() == 2,
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("poison"), "{}", ran.out);
    let lines = fs::read_to_string(&letters).unwrap();
    let [letter] = lines.lines().collect::<Vec<_>>()[..] else {
        panic!("{lines}")
    };
    let letter: Value = serde_json::from_str(letter).unwrap();
    assert_eq!(
        (letter["attempts"].as_u64(), letter["error"].as_str()),
        (Some(1), Some("the command ended with exit status: 1"))
    );
    assert_eq!(
        letter["notification"]["messageData"]["textMessageData"]["textMessage"],
        "poison"
    );
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(
        fs::metadata(&letters).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn without_a_file_what_fails_stays_and_blocks_and_that_is_told() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let folder = tempfile::tempdir().unwrap();
    let mended = folder.path().join("mended");
    let exec = format!("test -e '{}'", mended.display());
    let mut child = spawn(
        &sandbox,
        &["--json", "--attempts", "1", "--limit", "2", "--exec", &exec],
    );
    let told = first_line(&mut child).await;
    assert!(
        told.contains("blocks the queue") && told.contains("--dead-letter FILE, or --drop"),
        "{told}"
    );
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
    fs::write(&mended, "").unwrap();
    let mut rest = child.stdout.take().unwrap();
    let out = tokio::task::spawn_blocking(move || {
        let mut out = String::new();
        rest.read_to_string(&mut out).map(|_| out)
    });
    let out = out.await.unwrap().unwrap();
    assert_eq!(end(child).await, (Some(0), String::new()));
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
    assert!(out.contains("{\"event\":\"recovered\","), "{out}");
}

#[tokio::test]
async fn dropping_is_asked_for_by_name() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let arguments = [
        "--once",
        "--exec",
        "! grep -q poison",
        "--attempts",
        "1",
        "--drop",
    ];
    let ran = listen(&sandbox, &arguments).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err
            .contains(&format!("instance {INSTANCE}: gave up on a notification")),
        "{}",
        ran.err
    );
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
    let ran = listen(&sandbox, &["--drop", "--dead-letter", "x"]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[tokio::test]
async fn dead_letters_that_others_can_read_are_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = with_texts(&["good"]).await;
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    fs::write(&letters, "").unwrap();
    fs::set_permissions(&letters, fs::Permissions::from_mode(0o666)).unwrap();
    let file = letters.display().to_string();
    let ran = listen(&sandbox, &["--once", "--dead-letter", &file]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("(mode 0666); run: chmod 600 '"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn a_command_does_not_inherit_tokens() {
    let sandbox = with_texts(&["good"]).await;
    let mut command = green_api_at(
        &sandbox.url(),
        &["listen", "--once", "--exec", "cat > /dev/null; env"],
    );
    command
        .env("GREEN_API_PARTNER_TOKEN", "gac.partner-token")
        .env("GREEN_API_WEBHOOK_TOKEN", "webhook-token");
    let ran = run(command).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("GREEN_API_URL="), "{}", ran.out);
    assert!(!ran.out.contains("TOKEN"), "{}", ran.out);
}

#[tokio::test]
async fn what_usual_parsers_refuse_is_never_lost() {
    // Nested too deep for most, and half a character.
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let body = format!(
        r#"{{"typeWebhook":"incomingMessageReceived","instanceData":{{"idInstance":{INSTANCE}}},"half":"\ud83d","deep":{deep}}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let (out, letters) = (folder.path().join("out"), folder.path().join("dead.jsonl"));
    let exec = format!("cat > '{}'; exit 1", out.display());
    let file = letters.display().to_string();
    let given_up: &[&str] = &["--attempts", "1", "--dead-letter", &file, "--exec", &exec];
    for more in [given_up, &["--once"]] {
        let mut command = Command::new(cargo_bin!("green-api"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .args([
                "listen",
                "--webhook",
                "127.0.0.1:0",
                "--without-authorization",
                "--json",
            ])
            .args(more);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let listening: Value = serde_json::from_str(&first_line(&mut child).await).unwrap();
        assert_eq!(
            post(listening["url"].as_str().unwrap(), None, &body).await,
            200
        );
        if more == given_up {
            signal("-INT", &child);
            assert_eq!(end(child).await, (Some(0), String::new()));
            assert_eq!(fs::read_to_string(&out).unwrap(), format!("{body}\n"));
            let letter: Value =
                serde_json::from_str(&fs::read_to_string(&letters).unwrap()).unwrap();
            assert_eq!(letter["notification"], body);
        } else {
            let printed: Value = serde_json::from_str(&first_line(&mut child).await).unwrap();
            assert_eq!(printed["notification"], body);
            assert_eq!(end(child).await, (Some(0), String::new()));
        }
    }
}

#[tokio::test]
async fn dead_letters_may_go_to_a_pipe() {
    let sandbox = with_texts(&["poison", "good"]).await;
    let ran = listen(
        &sandbox,
        &[
            "--once",
            "--exec",
            "! grep -q poison",
            "--attempts",
            "1",
            "--dead-letter",
            "/dev/stderr",
        ],
    )
    .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err
            .lines()
            .any(|line| line.starts_with("{\"attempts\":1,") && line.contains("poison")),
        "{}",
        ran.err
    );
    assert_eq!(calls(&sandbox, "deleteNotification"), 2);
}

#[tokio::test]
async fn a_full_disk_leaves_no_half_dead_letter() {
    let sandbox = with_texts(&[&"long ".repeat(1_000)]).await;
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    fs::write(&letters, "{}\n").unwrap();
    // No file may grow beyond a block, which is shorter than the letter.
    let script = r#"trap '' XFSZ; ulimit -f 1; exec "$0" listen --json --attempts 1 --exec false --dead-letter "$1""#;
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(script)
        .arg(cargo_bin!("green-api"))
        .arg(&letters);
    let mut child = at(command, &sandbox.url());
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let told = tokio::task::spawn_blocking(move || {
        out.by_ref()
            .lines()
            .find(|line| line.as_ref().unwrap().contains("dead letter"))
    });
    let told = told.await.unwrap().unwrap().unwrap();
    assert!(told.contains("File too large"), "{told}");
    assert_eq!(fs::read_to_string(&letters).unwrap(), "{}\n");
    signal("-INT", &child);
    assert_eq!(end(child).await, (Some(0), String::new()));
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
}

#[tokio::test]
async fn what_waiting_does_not_mend_ends_it() {
    let sandbox = with_texts(&[]).await;
    let mut command = green_api_at(&sandbox.url(), &["listen"]);
    command.env("GREEN_API_TOKEN_INSTANCE", "0123456789abcdef");
    let ran = run(command).await;
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(
        ran.err
            .starts_with("error: receiveNotification: the token is wrong (HTTP 401)"),
        "{}",
        ran.err
    );
    let ran = listen(&sandbox, &["--dead-letter", "no/such/folder/dead.jsonl"]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[tokio::test]
async fn a_closed_pipe_keeps_the_notification() {
    let sandbox = with_texts(&["one"]).await;
    let mut child = spawn(&sandbox, &["--json"]);
    drop(child.stdout.take());
    let (code, err) = end(child).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
}

fn spawn(sandbox: &Sandbox, more: &[&str]) -> Child {
    let mut command = Command::new(cargo_bin!("green-api"));
    command.arg("listen").args(more);
    at(command, &sandbox.url())
}

/// Starts it with the credentials of the instance at this address.
fn at(mut command: Command, url: &str) -> Child {
    command
        .env_clear()
        .env("GREEN_API_CONFIG_DIR", no_profiles())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("GREEN_API_URL", url)
        .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
        .env("GREEN_API_TOKEN_INSTANCE", TOKEN);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn end(child: Child) -> (Option<i32>, String) {
    tokio::task::spawn_blocking(move || {
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    })
    .await
    .unwrap()
}

fn signal(name: &str, child: &Child) {
    assert!(
        Command::new("kill")
            .args([name, &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

/// The first line that the command under test writes.
async fn first_line(child: &mut Child) -> String {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (line, out) = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        (line, out.into_inner())
    })
    .await
    .unwrap();
    child.stdout = Some(out);
    line
}

/// Posts a notification as the server does, and gives the status of the answer.
async fn post(url: &str, authorization: Option<&str>, body: &str) -> u16 {
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let authorization = authorization
        .map(|token| format!("Authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\n{authorization}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn as_a_webhook_address_it_answers_when_the_command_has_ended() {
    let body = text(0, "one").to_string();
    let mut command = Command::new(cargo_bin!("green-api"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GREEN_API_WEBHOOK_TOKEN", "s3cr3t-of-the-address");
    command.args([
        "listen",
        "--webhook",
        "127.0.0.1:0",
        "--limit",
        "2",
        "--json",
    ]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let listening: Value = serde_json::from_str(&first_line(&mut child).await).unwrap();
    let url = listening["url"].as_str().unwrap();
    assert_eq!(listening["event"], "listening");
    assert_eq!(post(url, None, &body).await, 401);
    assert_eq!(post(url, Some("another"), &body).await, 401);
    assert_eq!(post(url, Some("s3cr3t-of-the-address"), &body).await, 200);
    assert_eq!(
        post(
            url,
            Some("s3cr3t-of-the-address"),
            &text(1, "two").to_string()
        )
        .await,
        200
    );
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    let printed: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        printed
            .iter()
            .map(|event| &event["notification"])
            .collect::<Vec<_>>(),
        [&text(0, "one"), &text(1, "two")]
    );
    assert_eq!(end(child).await, (Some(0), String::new()));
}

#[tokio::test]
async fn what_waits_at_the_end_is_posted_again_and_not_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (go, letters) = (folder.path().join("go"), folder.path().join("dead.jsonl"));
    let exec = format!(
        "echo started; while ! test -e '{}'; do sleep 0.02; done",
        go.display()
    );
    let mut command = Command::new(cargo_bin!("green-api"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.args([
        "listen",
        "--webhook",
        "127.0.0.1:0",
        "--without-authorization",
        "--once",
        "--attempts",
        "1",
        "--exec",
        &exec,
    ]);
    let mut child = command
        .arg("--dead-letter")
        .arg(&letters)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut listening = String::new();
    err.read_line(&mut listening).unwrap();
    let url = listening
        .split(' ')
        .find(|word| word.starts_with("http://"))
        .unwrap()
        .to_owned();
    let in_hand = tokio::spawn({
        let url = url.clone();
        async move { post(&url, None, &text(0, "one").to_string()).await }
    });
    assert_eq!(first_line(&mut child).await, "started\n");
    let begin = |method: &str, body: &str| {
        let mut connection = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        let length = body.len();
        write!(connection, "{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        connection
    };
    let mut waits = begin("POST", &text(1, "two").to_string());
    // What came after it has been answered, so it has come.
    begin("GET", "").read_to_string(&mut String::new()).unwrap();
    fs::write(&go, "").unwrap();
    assert_eq!(in_hand.await.unwrap(), 200);
    let mut answer = String::new();
    waits.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert_eq!(end(child).await.0, Some(0));
    assert_eq!(fs::read_to_string(&letters).unwrap(), "");
}

#[tokio::test]
async fn that_anybody_may_post_has_to_be_said() {
    let mut all = String::new();
    for (arguments, token) in [
        (&["listen", "--webhook", "127.0.0.1:0"][..], ""),
        (
            &[
                "listen",
                "--webhook",
                "127.0.0.1:0",
                "--without-authorization",
            ],
            "x",
        ),
    ] {
        let mut command = green_api(arguments);
        command.env("GREEN_API_WEBHOOK_TOKEN", token);
        let ran = run(command).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        all += &ran.err;
    }
    settings().bind(|| insta::assert_snapshot!("authorization", all));
}

#[tokio::test]
async fn ctrl_c_finishes_the_one_in_hand() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let sandbox = with_texts(&["one", "two"]).await;
        let folder = tempfile::tempdir().unwrap();
        let go = folder.path().join("go");
        let command = format!(
            "echo started; while ! test -e '{}'; do sleep 0.02; done; echo finished",
            go.display()
        );
        let mut child = spawn(&sandbox, &["--exec", &command]);
        assert_eq!(first_line(&mut child).await, "started\n");
        signal(name, &child);
        fs::write(&go, "").unwrap();
        let (code, err) = end(child).await;
        assert_eq!(code, Some(0), "{name}: {err}");
        assert_eq!(calls(&sandbox, "deleteNotification"), 1, "{name}");
    }
}

#[tokio::test]
async fn the_second_ctrl_c_waits_for_nothing() {
    let sandbox = with_texts(&["one"]).await;
    let mut child = spawn(&sandbox, &["--exec", "echo started; sleep 60"]);
    assert_eq!(first_line(&mut child).await, "started\n");
    assert_eq!(end_by_signals(child).await, Some(130));
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
}

#[tokio::test]
async fn the_second_ctrl_c_ends_a_command_that_does_not_listen() {
    let sandbox = with_texts(&["one"]).await;
    let folder = tempfile::tempdir().unwrap();
    let beats = folder.path().join("beats");
    // A shell of its own, which is not the one that is started.
    let exec = format!(
        "sh -c 'trap \"\" TERM INT HUP; echo started; while :; do echo >> {}; sleep 0.02; done' & wait",
        beats.display()
    );
    let mut child = spawn(&sandbox, &["--exec", &exec]);
    assert_eq!(first_line(&mut child).await, "started\n");
    // Whoever still lives has the other end of the output.
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(end_by_signals(child).await, Some(130));
    let size = || fs::metadata(&beats).unwrap().len();
    let before = size();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(size(), before, "it goes on");
}

/// Signals that wait are one, so the first has to have arrived before the second is sent: it is sent until it has.
async fn end_by_signals(child: Child) -> Option<i32> {
    let id = child.id().to_string();
    let ended = tokio::spawn(end(child));
    let send = async {
        while !ended.is_finished() {
            let _ = Command::new("kill")
                .args(["-INT", &id])
                .stderr(Stdio::null())
                .status();
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, send).await;
    if in_time.is_err() {
        let _ = Command::new("kill").args(["-KILL", &id]).status();
    }
    ended.await.unwrap().0
}

#[tokio::test]
async fn the_second_ctrl_c_does_not_wait_for_the_server_either() {
    let sandbox = with_texts(&["one"]).await;
    sandbox
        .faults()
        .add(Fault::on("deleteNotification").no_answer());
    let mut child = spawn(&sandbox, &[]);
    assert!(first_line(&mut child).await.contains("one"));
    assert_eq!(end_by_signals(child).await, Some(130));
}

#[tokio::test]
async fn ctrl_c_ends_it_before_it_has_begun() {
    let (listener, url) = silent();
    let mut command = Command::new(cargo_bin!("green-api"));
    command.arg("listen");
    let child = at(command, &url);
    let (connection, child) =
        tokio::task::spawn_blocking(move || (listener.accept().unwrap().0, child))
            .await
            .unwrap();
    signal("-INT", &child);
    let id = child.id().to_string();
    let mut ended = tokio::spawn(end(child));
    let in_time = tokio::time::timeout(PATIENCE, &mut ended).await;
    if in_time.is_err() {
        let _ = Command::new("kill").args(["-KILL", &id]).status();
    }
    assert_eq!(
        in_time.expect("it waits for the server").unwrap(),
        (Some(0), String::new())
    );
    drop(connection);
}
