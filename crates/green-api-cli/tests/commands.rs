//! Every command against the sandbox: what people read, what programs read, and that each is what its operation answered.

mod common;

use common::commands::{COMMANDS, GROUP, World};
use common::{Ran, TOKEN, calls, green_api, green_api_at, run, sandbox, settings};
use green_api_sandbox::{Fault, Sandbox, State};
use green_api_tests::mock::{Seen, Witness};
use httpmock::MockServer;
use serde_json::{Map, Value};

/// A sandbox with a linked instance.
async fn linked() -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    sandbox
}

/// Golden files do not depend on what the sandbox draws.
fn without_chance() -> insta::Settings {
    let mut settings = settings();
    settings.add_filter(r"3EB0[0-9A-F]{16}", "[id]");
    settings.add_filter(r"\d{18}@g\.us", "[group]");
    settings.add_filter(r"chat\.example\.com/\w+", "chat.example.com/[invitation]");
    settings.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[file]");
    settings.add_filter(r"\b[0-9a-f]{50}\b", "[token]");
    settings
}

/// The answers of `--json`, each of which has to be one of this operation.
fn answers(ran: &Ran, operation: &str) -> Vec<Value> {
    let answer = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (event["event"].as_str(), event["operation"].as_str()),
            (Some("answer"), Some(operation)),
            "{line}"
        );
        event["answer"].clone()
    };
    ran.out.lines().map(answer).collect()
}

#[tokio::test]
async fn for_people_and_for_programs() {
    for typed in COMMANDS {
        // What the first changes, the second would find changed.
        let (first, second) = (World::new().await, World::new().await);
        let human = run(first.command(typed, &[])).await;
        let json = run(second.command(typed, &["--json"])).await;
        assert!(
            human.code == 0 && json.code == 0 && json.err.is_empty(),
            "{}: {human:?} {json:?}",
            typed.name
        );
        assert!(
            calls(&second.sandbox, typed.operation) > 0,
            "{}",
            typed.name
        );
        if typed.operation != "getStateInstance" {
            assert!(
                !answers(&json, typed.operation).is_empty(),
                "{}",
                typed.name
            );
        }
        let shown = format!(
            "$ green-api {}\n{}\n$ … --json\n{}",
            typed.arguments.join(" "),
            human.show(),
            json.show()
        );
        without_chance().bind(|| {
            insta::assert_snapshot!(
                typed.name,
                first
                    .golden(&second.golden(&shown))
                    .replace(GROUP, "{group}")
            )
        });
    }
}

/// The path after the credentials, the query and the body of a request, with nothing that changes from run to run.
fn sent(seen: &Seen) -> String {
    let operation = seen.path.rsplit('/').nth(1).unwrap_or_default();
    let query: Vec<String> = seen
        .query
        .iter()
        .map(|(name, value)| format!(" {name}={value}"))
        .collect();
    let boundary = seen
        .header("content-type")
        .and_then(|kind| kind.split_once("boundary="))
        .map(|(_, boundary)| boundary);
    let body = String::from_utf8_lossy(&seen.body).replace('\r', "");
    let body = boundary.map_or(body.clone(), |boundary| {
        body.replace(boundary, "[boundary]")
    });
    format!("{} {operation}{}\n{body}\n", seen.verb, query.concat()).replace(TOKEN, "[token]")
}

/// A server that answers everything with an empty object.
async fn answering() -> (MockServer, Witness) {
    let server = MockServer::start_async().await;
    let witness = Witness::of(&server).await;
    let empty = server.mock_async(|when, then| {
        when.any_request();
        then.status(200).json_body(Value::Object(Map::new()));
    });
    empty.await;
    (server, witness)
}

#[tokio::test]
async fn what_is_sent() {
    let (server, witness) = answering().await;
    let world = World::new().await;
    let mut all = String::new();
    for typed in COMMANDS {
        let mut command = world.command(typed, &[]);
        command.env("GREEN_API_URL", server.base_url());
        run(command).await;
        let requests: Vec<String> = witness.take().iter().map(sent).collect();
        assert!(!requests.is_empty(), "{}", typed.name);
        all += &format!(
            "$ green-api {}\n{}\n",
            typed.arguments.join(" "),
            world.golden(&requests.concat())
        );
    }
    settings().bind(|| insta::assert_snapshot!("sent", all));
}

#[tokio::test]
async fn every_command_of_the_help_is_among_them() {
    let completions = run(green_api(&["completions", "bash"])).await.out;
    // The script has a branch for each command, called after its path.
    let paths = completions.lines().filter_map(|line| {
        line.trim()
            .strip_prefix("green__api__subcmd__")?
            .strip_suffix(')')
    });
    let known = |path: &str| {
        COMMANDS.iter().any(|typed| {
            typed
                .arguments
                .join(" ")
                .replace('-', " ")
                .starts_with(&path.replace("__subcmd__", " ").replace(',', " "))
        })
    };
    let others = [
        "help",
        "login",
        "profiles",
        "link",
        "listen",
        "outbox",
        "inbox",
        "relay",
        "mcp",
        "new",
        "call",
        "sandbox",
        "completions",
        "man",
    ];
    let missing: Vec<&str> = paths
        .filter(|path| !others.contains(&path.split(['_', ',']).next().unwrap()))
        .filter(|path| !path.contains("help"))
        .filter(|path| !known(path))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(
        completions.contains("green__api__subcmd__partner__subcmd__create"),
        "the script has other names"
    );
}

#[tokio::test]
async fn a_number_without_whatsapp_has_an_exit_code() {
    let sandbox = linked().await;
    sandbox.faults().add(
        Fault::on("checkWhatsapp")
            .times(1)
            .body(r#"{"existsWhatsapp":false}"#),
    );
    let ran = run(green_api_at(
        &sandbox.url(),
        &["check", "447700900145", "447700900123"],
    ))
    .await;
    assert_eq!(
        ran.show(),
        "exit: 10\nstdout:\n+447700900145: no\n+447700900123: yes\n"
    );
}

#[tokio::test]
async fn settings_that_are_not_there_are_told() {
    let sandbox = linked().await;
    let ran = run(green_api_at(
        &sandbox.url(),
        &["settings", "get", "webhookurl"],
    ))
    .await;
    assert_eq!(
        ran.show(),
        "exit: 2\nstderr:\nerror: the instance has no setting webhookurl; list them with `green-api settings get`\n"
    );
}

#[tokio::test]
async fn what_cannot_be_undone_needs_a_yes() {
    let sandbox = linked().await;
    let mut all = String::new();
    for typed in COMMANDS
        .iter()
        .filter(|typed| typed.arguments.contains(&"--yes"))
    {
        let arguments: Vec<&str> = typed
            .arguments
            .iter()
            .copied()
            .filter(|argument| *argument != "--yes")
            .collect();
        let mut command = green_api_at(&sandbox.url(), &arguments);
        command.env("GREEN_API_PARTNER_TOKEN", TOKEN);
        let ran = run(command).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        all += &format!("$ green-api {}\n{}", arguments.join(" "), ran.err);
    }
    assert!(sandbox.requests().is_empty());
    settings().bind(|| insta::assert_snapshot!("without_yes", all));
}

#[tokio::test]
async fn a_text_comes_from_standard_input_as_it_is() {
    let (server, witness) = answering().await;
    let mut command = green_api_at(
        &server.base_url(),
        &["send", "text", "--to", "447700900123", "-", "--no-preview"],
    );
    command.write_stdin("Two\nlines 👋\n");
    // The answer has no id.
    assert_eq!(run(command).await.code, 9);
    let body: Value = serde_json::from_slice(&witness.take()[0].body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "chatId": "447700900123@c.us", "message": "Two\nlines 👋", "linkPreview": false })
    );
}

#[tokio::test]
async fn a_send_that_may_have_happened_is_told_apart() {
    let cases = [
        (Fault::on("sendMessage").status(500).html(), 9, "maybeSent"),
        (Fault::on("sendMessage").drop_connection(), 9, "maybeSent"),
        (Fault::on("sendMessage").status(401), 4, "refused"),
    ];
    for (fault, code, delivery) in cases {
        let sandbox = linked().await;
        sandbox.faults().add(fault);
        let ran = run(green_api_at(
            &sandbox.url(),
            &["send", "text", "--to", "447700900123", "Hello", "--json"],
        ))
        .await;
        let event: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(
            (ran.code, event["delivery"].as_str()),
            (code, Some(delivery)),
            "{event}"
        );
        assert_eq!(calls(&sandbox, "sendMessage"), 1);
    }
}

#[tokio::test]
async fn a_send_without_an_id_may_have_been_carried_out() {
    const DOUBT: &str = "sendMessage: the answer is not as documented (HTTP 200): it does not have the id of the message; it may have been carried out, so look before you repeat it, such as with `green-api history outgoing`";
    let send = ["send", "text", "--to", "447700900123", "Hello"];
    let call = r#"{"chatId": "447700900123@c.us", "message": "Hello"}"#;
    let call = ["call", "sendMessage", "--body", call];
    for body in [
        "",
        "<html>",
        r#"{"ok":1}"#,
        r#"{"idMessage":null}"#,
        r#"{"idMessage":" "}"#,
        r#"{"messages":[]}"#,
    ] {
        let sandbox = linked().await;
        sandbox.faults().add(Fault::on("sendMessage").body(body));
        let at = async |arguments: &[&str]| run(green_api_at(&sandbox.url(), arguments)).await;
        let ran = at(&send).await;
        let told = format!("exit: 9\nstderr:\nerror: {DOUBT}\n");
        assert_eq!(ran.show(), told, "{body}");
        let called = at(&call).await;
        assert!(called.code == 9 && called.err.contains(DOUBT), "{called:?}");
        for arguments in [&send[..], &call] {
            let ran = at(&[arguments, &["--json"]].concat()).await;
            // What the server said comes first.
            let (answer, event) = ran.out.trim_end().split_once('\n').unwrap();
            assert!(answer.starts_with(r#"{"event":"answer""#), "{answer}");
            let event: Value = serde_json::from_str(event).unwrap();
            assert_eq!((ran.code, event["exitCode"].as_i64()), (9, Some(9)));
            assert_eq!(event["delivery"], "maybeSent");
            assert_eq!(event["message"], DOUBT);
        }
    }
    // Other operations do not have one.
    let sandbox = linked().await;
    sandbox
        .faults()
        .add(Fault::on("sendTyping").body(r#"{"ok":1}"#));
    let typing = r#"{"chatId": "447700900123@c.us"}"#;
    let arguments = ["call", "sendTyping", "--body", typing];
    let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[tokio::test]
async fn nobody_else_moves_the_cursor() {
    let sandbox = linked().await;
    let name = "\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m";
    sandbox.faults().add(Fault::on("lastIncomingMessages").body(format!(
        r#"[{{"type":"incoming","chatId":"447700900145@c.us","senderName":"{name}","textMessage":"{name}\nx","typeMessage":"textMessage"}}]"#
    )));
    sandbox.faults().add(Fault::on("getGroupData").body(format!(
        r#"{{"groupId":"{name}","subject":"{name}","participants":[{{"id":"{name}"}}]}}"#
    )));
    for arguments in [
        &["history", "incoming"][..],
        &["group", "info", "120363000000000001@g.us"],
    ] {
        let ran = run(green_api_at(&sandbox.url(), arguments)).await;
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(
            ran.out.contains("owned")
                && !ran
                    .out
                    .chars()
                    .any(|character| character.is_control() && character != '\n'),
            "{:?}",
            ran.out
        );
    }
}

#[tokio::test]
async fn answers_of_another_shape_are_shown_as_they_came() {
    let sandbox = linked().await;
    sandbox
        .faults()
        .add(Fault::on("getMessagesCount").body(r#"{"waiting":3}"#));
    let ran = run(green_api_at(&sandbox.url(), &["queue", "count"])).await;
    assert_eq!(ran.show(), "exit: 0\nstdout:\n{\n  \"waiting\": 3\n}\n");
}
