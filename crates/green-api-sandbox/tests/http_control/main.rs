//! The control over HTTP: everything that the library can do with a sandbox, for people of any language.

mod common;

use std::time::Duration;

use common::{Answer, PHONE, Setup, setup, setup_with};
use green_api_sandbox::{Clock, Sandbox};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use serde_json::{Value, json};

impl Setup {
    fn control(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request(method, &format!("{}/sandbox/{path}", self.sandbox.url()))
    }

    async fn look(&self, path: &str) -> Value {
        let answer = self.send(self.control(Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    async fn act(&self, path: &str, body: Value) -> Answer {
        self.send(self.control(Method::POST, path).json(&body))
            .await
    }

    async fn acts(&self, path: &str, body: Value) {
        let answer = self.act(path, body).await;
        assert!(
            (200..300).contains(&answer.status),
            "{path}: {}",
            answer.text
        );
    }

    /// What is said when it does not work: the status and the word for programs.
    async fn complaint(&self, path: &str, body: Value) -> (u16, String) {
        let answer = self.act(path, body).await;
        let problem = answer.json();
        assert!(problem["message"].as_str().unwrap().len() > 10, "{problem}");
        (answer.status, problem["error"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn a_code_is_typed_and_the_instance_linked() {
    let setup = setup().await;
    let code = setup.code().await;
    let state = setup.look("state").await;
    assert_eq!(
        state["instances"][0]["code"],
        json!({ "phoneNumber": PHONE, "expiresAt": "2026-01-01T00:02:30.000Z" })
    );
    assert_eq!(
        state["phones"],
        json!([{ "number": PHONE, "name": "+447700900123", "online": true, "linkedTo": [], "linkingTo": [] }])
    );

    let path = format!("phones/{PHONE}/type-code");
    assert_eq!(
        setup
            .complaint("phones/15550100001/type-code", json!({ "code": code }))
            .await,
        (409, "noCode".to_owned())
    );
    assert_eq!(
        setup.complaint(&path, json!({ "code": "AAAA-AAAA" })).await,
        (409, "wrongCode".to_owned())
    );
    setup
        .acts(&path, json!({ "code": code.to_lowercase() }))
        .await;
    assert_eq!(
        setup.look("state").await["phones"][1]["linkingTo"],
        json!([1_101_000_001])
    );
    setup.acts("clock/advance", json!({ "seconds": 2 })).await;

    let state = setup.look("state").await;
    assert_eq!(
        state["clock"],
        json!({ "now": "2026-01-01T00:00:02.000Z", "manual": true })
    );
    assert_eq!(state["instances"][0]["stateInstance"], "authorized");
    assert_eq!(state["phones"][1]["linkedTo"], json!([1_101_000_001]));

    setup
        .acts(&format!("phones/{PHONE}/unlink"), json!({}))
        .await;
    assert_eq!(
        setup.look("instances").await[0]["stateInstance"],
        "notAuthorized"
    );
}

#[tokio::test]
async fn an_expired_code_is_said_to_be_that() {
    let setup = setup().await;
    let code = setup.code().await;
    setup.advance(150);
    assert_eq!(
        setup
            .complaint(
                &format!("phones/{PHONE}/type-code"),
                json!({ "code": code })
            )
            .await,
        (409, "expired".to_owned())
    );
}

#[tokio::test]
async fn a_qr_code_is_scanned_while_it_is_shown() {
    let setup = setup().await;
    let path = format!("phones/{PHONE}/scan-qr");
    let picture = setup
        .control(Method::GET, "instances/1101000001/qr")
        .send()
        .await
        .unwrap();
    assert_eq!(picture.headers()[CONTENT_TYPE], "image/png");
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG"));

    let content = setup.sandbox.instance().qr().unwrap();
    setup.advance(20);
    assert_eq!(
        setup.complaint(&path, json!({ "content": content })).await,
        (409, "unknownQr".to_owned())
    );
    setup
        .acts(
            &path,
            json!({ "content": setup.sandbox.instance().qr().unwrap() }),
        )
        .await;
    setup.advance(2);
    assert_eq!(setup.state().await, "authorized");
    assert_eq!(
        setup
            .complaint(&path, json!({ "idInstance": 1_101_000_001 }))
            .await,
        (409, "unknownQr".to_owned())
    );
    assert_eq!(setup.complaint(&path, json!({})).await.0, 400);
}

#[tokio::test]
async fn phones_write_to_each_other_and_to_instances() {
    let setup = setup().await;
    setup.set(json!({ "incomingWebhook": "yes" })).await;
    setup.link().await;
    setup
        .acts("phones", json!({ "number": "447700900145", "name": "Ann" }))
        .await;
    let sent = setup
        .act(
            "phones/447700900145/messages",
            json!({ "chatId": "+44 7700 900123", "text": "Hello" }),
        )
        .await;
    let id = sent.json()["idMessage"].clone();
    setup.advance(1);
    let notification = setup.get("receiveNotification").await.json()["body"].clone();
    assert_eq!(
        (&notification["typeWebhook"], &notification["idMessage"]),
        (&json!("incomingMessageReceived"), &id)
    );
    assert_eq!(
        notification["messageData"]["textMessageData"]["textMessage"],
        "Hello"
    );

    let chats = setup.look("phones/447700900123/chats").await;
    assert_eq!(
        (
            &chats[0]["name"],
            &chats[0]["unread"],
            &chats[0]["latest"]["id"]
        ),
        (&json!("Ann"), &json!(1), &id)
    );
    setup
        .acts(
            "phones/447700900123/chats/447700900145@c.us/read",
            json!({}),
        )
        .await;
    let file = json!({ "name": "note.txt", "base64": "SGVsbG8=", "caption": "A note" });
    setup
        .acts(
            "phones/447700900123/messages",
            json!({ "chatId": "447700900145@c.us", "file": file, "quotedMessageId": id }),
        )
        .await;
    setup.advance(1);
    let messages = setup
        .look("phones/447700900145/chats/447700900123@c.us/messages")
        .await;
    assert_eq!(
        (&messages[0]["outgoing"], &messages[0]["status"]),
        (&json!(true), &json!("read"))
    );
    let answer = &messages[1];
    assert_eq!(
        (
            &answer["outgoing"],
            &answer["status"],
            &answer["quotedMessageId"]
        ),
        (&json!(false), &Value::Null, &id)
    );
    assert_eq!(
        (
            &answer["content"]["kind"],
            &answer["content"]["mimeType"],
            &answer["content"]["caption"]
        ),
        (&json!("file"), &json!("text/plain"), &json!("A note"))
    );
    let kept = reqwest::get(answer["content"]["url"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(kept.text().await.unwrap(), "Hello");
    setup
        .acts("phones/447700900145/messages", json!({ "chatId": "447700900123", "content": { "kind": "reaction", "message": id, "emoji": "👍" } }))
        .await;

    for bad in [
        json!({ "chatId": "447700900145" }),
        json!({ "chatId": "447700900145", "text": "" }),
        json!({ "chatId": "447700900145", "text": "a", "content": { "kind": "text", "text": "b" } }),
        json!({ "chatId": "447700900145@example", "text": "a" }),
        json!({ "chatId": "447700900145", "file": { "name": "a", "base64": "?" } }),
    ] {
        assert_eq!(
            setup
                .complaint("phones/447700900123/messages", bad.clone())
                .await
                .0,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn what_is_sent_to_a_phone_that_is_offline_waits() {
    let setup = setup().await;
    setup
        .acts("phones/447700900145/online", json!({ "online": false }))
        .await;
    setup
        .acts(
            "phones/447700900123/messages",
            json!({ "chatId": "447700900145", "text": "Hello" }),
        )
        .await;
    let status = async || {
        setup
            .look("phones/447700900123/chats/447700900145@c.us/messages")
            .await[0]["status"]
            .clone()
    };
    setup.advance(1);
    assert_eq!(status().await, "sent");
    assert_eq!(setup.look("state").await["phones"][1]["online"], false);
    setup
        .acts("phones/447700900145/online", json!({ "online": true }))
        .await;
    setup.advance(1);
    assert_eq!(status().await, "delivered");
}

#[tokio::test]
async fn states_are_set_codes_refused_and_notifications_queued() {
    let setup = setup().await;
    setup
        .acts(
            "instances/1101000001/state",
            json!({ "stateInstance": "yellowCard" }),
        )
        .await;
    assert_eq!(setup.state().await, "yellowCard");
    let answer = setup
        .act(
            "instances/1101000001/state",
            json!({ "stateInstance": "asleep" }),
        )
        .await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .contains("there is no state `asleep`"),
        "{}",
        answer.text
    );
    assert_eq!(
        setup
            .complaint("instances/5/state", json!({ "stateInstance": "blocked" }))
            .await,
        (404, "notFound".to_owned())
    );

    setup
        .acts(
            "instances/1101000001/state",
            json!({ "stateInstance": "notAuthorized" }),
        )
        .await;
    setup
        .acts(
            "instances/1101000001/refuse-codes",
            json!({ "refuse": true }),
        )
        .await;
    assert_eq!(setup.look("instances").await[0]["refusesCodes"], true);
    let refused = setup
        .post(
            "getAuthorizationCode",
            json!({ "phoneNumber": 447_700_900_123_u64 }),
        )
        .await;
    assert_eq!(refused.json()["status"], false);

    let receipt = setup
        .act(
            "instances/1101000001/notifications",
            json!({ "typeWebhook": "new", "x": 1 }),
        )
        .await;
    assert_eq!(receipt.json(), json!({ "receiptId": 1 }));
    assert_eq!(
        setup.get("receiveNotification").await.json()["body"],
        json!({ "typeWebhook": "new", "x": 1 })
    );
}

#[tokio::test]
async fn instances_are_added_and_credentials_copied() {
    let setup = setup().await;
    let answer = setup.act("instances", json!({})).await;
    assert_eq!(answer.status, 201);
    let credentials = answer.json();
    let (url, id, token) = (
        setup.sandbox.url(),
        credentials["idInstance"].as_u64().unwrap(),
        credentials["apiTokenInstance"].as_str().unwrap(),
    );
    assert_eq!(
        (credentials["apiUrl"].as_str().unwrap(), id),
        (url.as_str(), 1_101_000_002)
    );
    let state = reqwest::get(format!("{url}/waInstance{id}/getStateInstance/{token}"))
        .await
        .unwrap();
    assert_eq!(
        state.text().await.unwrap(),
        r#"{"stateInstance":"notAuthorized"}"#
    );
    assert_eq!(
        setup.look(&format!("instances/{id}/credentials")).await,
        credentials
    );

    assert_eq!(
        setup
            .complaint("instances", json!({ "idInstance": id }))
            .await,
        (409, "taken".to_owned())
    );
    assert_eq!(
        setup
            .complaint("instances", json!({ "apiTokenInstance": "a/b" }))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn instances_have_numbers_that_json_can_hold() {
    const LAST: u64 = 9_007_199_254_740_990;
    let setup = setup_with(Sandbox::builder().instance(1, "one").instance(3, "three")).await;
    for id in [0, LAST + 1, u64::MAX] {
        assert_eq!(
            setup
                .complaint("instances", json!({ "idInstance": id }))
                .await,
            (400, "badRequest".to_owned()),
            "{id}"
        );
    }
    setup.acts("instances", json!({ "idInstance": LAST })).await;
    let mut added = Vec::new();
    for _ in 0..2 {
        added.push(
            setup.act("instances", json!({})).await.json()["idInstance"]
                .as_u64()
                .unwrap(),
        );
    }
    assert_eq!(
        added,
        [2, 4],
        "what is free, as nothing comes after the last"
    );
}

#[test]
#[should_panic(expected = "an instance cannot have the number 0")]
fn the_library_refuses_other_numbers_as_well() {
    let _ = Sandbox::builder().instance(0, "none");
}

#[tokio::test]
async fn faults_are_listed_as_they_were_added() {
    let setup = setup().await;
    let rules = [
        json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "status", "status": 503 } }),
        json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "html", "status": 504 } }),
        json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "body", "status": 200, "text": "?" } }),
        json!({ "operation": "getSettings", "times": 1, "delaySeconds": 0.5, "answer": { "kind": "usual" } }),
        json!({ "operation": "getAuthorizationCode", "answer": { "kind": "statusFalse" } }),
        json!({ "operation": "qr", "answer": { "kind": "garbage" } }),
        json!({ "operation": "reboot", "answer": { "kind": "huge", "bytes": 1000 } }),
        json!({ "operation": "logout", "answer": { "kind": "truncate" } }),
        json!({ "operation": "getWaSettings", "answer": { "kind": "dropConnection" } }),
    ];
    for rule in &rules {
        setup.acts("faults", rule.clone()).await;
    }
    assert_eq!(setup.look("faults").await, json!(rules));
    assert_eq!(setup.get("getSettings").await.status, 503);
    assert!(
        setup
            .get("getSettings")
            .await
            .text
            .contains("504 Gateway Time-out")
    );
    assert_eq!(
        setup.look("faults").await,
        json!(rules[2..]),
        "what is used up is gone"
    );
    setup
        .acts(
            "faults",
            json!({ "operation": "reboot", "times": 0, "answer": { "kind": "garbage" } }),
        )
        .await;
    assert_eq!(
        setup.look("faults").await.as_array().map(Vec::len),
        Some(7),
        "and so is what never strikes"
    );
    assert_eq!(setup.get("reboot").await.text.len(), 1000);

    setup.send(setup.control(Method::DELETE, "faults")).await;
    assert_eq!(setup.look("faults").await, json!([]));
    assert_eq!(setup.get("getWaSettings").await.status, 200);
}

#[tokio::test]
async fn faults_that_cannot_be_are_refused_with_a_reason() {
    let setup = setup().await;
    for (rule, reason) in [
        (
            json!({ "operation": "getStateInstanze" }),
            "there is no operation `getStateInstanze`",
        ),
        (
            json!({ "operation": "qr", "answer": { "kind": "status", "status": 42 } }),
            "the status 42",
        ),
        (
            json!({ "operation": "qr", "answer": { "kind": "explode" } }),
            "unknown variant `explode`",
        ),
        (
            json!({ "operation": "qr", "time": 2 }),
            "unknown field `time`",
        ),
        (
            json!({ "operation": "qr", "delaySeconds": -1 }),
            "delaySeconds must be",
        ),
        (
            json!({ "operation": "qr", "delaySeconds": 1e18 }),
            "delaySeconds must be",
        ),
        (
            json!({ "operation": "qr", "answer": { "kind": "huge", "bytes": 1_000_000_000 } }),
            "bytes must not be more",
        ),
    ] {
        let answer = setup.act("faults", rule).await;
        assert_eq!(answer.status, 400);
        assert!(
            answer.json()["message"].as_str().unwrap().contains(reason),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn requests_are_listed_with_their_answers_and_without_tokens() {
    let setup = setup().await;
    let old = setup.sandbox.instance().api_token_instance();
    setup.get("updateApiToken").await;
    let new = setup.sandbox.instance().api_token_instance();
    // The envelope of an error repeats the path.
    setup.post("getAuthorizationCode", json!({})).await;
    setup
        .set(json!({ "webhookUrlToken": "Bearer secret-of-a-webhook" }))
        .await;
    setup.get("getSettings").await;

    let text = setup
        .send(setup.control(Method::GET, "requests?limit=4"))
        .await
        .text;
    assert!(
        !text.contains(&old) && !text.contains(&new) && !text.contains("secret-of-a-webhook"),
        "{text}"
    );
    let requests: Value = serde_json::from_str(&text).unwrap();
    let operations: Vec<_> = requests
        .as_array()
        .unwrap()
        .iter()
        .map(|request| request["operation"].as_str().unwrap())
        .collect();
    assert_eq!(
        operations,
        [
            "getSettings",
            "setSettings",
            "getAuthorizationCode",
            "updateApiToken"
        ]
    );
    let refused = &requests[2];
    assert_eq!(
        (
            refused["number"].as_u64(),
            refused["method"].as_str(),
            refused["status"].as_u64()
        ),
        (Some(1), Some("POST"), Some(400))
    );
    assert!(
        refused["answer"]["text"]
            .as_str()
            .unwrap()
            .contains("/waInstance1101000001/getAuthorizationCode/***"),
        "{refused}"
    );
    assert_eq!(
        requests[3]["answer"]["text"],
        r#"{"apiTokenInstance":"***"}"#
    );
}

#[tokio::test]
async fn answers_are_remembered_up_to_a_size_and_for_a_time() {
    let setup = setup_with(Sandbox::builder().rate_limits(false)).await;
    setup.acts("faults", json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "huge", "bytes": 5_000_000 } })).await;
    setup
        .acts(
            "faults",
            json!({ "operation": "getSettings", "times": 1, "answer": { "kind": "garbage" } }),
        )
        .await;
    setup.get("getSettings").await;
    let garbage = setup
        .request(Method::GET, &setup.address("getSettings", ""))
        .send()
        .await
        .unwrap();
    assert_eq!(garbage.content_length(), Some(6));
    let requests = setup.look("requests").await;
    assert_eq!(
        requests[0]["answer"],
        json!({ "contentType": "application/json", "text": null, "size": 6 })
    );
    assert_eq!(requests[1]["answer"]["size"], 5_000_000);
    assert_eq!(requests[1]["answer"]["text"].as_str().unwrap().len(), 4096);
    for _ in 0..199 {
        setup.get("getStateInstance").await;
    }
    let requests = setup.look("requests?limit=1000").await;
    assert_eq!(
        (requests.as_array().unwrap().len(), &requests[200]["answer"]),
        (201, &Value::Null)
    );
    assert_ne!(requests[199]["answer"], Value::Null);
}

#[tokio::test]
async fn a_change_is_waited_for() {
    let setup = setup().await;
    let version = setup.look("state").await["version"].as_u64().unwrap();
    let waiting = setup.control(Method::GET, &format!("state?after={version}&wait=60"));
    let waiting =
        tokio::spawn(async move { Answer::read(waiting.send().await.unwrap()).await.json() });
    assert_eq!(
        setup.look(&format!("state?after={version}&wait=0")).await["version"],
        version
    );
    assert!(!waiting.is_finished());
    setup
        .sandbox
        .instance()
        .set_state(green_api_sandbox::State::Blocked);
    let state = waiting.await.unwrap();
    assert_eq!(state["instances"][0]["stateInstance"], "blocked");
    assert!(state["version"].as_u64().unwrap() > version);
    assert_eq!(
        setup
            .send(setup.control(Method::GET, "state?wait=3600"))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn whoever_waits_for_a_change_is_not_kept_when_it_ends() {
    let setup = setup().await;
    let version = setup.look("state").await["version"].as_u64().unwrap();
    let waiting = tokio::spawn(
        setup
            .control(Method::GET, &format!("state?after={version}&wait=60"))
            .send(),
    );
    setup.look("state").await;
    drop(setup.sandbox);
    // Whether it still gets an answer is a matter of luck; that it does not wait for a minute is not.
    let _ = tokio::time::timeout(Duration::from_secs(30), waiting)
        .await
        .expect("it is still waiting");
}

#[tokio::test]
async fn a_real_clock_is_said_to_be_one_and_can_be_advanced() {
    let sandbox = Sandbox::builder()
        .clock(Clock::real())
        .start()
        .await
        .unwrap();
    let before = sandbox.clock().now();
    let advance = reqwest::Client::new()
        .post(format!("{}/sandbox/clock/advance", sandbox.url()))
        .json(&json!({ "seconds": 86_400 }));
    let time: Value = advance.send().await.unwrap().json().await.unwrap();
    assert_eq!(time["manual"], false);
    assert!(sandbox.clock().now() >= before + Duration::from_secs(86_400));
    let too_far = reqwest::Client::new()
        .post(format!("{}/sandbox/clock/advance", sandbox.url()))
        .json(&json!({ "seconds": -1 }));
    assert_eq!(too_far.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn web_pages_of_other_places_are_kept_out() {
    let setup = setup().await;
    let unlink = || {
        setup
            .control(Method::POST, "phones/447700900123/unlink")
            .json(&json!({}))
    };
    let own = setup.sandbox.url();
    let own_host = own.trim_start_matches("http://");
    let port = own_host.rsplit_once(':').unwrap().1;
    for (refused, name) in [
        (
            setup
                .control(Method::GET, "state")
                .header(HOST, "evil.example"),
            "another name that points here, reading",
        ),
        (
            unlink().header(HOST, format!("evil.example:{port}")),
            "another name that points here, acting",
        ),
        (
            unlink().header(ORIGIN, "http://evil.example"),
            "another origin",
        ),
        (
            unlink().header(ORIGIN, "null"),
            "an origin that is kept secret",
        ),
        (
            unlink().header(ORIGIN, format!("http://localhost:{port}")),
            "another name of this machine",
        ),
        (
            unlink().header("sec-fetch-site", "cross-site"),
            "another site",
        ),
        (
            unlink().header("sec-fetch-site", "same-site"),
            "another port of this machine",
        ),
        (
            setup
                .control(Method::DELETE, "faults")
                .header(ORIGIN, "http://evil.example"),
            "another origin, deleting",
        ),
    ] {
        let answer = setup.send(refused).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (403, Some("forbidden")),
            "{name}"
        );
    }
    // What a form can send, from anywhere and without being asked.
    for form in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
    ] {
        let form = setup
            .control(Method::POST, "phones/447700900123/unlink")
            .header(CONTENT_TYPE, form)
            .body("{}");
        assert_eq!(setup.send(form).await.status, 415);
    }
    let own_page = unlink()
        .header(ORIGIN, &own)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(setup.send(own_page).await.status, 204);
    let by_name = unlink().header(HOST, format!("localhost:{port}"));
    assert_eq!(setup.send(by_name).await.status, 204);
    let answer = setup
        .control(Method::GET, "state")
        .header(ORIGIN, "http://evil.example")
        .send()
        .await
        .unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn the_page_runs_its_own_script_and_no_other() {
    let setup = setup().await;
    let page = reqwest::get(setup.sandbox.url()).await.unwrap();
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    for rule in [
        "default-src 'none'",
        "script-src 'sha256-",
        "style-src 'sha256-",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(
        html.contains("<h2 id=\"chats-title\"")
            && !html.contains(&setup.sandbox.instance().api_token_instance())
    );
    assert_eq!(
        setup.sandbox.requests(),
        [],
        "what is done with the page and the control is no call of the API"
    );
}

#[tokio::test]
async fn mistakes_are_answered_with_a_sentence() {
    let setup = setup().await;
    let nothing = setup.send(setup.control(Method::GET, "stat")).await;
    assert_eq!(
        (nothing.status, nothing.json()["error"].as_str()),
        (404, Some("notFound"))
    );
    let wrong = setup.send(setup.control(Method::DELETE, "state")).await;
    assert_eq!(
        (wrong.status, wrong.json()["error"].as_str()),
        (405, Some("wrongMethod"))
    );
    for number in ["12", "abc", "4477009001234567"] {
        assert_eq!(
            setup
                .complaint("phones", json!({ "number": number }))
                .await
                .0,
            400,
            "{number}"
        );
    }
    assert_eq!(
        setup
            .act("phones", json!({ "number": "+44 (7700) 900-123" }))
            .await
            .json(),
        json!({ "number": PHONE })
    );
    let broken = setup
        .control(Method::POST, "phones")
        .header(CONTENT_TYPE, "application/json")
        .body("{");
    assert_eq!(setup.send(broken).await.status, 400);
}
