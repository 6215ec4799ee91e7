//! Bad input: one clear sentence, exit code 2, and nothing is sent.

mod common;

use common::{PHONE, TOKEN, green_api, green_api_at, run, sandbox, settings};
use serde_json::Value;

#[tokio::test]
async fn what_is_no_phone_number_is_refused_before_anything_is_sent() {
    let sandbox = sandbox().await;
    let mut all = String::new();
    for phone in ["", "+", "abc", "12", "12345678901234567890", "07700900123"] {
        let ran = run(green_api_at(&sandbox.url(), &["link", phone])).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{phone}");
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        all += &format!("{phone:?}: {}", ran.err);
    }
    assert!(sandbox.requests().is_empty());
    settings().bind(|| insta::assert_snapshot!("phones", all));
}

#[tokio::test]
async fn phone_numbers_as_people_write_them_are_taken() {
    for phone in ["0044 7700 900123", "+44 7700-900-123", "44 (7700) 900123"] {
        let sandbox = sandbox().await;
        sandbox.instance().refuse_codes(true);
        let ran = run(green_api_at(&sandbox.url(), &["link", phone, "--json"])).await;
        assert_eq!(ran.code, 3, "{phone}: {ran:?}");
        assert!(
            ran.out
                .contains(r#"{"event":"requestingCode","phoneNumber":"447700900123"}"#),
            "{}",
            ran.out
        );
    }
}

#[tokio::test]
async fn variables_that_are_missing_or_malformed_are_named() {
    let good = [
        ("GREEN_API_URL", "https://7103.api.example.com"),
        ("GREEN_API_ID_INSTANCE", "7103000001"),
        ("GREEN_API_TOKEN_INSTANCE", TOKEN),
    ];
    let cases = [
        ("GREEN_API_URL", None),
        ("GREEN_API_ID_INSTANCE", None),
        ("GREEN_API_TOKEN_INSTANCE", None),
        ("GREEN_API_URL", Some("")),
        ("GREEN_API_URL", Some("7103.api.example.com")),
        ("GREEN_API_URL", Some("ftp://7103.api.example.com")),
        ("GREEN_API_URL", Some("http://7103.api.example.com")),
        (
            "GREEN_API_URL",
            Some("https://7103.api.example.com/waInstance7103000001"),
        ),
        ("GREEN_API_ID_INSTANCE", Some("7103-000001")),
        ("GREEN_API_TOKEN_INSTANCE", Some("../ca9a12")),
        ("GREEN_API_MEDIA_URL", Some("http://7103.media.example.com")),
    ];
    let mut all = String::new();
    for (name, value) in cases {
        let mut command = green_api(&["state"]);
        command.envs(good).env_remove(name);
        if let Some(value) = value {
            command.env(name, value);
        }
        let ran = run(command).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name} {value:?}");
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        all += &format!("{name} = {value:?}: {}", ran.err);
    }
    assert!(!all.replace("Some(\"../ca9a12\")", "").contains("ca9a12"));
    settings().bind(|| insta::assert_snapshot!("variables", all));
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_refused() {
    let cases: [&[&str]; 14] = [
        &[],
        &["connect"],
        &["link"],
        &["link", PHONE, "--timeout", "0"],
        &["link", PHONE, "--timeout", "1e300"],
        &["link", PHONE, "--ask-again", "1000"],
        &["call"],
        &["call", "setSettings", "--body", "{"],
        &["call", "setSettings", "--body", "[1]"],
        &["call", "setSettings", "--body", "@no/such/file.json"],
        &["call", "setProfilePicture", "--file", "me.jpg"],
        &[
            "call",
            "setProfilePicture",
            "--file",
            "file=no/such/picture.jpg",
        ],
        &["call", "getSettings", "--file", "file=me.jpg"],
        &["sandbox", "--state", "asleep"],
    ];
    let mut all = String::new();
    for arguments in cases {
        let ran = run(green_api(arguments)).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        all += &format!("$ green-api {}\n{}\n", arguments.join(" "), ran.err);
    }
    settings().bind(|| insta::assert_snapshot!("arguments", all));
}

#[tokio::test]
async fn calls_that_cannot_be_right_are_not_sent() {
    let sandbox = sandbox().await;
    let mut all = String::new();
    for arguments in [
        ["call", "getsettings", "--body", "{}"],
        ["call", "makeCoffee", "--body", "{}"],
        ["call", "setSettings", "--body", r#"{"webhookURL": ""}"#],
        [
            "call",
            "setSettings",
            "--body",
            r#"{"delaySendMessagesMilliseconds": 5}"#,
        ],
        [
            "call",
            "getAuthorizationCode",
            "--body",
            r#"{"phoneNumber": "abc"}"#,
        ],
        ["call", "getAuthorizationCode", "--body", "{}"],
        [
            "call",
            "setProfilePicture",
            "--body",
            r#"{"file": {"path": "/etc/hostname"}}"#,
        ],
    ] {
        let ran = run(green_api_at(&sandbox.url(), &arguments)).await;
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (2, ""),
            "{arguments:?} {}",
            ran.err
        );
        all += &format!("{} {}: {}", arguments[1], arguments[3], ran.err);
    }
    assert!(sandbox.requests().is_empty());
    settings().bind(|| insta::assert_snapshot!("calls", all));
}

#[tokio::test]
async fn with_json_bad_input_is_an_object_too() {
    let cases: [&[&str]; 6] = [
        &["--json"],
        &["link", "--json"],
        &["link", "abc", "--json"],
        &["connect", "--json"],
        &["state", "--timeout=0", "--json"],
        &["state", "--json", "-v"],
    ];
    let mut all = String::new();
    for arguments in cases {
        let ran = run(green_api(arguments)).await;
        let line: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(
            (line["event"].as_str(), line["exitCode"].as_i64(), ran.code),
            (Some("error"), Some(2), 2),
            "{arguments:?}"
        );
        assert!(
            line["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{line}"
        );
        assert_eq!(ran.err, "", "{arguments:?}");
        all += &ran.out;
    }
    settings().bind(|| insta::assert_snapshot!("json", all));
}
