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

#[tokio::test]
async fn an_operation_that_is_newer_is_called_when_it_is_meant() {
    let sandbox = sandbox().await;
    let body = r#"{"name": "Teapot"}"#;
    let call = |more: &[&str]| {
        let arguments = [&["call", "createProductX", "--body", body], more].concat();
        run(green_api_at(&sandbox.url(), &arguments))
    };
    let checked = call(&[]).await;
    assert_eq!((checked.code, checked.out.as_str()), (2, ""));
    assert!(
        checked
            .err
            .contains("there is no operation of this name; did you mean `create"),
        "{}",
        checked.err
    );
    let without_verb = call(&["--unchecked"]).await;
    assert_eq!(without_verb.code, 2);
    assert!(
        without_verb.err.contains("--verb POST"),
        "{}",
        without_verb.err
    );
    let unchecked = call(&["--unchecked", "--verb", "post"]).await;
    assert!(
        unchecked.err.contains(
            "warning: this version knows no operation createProductX; did you mean create"
        ) && unchecked
            .err
            .contains("this host has no such operation (HTTP 404)"),
        "{}",
        unchecked.err
    );
    assert!(unchecked.code != 0 && !unchecked.err.contains("Teapot"));
    let elsewhere = run(green_api_at(
        &sandbox.url(),
        &["call", "../../x", "--unchecked", "--verb", "GET"],
    ));
    let elsewhere = elsewhere.await;
    assert!(elsewhere.code == 2 && elsewhere.err.contains("letters and digits"));
    // A pasted address has a token in it.
    let address = format!("getSettings/{}", "c0ffee".repeat(8));
    for more in [&[][..], &["--unchecked"], &["--unchecked", "--verb", "GET"]] {
        let arguments = [&["call", &address], more].concat();
        let refused = run(green_api_at(&sandbox.url(), &arguments)).await;
        assert!(
            refused.code == 2 && !refused.err.contains("c0ffee"),
            "{}",
            refused.err
        );
    }
    let known = ["call", "getSettings", "--unchecked", "--verb", "GET"];
    let known = run(green_api_at(&sandbox.url(), &known)).await;
    assert!(
        known.code == 2 && known.err.contains("so leave it out"),
        "{}",
        known.err
    );
}

#[tokio::test]
async fn an_argument_that_is_newer_is_sent_when_it_is_meant() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    let body = format!(r#"{{"chatId": "+{PHONE}", "message": "a", "linkPrevieuw": true}}"#);
    let arguments = ["call", "sendMessage", "--body", &body];
    let checked = run(green_api_at(&sandbox.url(), &arguments)).await;
    assert_eq!(checked.code, 2);
    assert!(
        checked.err.contains("did you mean `linkPreview`"),
        "{}",
        checked.err
    );
    let arguments = [&arguments[..], &["--unchecked"]].concat();
    let unchecked = run(green_api_at(&sandbox.url(), &arguments)).await;
    assert!(
        unchecked.err.contains("warning: sendMessage has no argument linkPrevieuw that this version knows; did you mean linkPreview"),
        "{}",
        unchecked.err
    );
    assert_eq!(unchecked.code, 0, "{}", unchecked.err);
}

#[tokio::test]
async fn a_setting_that_is_newer_is_set_when_it_is_meant() {
    let sandbox = sandbox().await;
    let set = ["settings", "set", "incomingWebhok=yes", "newerLimit=5"];
    let checked = run(green_api_at(&sandbox.url(), &set)).await;
    assert_eq!(checked.code, 2);
    assert!(
        checked.err.contains("did you mean `incomingWebhook`"),
        "{}",
        checked.err
    );
    let set = [&set[..], &["--unchecked"]].concat();
    let unchecked = run(green_api_at(&sandbox.url(), &set)).await;
    assert!(
        unchecked.err.contains(
            "warning: this version knows no setting incomingWebhok; did you mean incomingWebhook"
        ),
        "{}",
        unchecked.err
    );
    assert_eq!(unchecked.code, 0, "{}", unchecked.err);
}

#[tokio::test]
async fn polls_and_files_that_would_go_wrong_are_not_sent() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    let file = std::env::temp_dir().join(format!("green-api-cli-nameless-{}", std::process::id()));
    fs::write(&file, "a").unwrap();
    let path = file.display().to_string();
    for (arguments, words) in [
        (
            ["send", "poll", "Tea?", "Yes", "Yes"],
            "the same entry twice",
        ),
        (
            ["send", "file", &path, "--caption", "a"],
            "such as photo.jpg",
        ),
        (
            [
                "send",
                "file",
                "https://files.example.com/a.jpg",
                "--name",
                "photo",
            ],
            "such as photo.jpg",
        ),
    ] {
        let arguments = [&arguments[..], &["--to", PHONE]].concat();
        let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(
            ran.err.contains(words) && ran.err.contains("nothing was sent"),
            "{}",
            ran.err
        );
    }
    fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn numbers_of_strangers_are_not_sent_to() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    for number in ["8 (999) 123-45-67", "999 123 45 67", "+44 07700 900145"] {
        let body = format!(r#"{{"phoneNumber": "{number}"}}"#);
        let id: String = number.chars().filter(char::is_ascii_digit).collect();
        for arguments in [
            &["send", "text", "a", "--to", number][..],
            &["send", "text", "a", "--to", &format!("{id}@c.us")],
            &["check", number],
            &["link", number],
            &["group", "create", "a", number],
            &["call", "getAuthorizationCode", "--body", &body],
        ] {
            let ran = run(green_api_at(&sandbox.url(), arguments)).await;
            assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
            assert!(ran.err.contains("such as +"), "{arguments:?}: {}", ran.err);
        }
    }
}
