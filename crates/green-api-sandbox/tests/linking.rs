//! `getAuthorizationCode` and the phone that types the code.

mod common;

use std::time::Duration;

use common::{NO_CODE, PHONE, setup};
use green_api_sandbox::{PhoneError, State};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_documented_curl_call_gets_a_code() {
    let setup = setup().await;
    let request = setup
        .request(Method::POST, &setup.address("getAuthorizationCode", ""))
        .header("Content-Type", "application/json")
        .body("{\n      \"phoneNumber\": 441234567890\n  }");
    let answer = setup.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.content_type.as_deref(),
        Some("application/json; charset=utf-8")
    );
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    assert_eq!(answer.text, format!(r#"{{"status":true,"code":"{code}"}}"#));
    assert_eq!(code.len(), 8);
    assert!(
        code.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        "{code}"
    );
}

#[tokio::test]
async fn the_documented_python_call_gets_a_code_without_a_content_type() {
    let setup = setup().await;
    let request = setup
        .request(Method::POST, &setup.address("getAuthorizationCode", ""))
        .body(r#"{"phoneNumber": 441234567890}"#);
    assert_eq!(setup.send(request).await.json()["status"], true);
}

#[tokio::test]
async fn the_right_code_links_the_instance_a_moment_later() {
    let setup = setup().await;
    let code = setup.code().await;
    let as_shown = format!("{}-{}", &code[..4], code[4..].to_lowercase());
    setup.phone().type_code(&as_shown).unwrap();

    assert_eq!(setup.state().await, "notAuthorized");
    assert_eq!(setup.state().await, "authorized");
    assert_eq!(
        setup.sandbox.instance().phone_number().as_deref(),
        Some(PHONE)
    );
    assert!(setup.phone().is_linked());
}

#[tokio::test]
async fn a_code_is_valid_for_150_seconds() {
    let setup = setup().await;
    let code = setup.code().await;
    setup.advance(150);
    assert_eq!(setup.phone().type_code(&code), Err(PhoneError::Expired));

    let code = setup.code().await;
    setup.advance(149);
    assert_eq!(setup.phone().type_code(&code), Ok(()));
}

#[tokio::test]
async fn a_code_works_once() {
    let setup = setup().await;
    let code = setup.code().await;
    setup.phone().type_code(&code).unwrap();
    assert_eq!(setup.phone().type_code(&code), Err(PhoneError::NoCode));
    setup.advance(2);
    setup.phone().unlink();
    assert_eq!(setup.phone().type_code(&code), Err(PhoneError::NoCode));
    assert_eq!(setup.state().await, "notAuthorized");
}

#[tokio::test]
async fn a_wrong_code_is_an_error_and_leaves_the_right_one_valid() {
    let setup = setup().await;
    assert_eq!(
        setup.phone().type_code("GAPI-2018"),
        Err(PhoneError::NoCode)
    );
    let code = setup.code().await;
    for _ in 0..2 {
        assert_eq!(
            setup.phone().type_code("GAPI-2018"),
            Err(PhoneError::WrongCode)
        );
    }
    assert_eq!(
        setup.sandbox.phone("447700900124").type_code(&code),
        Err(PhoneError::NoCode)
    );
    setup.advance(2);
    assert_eq!(setup.state().await, "notAuthorized");
    assert_eq!(setup.phone().type_code(&code), Ok(()));
}

#[tokio::test]
async fn a_new_code_makes_the_one_before_void() {
    let setup = setup().await;
    let first = setup.code().await;
    let second = setup.code().await;
    assert_ne!(first, second);
    assert_eq!(setup.phone().type_code(&first), Err(PhoneError::WrongCode));
    assert_eq!(setup.phone().type_code(&second), Ok(()));
}

#[tokio::test]
async fn the_phone_can_type_every_code_by_itself() {
    let setup = setup().await;
    setup
        .phone()
        .type_code_when_issued(Duration::from_secs(200));
    setup.code().await;
    setup.advance(202);
    assert_eq!(
        setup.state().await,
        "notAuthorized",
        "the first code expired before it was typed"
    );

    setup.phone().type_code_when_issued(Duration::from_secs(5));
    setup.code().await;
    setup.advance(5);
    assert_eq!(setup.state().await, "notAuthorized");
    assert_eq!(setup.state().await, "authorized");
}

#[tokio::test]
async fn the_phone_types_a_code_that_was_waiting_and_stops_when_told() {
    let setup = setup().await;
    setup.code().await;
    setup.phone().type_code_when_issued(Duration::from_secs(1));
    setup.advance(3);
    assert_eq!(setup.state().await, "authorized");

    setup.phone().stop_typing();
    setup.phone().unlink();
    setup.code().await;
    setup.advance(60);
    assert_eq!(setup.state().await, "notAuthorized");
}

#[tokio::test]
async fn there_is_no_code_unless_the_state_is_not_authorized() {
    let setup = setup().await;
    for state in [
        State::Authorized,
        State::Blocked,
        State::SleepMode,
        State::YellowCard,
        State::Suspended,
    ] {
        setup.sandbox.instance().set_state(state);
        let answer = setup.ask_for_code().await;
        assert_eq!(answer.told(), NO_CODE, "{state}");
    }
    setup.sandbox.instance().set_state(State::NotAuthorized);
    setup.code().await;
}

#[tokio::test]
async fn codes_can_be_refused() {
    let setup = setup().await;
    setup.sandbox.instance().refuse_codes(true);
    let answer = setup.ask_for_code().await;
    assert_eq!(answer.told(), NO_CODE);
    assert_eq!(
        setup.phone().type_code("GAPI-2018"),
        Err(PhoneError::NoCode)
    );

    setup.sandbox.instance().refuse_codes(false);
    setup.code().await;
}

#[tokio::test]
async fn linking_does_not_survive_a_reboot() {
    let setup = setup().await;
    let typed = setup.code().await;
    setup.phone().type_code(&typed).unwrap();
    setup.get("reboot").await;
    setup.advance(3);
    assert_eq!(setup.state().await, "notAuthorized");

    let waiting = setup.code().await;
    setup.get("reboot").await;
    setup.advance(3);
    assert_eq!(setup.phone().type_code(&waiting), Err(PhoneError::NoCode));
}

#[tokio::test]
async fn linking_that_was_interrupted_does_not_hasten_the_next() {
    let setup = setup().await;
    setup.phone().type_code(&setup.code().await).unwrap();
    setup.advance(1);
    setup.get("logout").await;
    setup.phone().type_code(&setup.code().await).unwrap();
    assert_eq!(setup.state().await, "notAuthorized");
    assert_eq!(setup.state().await, "authorized");
}

#[tokio::test]
async fn phone_numbers_are_checked() {
    let setup = setup().await;
    for (body, details) in [
        (json!({}), "'phoneNumber' is required"),
        (
            json!({ "phoneNumber": "447700900123" }),
            "'phoneNumber' must be an integer",
        ),
        (
            json!({ "phoneNumber": null }),
            "'phoneNumber' must be an integer",
        ),
        (json!([]), "'value' must be of type object"),
    ] {
        let answer = setup.post("getAuthorizationCode", body).await;
        assert_eq!(
            answer.refusal(),
            format!("Validation failed. Details: {details}")
        );
    }
    for number in [-44, 0, 447_700, 4_477_009_001_234_567_i64] {
        let answer = setup
            .post("getAuthorizationCode", json!({ "phoneNumber": number }))
            .await;
        assert_eq!(
            answer.refusal(),
            "Validation failed. Details: 'phoneNumber' must be a correct phone"
        );
    }
    assert_eq!(
        setup.phone().type_code("GAPI-2018"),
        Err(PhoneError::NoCode)
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_codes() {
    let mut codes = Vec::new();
    for seed in [7, 7, 8] {
        let setup = common::setup_with(green_api_sandbox::Sandbox::builder().seed(seed)).await;
        let token = setup.sandbox.instance().api_token_instance();
        codes.push((token, setup.code().await));
    }
    assert_eq!(codes[0], codes[1]);
    assert_ne!(codes[0].0, codes[2].0);
    assert_ne!(codes[0].1, codes[2].1);
}
