//! What is refused, in which order and with which exact bodies.

mod common;

use std::time::Duration;

use common::{setup, setup_with};
use green_api_sandbox::{Sandbox, State};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_unknown_method_or_verb_is_404() {
    let setup = setup().await;
    let answer = setup.get("getStateOfTheArt").await;
    assert_eq!(answer.told(), (404, "Not Found"));
    assert_eq!(setup.post("getStateInstance", json!({})).await.status, 404);
    assert_eq!(setup.get("setSettings").await.status, 404);
    let nothing = format!("{}/waInstance1101000001", setup.sandbox.url());
    assert_eq!(
        setup
            .send(setup.request(Method::GET, &nothing))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn options_is_answered_with_204() {
    let setup = setup().await;
    let answer = setup
        .send(setup.request(Method::OPTIONS, &setup.address("getSettings", "")))
        .await;
    assert_eq!(answer.told(), (204, ""));
}

#[tokio::test]
async fn an_unknown_instance_is_an_html_403() {
    let setup = setup().await;
    for id in ["1101000002", "x", "99999999999999999999999"] {
        let address = format!(
            "{}/waInstance{id}/getStateInstance/token",
            setup.sandbox.url()
        );
        let answer = setup.send(setup.request(Method::GET, &address)).await;
        assert_eq!(
            (answer.status, answer.content_type.as_deref()),
            (403, Some("text/html"))
        );
        assert_eq!((answer.remaining, answer.replenish_rate), (None, None));
        let page = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n\
                    <center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
        assert_eq!(answer.text, page);
    }
}

#[tokio::test]
async fn a_wrong_token_is_an_empty_401_that_counts() {
    let setup = setup().await;
    let address = format!(
        "{}/waInstance1101000001/getStateInstance/wrong",
        setup.sandbox.url()
    );
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = setup.send(setup.request(Method::GET, &address)).await;
        assert_eq!(answer.text, "");
        if answer.status == 401 {
            assert_eq!(answer.content_type.as_deref(), Some("application/json"));
        }
        statuses.push(answer.status);
    }
    setup.advance(1);
    statuses.push(
        setup
            .send(setup.request(Method::GET, &address))
            .await
            .status,
    );
    assert_eq!(statuses, [401, 429, 429, 401]);
}

#[tokio::test]
async fn the_token_is_checked_before_the_body_and_before_waiting() {
    let setup = setup().await;
    let base = format!("{}/waInstance1101000001", setup.sandbox.url());
    let request = setup
        .request(Method::POST, &format!("{base}/getAuthorizationCode/wrong"))
        .body("{");
    assert_eq!(setup.send(request).await.status, 401);
    // The clock stands still: if this were waited for, it would never be answered.
    let request = setup.request(Method::GET, &format!("{base}/receiveNotification/wrong"));
    assert_eq!(setup.send(request).await.status, 401);
}

#[tokio::test]
async fn rates_are_limited_by_instance_and_method() {
    let setup = setup_with(Sandbox::builder().instance(1, "one").instance(2, "two")).await;
    let first = setup.get("getStateInstance").await;
    assert_eq!(
        (
            first.status,
            first.remaining.as_deref(),
            first.replenish_rate.as_deref()
        ),
        (200, Some("0"), Some("1"))
    );
    let second = setup.get("getStateInstance").await;
    assert_eq!(
        (
            second.status,
            second.text.as_str(),
            second.content_type.as_deref()
        ),
        (429, "", None)
    );
    assert_eq!(
        (
            second.remaining.as_deref(),
            second.replenish_rate.as_deref()
        ),
        (Some("0"), Some("1"))
    );

    assert_eq!(setup.get("getSettings").await.status, 200, "another method");
    let other = format!("{}/waInstance2/getStateInstance/two", setup.sandbox.url());
    assert_eq!(
        setup.send(setup.request(Method::GET, &other)).await.status,
        200,
        "another instance"
    );

    setup.sandbox.clock().advance(Duration::from_millis(999));
    assert_eq!(setup.get("getStateInstance").await.status, 429);
    setup.sandbox.clock().advance(Duration::from_millis(1));
    assert_eq!(setup.get("getStateInstance").await.status, 200);
}

#[tokio::test]
async fn a_rate_of_three_allows_three_at_once() {
    let setup = setup().await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = setup.get("qr").await;
        assert_eq!(answer.replenish_rate.as_deref(), Some("3"));
        seen.push((answer.status, answer.remaining.unwrap()));
    }
    let expected = [(200, "2"), (200, "1"), (200, "0"), (429, "0")];
    assert_eq!(
        seen,
        expected.map(|(status, remaining)| (status, remaining.to_owned()))
    );
}

#[tokio::test]
async fn codes_have_the_rate_that_the_server_was_seen_to_send() {
    let setup = setup().await;
    let answer = setup.ask_for_code().await;
    assert_eq!(
        (
            answer.remaining.as_deref(),
            answer.replenish_rate.as_deref()
        ),
        (Some("49"), Some("50"))
    );
}

#[tokio::test]
async fn rate_limits_can_be_switched_off() {
    let setup = setup_with(Sandbox::builder().rate_limits(false)).await;
    for _ in 0..5 {
        let answer = setup.get("getStateInstance").await;
        assert_eq!((answer.status, answer.remaining), (200, None));
    }
}

#[tokio::test]
async fn a_400_repeats_the_path_with_the_token() {
    let setup = setup().await;
    let answer = setup
        .post("getAuthorizationCode", json!({ "phoneNumber": "x" }))
        .await;
    let token = setup.sandbox.instance().api_token_instance();
    let expected = format!(
        r#"{{"statusCode":400,"timestamp":"2026-01-01T00:00:00.000Z","path":"/waInstance1101000001/getAuthorizationCode/{token}","message":"Validation failed. Details: 'phoneNumber' must be an integer"}}"#
    );
    assert_eq!((answer.status, answer.text), (400, expected));
    assert_eq!(
        answer.content_type.as_deref(),
        Some("application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn a_mismatch_is_named_with_its_field_in_the_words_of_the_server() {
    let setup = setup_with(Sandbox::builder().rate_limits(false)).await;
    let to = "447700900124@c.us";
    let option = |name: &str| json!({ "optionName": name });
    let polls: Vec<_> = (0..13).map(|number| option(&number.to_string())).collect();
    for (operation, body, details) in [
        (
            "sendMessage",
            json!({ "chatId": to }),
            "'message' is required",
        ),
        (
            "sendMessage",
            json!({ "chatId": to, "message": 5 }),
            "'message' must be a string",
        ),
        (
            "sendMessage",
            json!({ "chatId": to, "message": "x", "linkPreview": "no" }),
            "'linkPreview' must be a boolean",
        ),
        (
            "sendMessage",
            json!({ "chatId": to, "message": "x", "typingTime": 1.5 }),
            "'typingTime' must be an integer",
        ),
        (
            "sendMessage",
            json!({ "chatId": to, "message": "x", "typingTime": -1 }),
            "'typingTime' must be greater than or equal to 0",
        ),
        (
            "sendMessage",
            json!({ "chatId": to, "message": "x", "typingTime": 20_001 }),
            "'typingTime' must be less than or equal to 20000",
        ),
        (
            "setSettings",
            json!({ "autoTyping": 20_001 }),
            "'autoTyping' must be less than or equal to 20000",
        ),
        (
            "sendPoll",
            json!({ "chatId": to, "message": "x", "options": [{ "optionName": "Yes" }, { "optionName": "Yes" }] }),
            "'options' contains a duplicate value",
        ),
        (
            "sendMessage",
            json!({ "chatId": to, "message": "x".repeat(20_001) }),
            "'message' length must be less than or equal to 20000 characters long",
        ),
        (
            "sendMessage",
            json!({ "chatId": "Ada", "message": "x" }),
            "'chatId' must be one of the next formats: 'phone_number@c.us', 'group_id@g.us' or 'chat_id@lid'",
        ),
        (
            "sendPoll",
            json!({ "chatId": to, "message": "x", "options": "y" }),
            "'options' must be an array",
        ),
        (
            "sendPoll",
            json!({ "chatId": to, "message": "x", "options": [option("y")] }),
            "'options' must contain at least 2 items",
        ),
        (
            "sendPoll",
            json!({ "chatId": to, "message": "x", "options": polls }),
            "'options' must contain less than or equal to 12 items",
        ),
        (
            "sendPoll",
            json!({ "chatId": to, "message": "x", "options": [option("y"), {}] }),
            "'options[1].optionName' is required",
        ),
        (
            "sendContact",
            json!({ "chatId": to, "contact": { "phoneContact": "y", "firstName": "z" } }),
            "'contact.phoneContact' must be an integer",
        ),
        (
            "sendContact",
            json!({ "chatId": to, "contact": { "phoneContact": 9.3e18, "firstName": "z" } }),
            "'contact.phoneContact' must be a safe number",
        ),
        (
            "setSettings",
            json!({ "stateWebhook": "maybe" }),
            "'stateWebhook' must be one of [yes, no]",
        ),
        (
            "checkWhatsapp",
            json!({}),
            "'value' must have at least 1 key",
        ),
        ("sendMessage", json!("x"), "'value' must be of type object"),
    ] {
        assert_eq!(
            setup.post(operation, body).await.refusal(),
            format!("Validation failed. Details: {details}"),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn broken_json_is_named_by_its_first_wrong_character() {
    let setup = setup().await;
    let address = setup.address("getAuthorizationCode", "");
    for (body, message) in [
        // The documentation's Java example.
        (
            "{\n    \"phoneNumber\": 441234567890,\n}",
            "Unexpected token } in JSON at position 35",
        ),
        (
            "{ // a comment\n}",
            "Unexpected token / in JSON at position 2",
        ),
        ("{\"phoneNumber\": 44", "Unexpected end of JSON input"),
    ] {
        let answer = setup
            .send(setup.request(Method::POST, &address).body(body))
            .await;
        assert_eq!(answer.refusal(), message);
    }
}

#[tokio::test]
async fn a_json_body_has_at_most_100_kilobytes() {
    let setup = setup().await;
    let answer = setup
        .post("setSettings", json!({ "webhookUrl": "x".repeat(110_000) }))
        .await;
    assert_eq!(
        (answer.status, answer.json()["message"].as_str()),
        (500, Some("request entity too large"))
    );
    setup.advance(1);
    let answer = setup
        .post("setSettings", json!({ "webhookUrl": "x".repeat(90_000) }))
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn validation_comes_before_the_state() {
    let setup = setup().await;
    setup.sandbox.instance().set_state(State::Starting);
    assert_eq!(
        setup
            .post("getAuthorizationCode", json!({}))
            .await
            .refusal(),
        "Validation failed. Details: 'phoneNumber' is required"
    );
    let answer = setup.ask_for_code().await;
    assert_eq!(answer.refusal(), "instance in starting process try later");
}

#[tokio::test]
async fn a_starting_instance_answers_what_needs_no_connection() {
    let setup = setup().await;
    setup.sandbox.instance().set_state(State::Starting);
    for operation in [
        "getStateInstance",
        "getStateInstanceHistory",
        "getStatusInstance",
        "getSettings",
        "getWaSettings",
        "logout",
    ] {
        assert_eq!(setup.get(operation).await.status, 200, "{operation}");
    }
    assert_eq!(setup.state().await, "notAuthorized", "logout ended it");
}
