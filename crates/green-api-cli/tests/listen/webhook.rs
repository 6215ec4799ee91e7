//! The command as a webhook address.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::common::children::{end, first_line, signal, start};
use crate::common::{INSTANCE, green_api, run, settings};
use crate::support::{post, text, webhook};

#[tokio::test]
async fn as_a_webhook_address_it_answers_when_the_command_has_ended() {
    let body = text(0, "one").to_string();
    let mut command = webhook(&["--limit", "2", "--json"]);
    let mut child = start(command.env("GREEN_API_WEBHOOK_TOKEN", "s3cr3t-of-the-address"));
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
        let options = [&["--without-authorization", "--json"], more].concat();
        let mut child = start(&mut webhook(&options));
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
async fn what_waits_at_the_end_is_posted_again_and_not_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (go, letters) = (folder.path().join("go"), folder.path().join("dead.jsonl"));
    let exec = format!(
        "echo started; while ! test -e '{}'; do sleep 0.02; done",
        go.display()
    );
    let mut command = webhook(&[
        "--without-authorization",
        "--once",
        "--attempts",
        "1",
        "--exec",
        &exec,
    ]);
    let mut child = start(command.arg("--dead-letter").arg(&letters));
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
