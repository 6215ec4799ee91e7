//! `green-api sandbox`, used from outside as any client would.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use common::{get, green_api, run, settings};
use serde_json::Value;

/// A sandbox that runs until it is dropped.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(cargo_bin!("green-api"));
        command
            .env_clear()
            .arg("sandbox")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// The variables of an instance, which it prints first.
    fn variables(&mut self) -> Vec<(String, String)> {
        let variable = |line: String| {
            let (name, value) = line
                .trim_end()
                .strip_prefix("export ")
                .unwrap()
                .split_once('=')
                .unwrap();
            (name.to_owned(), value.to_owned())
        };
        (0..3).map(|_| variable(self.line())).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends these bytes and reads the answer's body.
fn exchange(url: &str, head: &str, body: &str) -> Value {
    let address = url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        connection,
        "{head}Host: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn its_variables_reach_it() {
    let mut sandbox = Running::start(&["--state", "yellowCard"]);
    let mut command = green_api(&["state"]);
    command.envs(sandbox.variables());
    assert_eq!(run(command).await.show(), "exit: 0\nstdout:\nyellowCard\n");
}

#[tokio::test]
async fn it_answers_the_documentations_examples() {
    // What curl sends with the documented header and body, and what Python's requests sends without a Content-Type.
    let curl = (
        "Content-Type: application/json\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n",
        "{\n      \"phoneNumber\": 441234567890\n  }",
    );
    let requests = (
        "User-Agent: python-requests/2.32.3\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n",
        "{\"phoneNumber\": 441234567890}",
    );
    for (headers, body) in [curl, requests] {
        let mut sandbox = Running::start(&[]);
        let variables = sandbox.variables();
        let [(_, url), (_, id), (_, token)] = &variables[..] else {
            panic!("{variables:?}")
        };
        let head =
            format!("POST /waInstance{id}/getAuthorizationCode/{token} HTTP/1.1\r\n{headers}");
        let answer = exchange(url, &head, body);
        assert_eq!(answer["status"], true, "{answer}");
        assert_eq!(answer["code"].as_str().unwrap().len(), 8, "{answer}");
    }
}

#[tokio::test]
async fn its_phone_types_codes_by_itself() {
    let mut sandbox = Running::start(&[
        "--link-after",
        "0",
        "--number",
        "+44 7700 900456",
        "--delay",
        "0.1",
    ]);
    let variables = sandbox.variables();
    let mut command = green_api(&["link", "447700900456", "--timeout", "30"]);
    command.envs(variables);
    let ran = run(command).await;
    assert!(ran.out.ends_with("Linked: 447700900456@c.us\n"), "{ran:?}");
}

#[tokio::test]
async fn it_can_refuse_codes() {
    let mut sandbox = Running::start(&["--refuse-codes"]);
    let mut command = green_api(&["link", "447700900123"]);
    command.envs(sandbox.variables());
    assert_eq!(run(command).await.code, 3);
}

#[tokio::test]
async fn its_journals_are_as_late_as_it_is_told() {
    for (delay, has_it) in [(&["--journal-delay", "0"][..], true), (&[], false)] {
        let arguments = [&["--state", "authorized"], delay].concat();
        let mut sandbox = Running::start(&arguments);
        let variables = sandbox.variables();
        let commands = [
            &["settings", "set", "outgoingAPIMessageWebhook=yes"][..],
            &["send", "text", "--to", "+44 7700 900145", "Hello"],
            &["history", "outgoing"],
        ];
        let mut out = String::new();
        for arguments in commands {
            let mut command = green_api(arguments);
            command.envs(variables.clone());
            let ran = run(command).await;
            assert_eq!(ran.code, 0, "{ran:?}");
            out = ran.out;
            let head = "POST /sandbox/clock/advance HTTP/1.1\r\nContent-Type: application/json\r\n";
            exchange(&variables[0].1, head, r#"{"seconds":3}"#);
        }
        assert_eq!(out.contains("Hello"), has_it, "{out}");
    }
    let ran = run(green_api(&["sandbox", "--journal-delay", "121"])).await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .starts_with("error: --journal-delay: must be 120 seconds or less"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn its_partner_can_list_instances() {
    let mut sandbox = Running::start(&[]);
    let variables = sandbox.variables();
    let partner = sandbox.line();
    let (name, token) = partner
        .trim_end()
        .strip_prefix("export ")
        .unwrap()
        .split_once('=')
        .unwrap();
    let mut command = green_api(&["call", "getInstances"]);
    command
        .env(name, token)
        .env(&variables[0].0, &variables[0].1);
    let ran = run(command).await;
    assert_eq!(
        serde_json::from_str::<Value>(&ran.out).unwrap()[0]["idInstance"],
        1_101_000_001,
        "{ran:?}"
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_token() {
    let tokens = [["--seed", "7"], ["--seed", "7"], ["--seed", "8"]]
        .map(|arguments| Running::start(&arguments).variables().pop().unwrap().1);
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[0], tokens[2]);
}

#[tokio::test]
async fn without_a_seed_nobody_can_guess_the_token() {
    let [one, other] = [(); 2].map(|()| Running::start(&[]).variables().pop().unwrap().1);
    assert_eq!(one.len(), 50);
    assert_ne!(one, other);
}

#[tokio::test]
async fn pages_may_use_it_only_if_their_origin_is_allowed() {
    let mut sandbox = Running::start(&["--allow-origin", "http://localhost:3000"]);
    let variables = sandbox.variables();
    let [(_, url), (_, id), (_, token)] = &variables[..] else {
        panic!("{variables:?}")
    };
    let status = |origin: &str| {
        let address = url.strip_prefix("http://").unwrap();
        let mut connection = TcpStream::connect(address).unwrap();
        let path = format!("/waInstance{id}/getStateInstance/{token}");
        write!(
            connection,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer[9..12].to_owned()
    };
    assert_eq!(status("http://localhost:3000"), "200");
    assert_eq!(status("http://localhost:3001"), "403");
}

#[tokio::test]
async fn its_credentials_as_json() {
    let line = Running::start(&["--json", "--seed", "0"]).line();
    settings().bind(|| insta::assert_snapshot!("json", line));
}

#[tokio::test]
async fn an_address_that_is_taken_and_a_bad_number_are_said() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let ran = run(green_api(&[
        "sandbox",
        "--listen",
        &taken.local_addr().unwrap().to_string(),
    ]))
    .await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.starts_with("error: cannot listen on 127.0.0.1:"),
        "{}",
        ran.err
    );
    let ran = run(green_api(&[
        "sandbox",
        "--link-after",
        "1",
        "--number",
        "abc",
    ]))
    .await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .starts_with("error: --number: a phone number cannot have the character 'a'"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn it_serves_metrics() {
    let arguments = [
        "--json",
        "--state",
        "authorized",
        "--metrics",
        "127.0.0.1:0",
    ];
    let mut sandbox = Running::start(&arguments);
    let event: Value = serde_json::from_str(&sandbox.line()).unwrap();
    let metrics: Value = serde_json::from_str(&sandbox.line()).unwrap();
    assert_eq!(metrics["event"], "metrics");
    let text = |key: &str| event[key].as_str().unwrap().to_owned();
    let (url, token) = (text("url"), text("apiTokenInstance"));
    let id = &event["idInstance"];
    let state = format!("{url}/waInstance{id}/getStateInstance/{token}");
    assert_eq!(get(&state, None).await.0, 200);
    assert_eq!(get(&state, None).await.0, 429);
    let (status, text) = get(metrics["url"].as_str().unwrap(), None).await;
    assert_eq!(status, 200);
    for line in [
        r#"green_api_sandbox_requests_total{operation="getStateInstance",status="200"} 1"#,
        r#"green_api_sandbox_requests_total{operation="getStateInstance",status="429"} 1"#,
        &format!(r#"green_api_sandbox_pending_notifications{{instance="{id}"}} 0"#),
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    assert!(!text.contains(&token));
}
