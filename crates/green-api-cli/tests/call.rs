//! `green-api state` and `green-api call`.

mod common;

use std::fs;

use common::{PHONE, green_api, green_api_at, run, sandbox, settings};
use green_api_sandbox::{Fault, State};
use serde_json::Value;

#[tokio::test]
async fn the_state_for_people_and_for_programs() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    let human = run(green_api_at(&sandbox.url(), &["state"])).await;
    let json = run(green_api_at(&sandbox.url(), &["--json", "state"])).await;
    assert_eq!(human.show(), "exit: 0\nstdout:\nauthorized\n");
    assert_eq!(
        json.show(),
        "exit: 0\nstdout:\n{\"event\":\"state\",\"state\":\"authorized\"}\n"
    );
}

#[tokio::test]
async fn an_instance_that_is_being_created_has_no_state() {
    let sandbox = sandbox().await;
    sandbox
        .faults()
        .add(Fault::on("getStateInstance").body("null"));
    let human = run(green_api_at(&sandbox.url(), &["state"])).await;
    let json = run(green_api_at(&sandbox.url(), &["state", "--json"])).await;
    assert_eq!(
        human.show(),
        "exit: 0\nstdout:\nnull\nstderr:\nThe instance is still being created; this takes up to 5 minutes.\n"
    );
    assert_eq!(
        json.show(),
        "exit: 0\nstdout:\n{\"event\":\"state\",\"state\":null}\n"
    );
}

#[tokio::test]
async fn an_answer_for_people_and_for_programs() {
    let sandbox = sandbox().await;
    let human = run(green_api_at(&sandbox.url(), &["call", "getSettings"])).await;
    let json = run(green_api_at(
        &sandbox.url(),
        &["call", "getSettings", "--json"],
    ))
    .await;
    let answer: Value = serde_json::from_str(&human.out).unwrap();
    let event: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(event["answer"], answer);
    settings().bind(|| {
        insta::assert_snapshot!("human", human.show());
        insta::assert_snapshot!("json", json.show());
    });
}

#[tokio::test]
async fn the_answer_keeps_the_servers_order_and_what_is_unknown() {
    let sandbox = sandbox().await;
    sandbox
        .faults()
        .add(Fault::on("getStateInstance").body(r#"{"z":1,"stateInstance":"new","a":null}"#));
    let ran = run(green_api_at(
        &sandbox.url(),
        &["call", "getStateInstance", "--json"],
    ))
    .await;
    assert_eq!(
        ran.out,
        "{\"event\":\"answer\",\"operation\":\"getStateInstance\",\"answer\":{\"z\":1,\"stateInstance\":\"new\",\"a\":null}}\n"
    );
}

#[tokio::test]
async fn arguments_come_from_the_line_from_a_file_and_from_standard_input() {
    let body = format!(r#"{{"phoneNumber": {PHONE}}}"#);
    let file = std::env::temp_dir().join(format!("green-api-cli-body-{}.json", std::process::id()));
    fs::write(&file, &body).unwrap();
    let from_file = format!("@{}", file.display());
    for source in [body.as_str(), from_file.as_str(), "-"] {
        let sandbox = sandbox().await;
        let mut command = green_api_at(
            &sandbox.url(),
            &["call", "getAuthorizationCode", "--body", source],
        );
        command.write_stdin(body.as_str());
        let ran = run(command).await;
        assert_eq!(ran.code, 0, "{source}: {}", ran.err);
        assert!(
            ran.out.contains(r#""status": true"#),
            "{source}: {}",
            ran.out
        );
    }
    fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn a_file_is_sent_as_it_is() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    let file =
        std::env::temp_dir().join(format!("green-api-cli-picture-{}.jpg", std::process::id()));
    // The sandbox takes nothing but a JPEG file, whose first bytes are no UTF-8.
    fs::write(&file, [0xff, 0xd8, 0xff, 0xe0, 0x00]).unwrap();
    let ran = run(green_api_at(
        &sandbox.url(),
        &[
            "call",
            "setProfilePicture",
            "--file",
            &format!("file={}", file.display()),
        ],
    ))
    .await;
    fs::remove_file(&file).unwrap();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains(r#""setProfilePicture": true"#),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn a_refusal_is_no_answer() {
    let sandbox = sandbox().await;
    sandbox.instance().refuse_codes(true);
    let arguments = [
        "call",
        "getAuthorizationCode",
        "--body",
        r#"{"phoneNumber": 447700900123}"#,
        "--json",
    ];
    let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
    settings().bind(|| insta::assert_snapshot!("refused", ran.show()));
}

#[tokio::test]
async fn the_list_names_every_operation() {
    let human = run(green_api(&["call", "--list"])).await;
    let json = run(green_api(&["call", "--list", "--json"])).await;
    assert_eq!((human.code, json.code), (0, 0));
    let names: Vec<&str> = green_api::operations::ALL
        .iter()
        .map(|operation| operation.id)
        .collect();
    let listed: Vec<&str> = human
        .out
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed, names);
    let events: Vec<Value> = json
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        events
            .iter()
            .map(|event| event["name"].as_str().unwrap())
            .collect::<Vec<_>>(),
        names
    );
    // One of them in full; all of them would change with every new operation.
    let first = events
        .iter()
        .find(|event| event["name"] == "getAuthorizationCode")
        .unwrap();
    settings().bind(|| insta::assert_snapshot!("listed", first));
}
