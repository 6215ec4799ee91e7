//! `green-api link`.

mod common;

use std::time::Duration;

use common::{PHONE, Ran, calls, green_api, green_api_at, run, sandbox, settings};
use green_api_sandbox::{Fault, Sandbox, State};
use serde_json::Value;

/// Runs `link` against a sandbox.
async fn link(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let arguments: Vec<&str> = ["link", PHONE].iter().chain(more).copied().collect();
    run(green_api_at(&sandbox.url(), &arguments)).await
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect()
}

/// These spend their time waiting for the procedure's pauses, which they can do together.
#[tokio::test]
async fn linking() {
    tokio::join!(
        with_its_own_sandbox_it_links_in_seconds(),
        it_links_the_instance_of_the_variables(),
        a_linked_account_stays_unless_asked(),
        it_asks_again_only_when_allowed(),
        a_qr_code_is_drawn_until_it_is_scanned(),
        a_qr_code_that_nobody_scans(),
    );
}

async fn with_its_own_sandbox_it_links_in_seconds() {
    let (human, json) = tokio::join!(
        run(green_api(&["link", PHONE, "--sandbox"])),
        run(green_api(&[
            "link",
            "+44 7700 900-123",
            "--sandbox",
            "--json"
        ]))
    );
    assert_eq!(lines(&json).last().unwrap()["event"], "linked");
    settings().bind(|| {
        insta::assert_snapshot!("human", human.show());
        insta::assert_snapshot!("json", json.show());
    });
}

async fn a_qr_code_is_drawn_until_it_is_scanned() {
    let (human, json) = tokio::join!(
        run(green_api(&["link", "--qr", "--sandbox"])),
        run(green_api(&["link", "--qr", "--sandbox", "--json"]))
    );
    assert_eq!((human.code, json.code), (0, 0), "{human:?} {json:?}");
    // Where there is no terminal the light squares are drawn; the quiet zone is all light.
    let drawn: Vec<&str> = human
        .out
        .lines()
        .take_while(|line| line.starts_with('█'))
        .collect();
    assert!(
        drawn.len() > 25 && drawn[0].chars().all(|square| square == '█'),
        "{}",
        human.out
    );
    assert!(!human.out.contains('\u{1b}'));
    assert!(human.out.contains("\nLinked: "), "{}", human.out);
    let events = lines(&json);
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        (kinds[..2].to_vec(), *kinds.last().unwrap()),
        (vec!["state", "qr"], "linked"),
        "{}",
        json.out
    );
    assert!(events[1]["image"].as_str().unwrap().starts_with("iVBOR"));
}

async fn a_qr_code_that_nobody_scans() {
    let sandbox = sandbox().await;
    let ran = run(green_api_at(
        &sandbox.url(),
        &["link", "--qr", "--timeout", "3"],
    ))
    .await;
    assert_eq!(
        (ran.code, ran.err.lines().last().unwrap()),
        (
            7,
            "error: the QR code was not scanned within 3 s; try again"
        )
    );
    assert_eq!(calls(&sandbox, "getAuthorizationCode"), 0);
}

async fn it_links_the_instance_of_the_variables() {
    let sandbox = sandbox().await;
    sandbox.phone(PHONE).type_code_when_issued(Duration::ZERO);
    let ran = link(&sandbox, &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.ends_with("Linked: 447700900123@c.us\n"),
        "{}",
        ran.out
    );
    assert_eq!(sandbox.instance().state(), State::Authorized);
    assert_eq!(sandbox.instance().phone_number().as_deref(), Some(PHONE));
}

async fn a_linked_account_stays_unless_asked() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    let ran = link(&sandbox, &[]).await;
    assert_eq!(
        (
            ran.code,
            calls(&sandbox, "logout"),
            calls(&sandbox, "getAuthorizationCode")
        ),
        (8, 0, 0)
    );
    settings().bind(|| insta::assert_snapshot!("already_linked", ran.show()));

    sandbox.phone(PHONE).type_code_when_issued(Duration::ZERO);
    let ran = link(&sandbox, &["--logout-first"]).await;
    assert_eq!((ran.code, calls(&sandbox, "logout")), (0, 1));
    settings().bind(|| insta::assert_snapshot!("logged_out_first", ran.show()));
}

#[tokio::test]
async fn a_blocked_account_is_no_use() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Blocked);
    let ran = link(&sandbox, &["--json"]).await;
    assert_eq!((ran.code, calls(&sandbox, "getAuthorizationCode")), (8, 0));
    settings().bind(|| insta::assert_snapshot!("blocked", ran.show()));
}

#[tokio::test]
async fn the_end_of_the_time_is_told_by_what_was_waited_for() {
    let starting = sandbox().await;
    starting.instance().set_state(State::Starting);
    let silent = sandbox().await;
    silent
        .faults()
        .add(Fault::on("getAuthorizationCode").delay(Duration::from_secs(30)));
    let nobody_types = sandbox().await;
    let logout = sandbox().await;
    logout.instance().set_state(State::Authorized);
    logout
        .faults()
        .add(Fault::on("logout").delay(Duration::from_secs(30)));
    let (starting, silent, untyped, logout) = tokio::join!(
        link(&starting, &["--timeout", "2"]),
        link(&silent, &["--timeout", "2"]),
        link(&nobody_types, &["--timeout", "2"]),
        link(&logout, &["--timeout", "2", "--logout-first"]),
    );
    assert_eq!(
        [starting.code, silent.code, untyped.code, logout.code],
        [8, 9, 7, 9]
    );
    let all = [starting, silent, untyped, logout].map(|ran| ran.show());
    let mut settings = settings();
    settings.add_filter("Code: [0-9A-Z]{4}-[0-9A-Z]{4}", "Code: XXXX-XXXX");
    settings.bind(|| insta::assert_snapshot!("timeouts", all.join("\n")));
}

async fn it_asks_again_only_when_allowed() {
    let sandbox = sandbox().await;
    sandbox
        .faults()
        .add(Fault::on("getAuthorizationCode").times(1).status_false());
    sandbox.phone(PHONE).type_code_when_issued(Duration::ZERO);
    let ran = link(&sandbox, &["--ask-again", "1", "--json"]).await;
    assert_eq!((ran.code, calls(&sandbox, "getAuthorizationCode")), (0, 2));
    let code = lines(&ran)
        .into_iter()
        .find(|line| line["event"] == "code")
        .unwrap();
    assert_eq!(code["attempt"], 2);
}

#[tokio::test]
async fn a_proxy_has_no_part_in_what_stays_on_this_machine() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Blocked);
    let (proxy, address) = common::silent();
    proxy.set_nonblocking(true).unwrap();
    let mut command = green_api_at(&sandbox.url(), &["link", PHONE]);
    command
        .env("HTTP_PROXY", &address)
        .env("http_proxy", &address)
        .env("ALL_PROXY", &address);
    assert_eq!(run(command).await.code, 8);
    assert!(proxy.accept().is_err(), "something was sent to the proxy");
}
