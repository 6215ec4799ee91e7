//! The token is in no output and in no log, whatever happens.

mod common;

use std::time::Duration;

use common::commands::{COMMANDS, ORDER_TOKEN, World};
use common::{INSTANCE, PHONE, Ran, TOKEN, calls, green_api, green_api_at, run, sandbox, silent};
use futures_util::future::join_all;
use green_api_sandbox::{Fault, State};
use green_api_tests::sockets::Nobody;

/// Servers' mistakes, above all those that repeat the token.
fn faults(operation: &str) -> Vec<Fault> {
    let fault = || Fault::on(operation);
    let echo = format!(
        r#"{{"statusCode":400,"path":"/waInstance1/{operation}/{TOKEN}","message":"bad path /{operation}/{TOKEN}"}}"#
    );
    vec![
        fault(),
        fault().status(400).body(echo.clone()),
        fault()
            .status(400)
            .body(format!("Parameter apiTokenInstance {TOKEN} not define")),
        fault().status(401),
        fault().status(403).html(),
        fault().status(404).body(echo.clone()),
        fault().status(429).body(echo.clone()),
        fault().status(466).body(echo.clone()),
        fault().status(500).body(format!("Error: {TOKEN}")),
        fault().status(502).html(),
        fault().status(301).body(echo.clone()),
        fault().body(echo),
        fault().body(format!("{TOKEN} is not JSON")),
        fault().body(format!(
            r#"{{"stateInstance":"{TOKEN}","status":"{TOKEN}","wid":["{TOKEN}"]}}"#
        )),
        fault().truncate(),
        fault().garbage(),
        fault().huge(20 * 1024 * 1024),
        fault().drop_connection(),
    ]
}

fn assert_clean(ran: &Ran, what: &str) {
    assert!(
        !ran.out.contains(TOKEN),
        "{what}: standard output has the token:\n{}",
        ran.out
    );
    assert!(
        !ran.err.contains(TOKEN),
        "{what}: standard error has the token:\n{}",
        ran.err
    );
}

async fn try_all(
    operation: &'static str,
    arguments: &'static [&'static str],
    log: (&'static str, &'static str),
) {
    let runs = faults(operation).into_iter().map(|fault| async move {
        let what = format!("{arguments:?} {fault:?}");
        let sandbox = sandbox().await;
        sandbox.faults().add(fault);
        sandbox.phone(PHONE).type_code_when_issued(Duration::ZERO);
        let mut command = green_api_at(&sandbox.url(), arguments);
        command.env(log.0, log.1);
        let ran = run(command).await;
        assert_clean(&ran, &what);
        // Otherwise nothing was logged, and nothing was tested.
        assert!(
            ran.err.contains(" hyper_util::client::"),
            "{what}: {}",
            ran.err
        );
        assert!(
            ran.err.contains(" green_api_client::hooks: "),
            "{what}: {}",
            ran.err
        );
    });
    join_all(runs).await;
}

#[tokio::test]
async fn no_failure_shows_it() {
    tokio::join!(
        try_all(
            "getStateInstance",
            &["state", "--json"],
            ("RUST_LOG", "trace")
        ),
        try_all(
            "getAuthorizationCode",
            &["link", PHONE],
            ("RUST_LOG", "trace")
        ),
        try_all(
            "getSettings",
            &["call", "getSettings", "-vv"],
            ("RUST_LOG", "off")
        ),
    );
}

/// Every command meets a server that repeats the token, in a refusal and in its answer.
#[tokio::test]
async fn no_command_shows_it() {
    let mut called = Vec::new();
    for typed in COMMANDS {
        let echo = format!(
            r#"{{"path":"/{}/{TOKEN}","message":"bad path {TOKEN}","idMessage":"{TOKEN}","reason":"{TOKEN}"}}"#,
            typed.operation
        );
        let faults = [
            Fault::on(typed.operation).status(400).body(&*echo),
            Fault::on(typed.operation).body(&*echo),
        ];
        for (index, fault) in faults.into_iter().enumerate() {
            let world = World::new().await;
            world.sandbox.faults().add(fault);
            let mut command = world.command(typed, &[if index == 0 { "-vv" } else { "--json" }]);
            command.env("RUST_LOG", "trace");
            let ran = run(command).await;
            assert_clean(&ran, typed.name);
            assert!(
                ran.err.contains(" green_api_client::hooks: "),
                "{}: {}",
                typed.name,
                ran.err
            );
            called.push(calls(&world.sandbox, typed.operation));
        }
    }
    assert!(called.iter().all(|calls| *calls > 0), "{called:?}");
}

#[tokio::test]
async fn logging_in_and_listening_show_it_neither() {
    let folder = tempfile::tempdir().unwrap();
    for fault in [
        None,
        Some(
            Fault::on("getStateInstance")
                .status(400)
                .body(format!("bad {TOKEN}")),
        ),
    ] {
        let sandbox = sandbox().await;
        if let Some(fault) = fault {
            sandbox.faults().add(fault);
        }
        let (url, id) = (sandbox.url(), INSTANCE.to_string());
        let mut command = green_api(&["login", "--url", &url, "--id", &id, "-vv"]);
        command
            .env("GREEN_API_CONFIG_DIR", folder.path())
            .write_stdin(TOKEN);
        let ran = run(command).await;
        assert_clean(&ran, "login");
        assert!(
            ran.err.contains(" green_api_client::hooks: "),
            "{}",
            ran.err
        );
        sandbox
            .instance()
            .notify(&serde_json::json!({ "typeWebhook": "echo", "text": TOKEN }));
        let ran = run(green_api_at(&url, &["listen", "--once", "-vv", "--json"])).await;
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_clean(&ran, "listen");
    }
    let mut command = green_api(&["profiles", "list", "-vv", "--json"]);
    command.env("GREEN_API_CONFIG_DIR", folder.path());
    let ran = run(command).await;
    assert!(ran.out.contains("7103000001"), "{}", ran.out);
    assert_clean(&ran, "profiles list");
}

#[tokio::test]
async fn no_trouble_with_the_connection_shows_it() {
    let (_listener, unanswering) = silent();
    let nobody = Nobody::new();
    let cases = [
        (nobody.url(), 5),
        (unanswering, 5),
        ("http://api.example.com".to_owned(), 2),
        (format!("https://u:{TOKEN}@api.example.com"), 2),
    ];
    for (url, code) in cases {
        let ran = run(green_api_at(&url, &["state", "-vv", "--timeout", "1"])).await;
        assert_eq!(ran.code, code, "{}", ran.err);
        assert_clean(&ran, &url);
    }
    let mut command = green_api_at("https://api.example.com", &["state", "-vv"]);
    command.env("GREEN_API_TOKEN_INSTANCE", format!("{TOKEN}/getSettings"));
    assert_clean(&run(command).await, "malformed token");
}

#[tokio::test]
async fn the_token_of_its_own_sandbox_is_not_shown_either() {
    let ran = run(green_api(&["link", PHONE, "--sandbox", "-vv"])).await;
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains(" hyper_util::client::"), "{}", ran.err);
    // Nobody knows the token, but what tokens look like.
    let shown = format!("{}{}", ran.out, ran.err);
    let words = shown.split(|letter: char| !letter.is_ascii_alphanumeric());
    let tokens: Vec<&str> = words.filter(|word| word.len() == 50).collect();
    assert_eq!(tokens, [""; 0]);
}

#[tokio::test]
async fn a_new_token_is_shown_to_whom_asked_for_it() {
    let sandbox = sandbox().await;
    let ran = run(green_api_at(
        &sandbox.url(),
        &["call", "updateApiToken", "-vv"],
    ))
    .await;
    let new = sandbox.instance().api_token_instance();
    assert_ne!(new, TOKEN);
    assert!(ran.out.contains(&new), "{}", ran.out);
    assert!(!ran.err.contains(&new), "{}", ran.err);
    assert_clean(&ran, "updateApiToken");
}

#[tokio::test]
async fn the_token_of_an_order_is_not_shown_whatever_the_server_repeats() {
    let echo = format!(r#"{{"message":"bad token {ORDER_TOKEN}","extra":["{ORDER_TOKEN}"]}}"#);
    let faults = [
        Fault::on("getOrderDetails").body(echo.clone()),
        Fault::on("getOrderDetails").status(400).body(echo),
        Fault::on("getOrderDetails")
            .status(500)
            .body(format!("Error: {ORDER_TOKEN}")),
    ];
    for fault in faults {
        for more in [&[][..], &["--json"], &["-vv"]] {
            let sandbox = sandbox().await;
            sandbox.instance().set_state(State::Authorized);
            sandbox.faults().add(fault.clone());
            let arguments = [&["catalog", "order", "7500000000000301"][..], more].concat();
            let mut command = green_api_at(&sandbox.url(), &arguments);
            command.write_stdin(format!("{ORDER_TOKEN}\n"));
            let ran = run(command).await;
            assert_eq!(calls(&sandbox, "getOrderDetails"), 1, "{}", ran.show());
            assert!(!ran.show().contains(ORDER_TOKEN), "{}", ran.show());
        }
    }
}
