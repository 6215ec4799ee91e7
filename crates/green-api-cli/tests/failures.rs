//! Servers that fail in every way, and what the command makes of it.

mod common;

use std::time::Duration;

use common::{PHONE, calls, green_api_at, run, sandbox, sandbox_with, settings, silent};
use futures_util::future::join_all;
use green_api_sandbox::{Fault, Sandbox};
use green_api_tests::sockets::Nobody;

const QUOTA: &str = r#"{"invokeStatus":{"method":"getstateinstance","used":100,"total":100,"status":"QUOTE_EXCEEDED","description":"Monthly quota has been exceeded"}}"#;
const REFUSED: &str = r#"{"statusCode":400,"message":"Validation failed. Details: 'phoneNumber' must be a correct phone"}"#;

/// Every way to fail that a fault of the sandbox can bring about, and the exit code.
fn faults(operation: &str) -> Vec<(&'static str, Fault, i32)> {
    let fault = || Fault::on(operation);
    vec![
        ("400 with words", fault().status(400).body(REFUSED), 3),
        (
            "400, starting",
            fault()
                .status(400)
                .body("instance in starting process try later"),
            8,
        ),
        ("401, empty", fault().status(401), 4),
        ("403, HTML", fault().status(403).html(), 4),
        ("404", fault().status(404).body("Not Found"), 3),
        ("429, empty", fault().status(429), 6),
        ("466, quota", fault().status(466).body(QUOTA), 6),
        ("500, HTML", fault().status(500).html(), 5),
        ("502, HTML", fault().status(502).html(), 5),
        ("504, HTML", fault().status(504).html(), 5),
        ("301", fault().status(301), 1),
        ("half an answer", fault().truncate(), 5),
        ("garbage", fault().garbage(), 1),
        ("20 MB", fault().huge(20 * 1024 * 1024), 1),
        ("connection dropped", fault().drop_connection(), 5),
    ]
}

async fn with_fault(fault: Fault, arguments: &[&str]) -> (Sandbox, common::Ran) {
    let sandbox = sandbox().await;
    sandbox.faults().add(fault);
    let ran = run(green_api_at(&sandbox.url(), arguments)).await;
    (sandbox, ran)
}

#[tokio::test]
async fn state_says_what_failed() {
    let runs = faults("getStateInstance")
        .into_iter()
        .map(|(name, fault, code)| async move {
            let (_, ran) = with_fault(fault, &["state"]).await;
            assert_eq!(
                (ran.code, ran.out.as_str()),
                (code, ""),
                "{name}: {}",
                ran.err
            );
            assert_eq!(ran.err.lines().count(), 1, "{name}: {}", ran.err);
            format!("{name}\n{}\n", ran.show())
        });
    let all = join_all(runs).await.concat();
    settings().bind(|| insta::assert_snapshot!("state_failures", all));
}

#[tokio::test]
async fn link_asks_once_and_says_what_failed() {
    let no_code = (
        "no code",
        Fault::on("getAuthorizationCode").status_false(),
        3,
    );
    let runs = faults("getAuthorizationCode")
        .into_iter()
        .chain([no_code])
        .map(|(name, fault, code)| async move {
            // It is no mere reading: what may have been carried out must not be repeated.
            let unsure = code == 5 || matches!(name, "garbage" | "20 MB" | "301");
            let code = if unsure { 9 } else { code };
            let (sandbox, ran) = with_fault(fault, &["link", PHONE, "--json"]).await;
            assert_eq!(
                (ran.code, ran.err.as_str()),
                (code, ""),
                "{name}: {}",
                ran.out
            );
            assert_eq!(calls(&sandbox, "getAuthorizationCode"), 1, "{name}");
            let last = ran.out.lines().last().unwrap_or_default().to_owned();
            format!("{name}: exit {}\n{last}\n\n", ran.code)
        });
    let all = join_all(runs).await.concat();
    settings().bind(|| insta::assert_snapshot!("link_failures", all));
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let nobody = Nobody::new();
    let url = nobody.url();
    let (state, link) = tokio::join!(
        run(green_api_at(&url, &["state"])),
        run(green_api_at(&url, &["link", PHONE]))
    );
    assert_eq!((state.code, link.code), (5, 5));
    assert_eq!(
        state.err,
        "error: getStateInstance: no connection to the server; check the address and the network; nothing was sent\n"
    );
    assert_eq!(link.err, state.err);
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let (_listener, url) = silent();
    let (state, call, link) = tokio::join!(
        run(green_api_at(&url, &["state", "--timeout", "0.5"])),
        run(green_api_at(
            &url,
            &["call", "logout", "--timeout", "0.5", "--json"]
        )),
        run(green_api_at(&url, &["link", PHONE, "--timeout", "0.5"])),
    );
    settings().bind(|| {
        insta::assert_snapshot!("never", [state.show(), call.show(), link.show()].join("\n"))
    });
}

#[tokio::test]
async fn a_server_that_is_late_is_waited_for() {
    let sandbox = sandbox_with(Sandbox::builder().delay(Duration::from_millis(1500))).await;
    let ran = run(green_api_at(&sandbox.url(), &["state", "--timeout", "30"])).await;
    assert_eq!(ran.show(), "exit: 0\nstdout:\nnotAuthorized\n");
}
