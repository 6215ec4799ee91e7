//! The other operations of the account section.

mod common;

use std::time::Duration;

use common::{PHONE, scan, setup};
use green_api_sandbox::State;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

#[tokio::test]
async fn every_state_is_reported_in_the_spelling_of_the_api() {
    let setup = setup().await;
    for (state, spelling) in [
        (State::Authorized, "authorized"),
        (State::Blocked, "blocked"),
        (State::SleepMode, "sleepMode"),
        (State::Starting, "starting"),
        (State::YellowCard, "yellowCard"),
        (State::Suspended, "suspended"),
        (State::NotAuthorized, "notAuthorized"),
    ] {
        setup.sandbox.instance().set_state(state);
        assert_eq!(setup.state().await, spelling);
        assert_eq!(setup.sandbox.instance().state(), state);
        assert_eq!(state.to_string(), spelling);
    }
}

#[tokio::test]
async fn an_instance_that_is_being_created_has_no_state() {
    let setup = setup().await;
    setup.sandbox.instance().creating(Duration::from_secs(60));
    assert_eq!(setup.get("getStateInstance").await.text, "null");
    let answer = setup.ask_for_code().await;
    assert_eq!(answer.refusal(), "instance in starting process try later");
    setup.advance(59);
    assert_eq!(setup.state().await, "notAuthorized");
}

#[tokio::test]
async fn settings_are_kept_while_the_instance_restarts() {
    let setup = setup().await;
    let before = setup.get("getSettings").await.json();
    assert_eq!(
        (
            &before["stateWebhook"],
            &before["webhookUrl"],
            &before["wid"]
        ),
        (&json!("no"), &json!(""), &json!(""))
    );

    let answer = setup
        .post(
            "setSettings",
            json!({ "stateWebhook": "yes", "delaySendMessagesMilliseconds": 1000 }),
        )
        .await;
    assert_eq!(answer.text, r#"{"saveSettings":true}"#);
    assert_eq!(setup.state().await, "starting");
    let answer = setup.ask_for_code().await;
    assert_eq!(answer.refusal(), "instance in starting process try later");

    setup.advance(1);
    assert_eq!(setup.state().await, "notAuthorized");
    let mut expected = before;
    expected["stateWebhook"] = json!("yes");
    expected["delaySendMessagesMilliseconds"] = json!(1000);
    assert_eq!(setup.get("getSettings").await.json(), expected);
}

#[tokio::test]
async fn settings_are_checked_against_the_description() {
    let setup = setup().await;
    for (body, field) in [
        (json!({}), "'value' must have at least 1 key"),
        (json!({ "stateWebhook": true }), "'stateWebhook' must"),
        (
            json!({ "delaySendMessagesMilliseconds": 499 }),
            "'delaySendMessagesMilliseconds' must be greater than or equal to 500",
        ),
    ] {
        let refusal = setup.post("setSettings", body).await.refusal();
        assert!(refusal.contains(field), "{refusal}");
        setup.advance(1);
    }
    assert_eq!(
        setup.state().await,
        "notAuthorized",
        "nothing was saved, so nothing restarts"
    );
}

#[tokio::test]
async fn a_reboot_takes_as_long_as_it_is_told_and_keeps_the_account() {
    let setup = common::setup_with(
        green_api_sandbox::Sandbox::builder().restart_time(Duration::from_secs(300)),
    )
    .await;
    setup.link().await;
    assert_eq!(setup.get("reboot").await.text, r#"{"isReboot":true}"#);
    setup.advance(200);
    assert_eq!(setup.state().await, "starting");
    // Another reboot starts from the beginning.
    setup.get("reboot").await;
    setup.advance(298);
    assert_eq!(setup.state().await, "starting");
    assert_eq!(setup.state().await, "authorized");
    assert!(setup.phone().is_linked());
}

#[tokio::test]
async fn logout_unlinks_the_phone() {
    let setup = setup().await;
    setup.link().await;
    assert_eq!(
        setup.get("getSettings").await.json()["wid"],
        format!("{PHONE}@c.us")
    );
    assert_eq!(setup.get("logout").await.text, r#"{"isLogout":true}"#);
    assert_eq!(setup.state().await, "notAuthorized");
    assert!(!setup.phone().is_linked());
    assert_eq!(setup.get("getSettings").await.json()["wid"], "");
    setup.code().await;
}

#[tokio::test]
async fn the_phone_can_unlink_the_instance() {
    let setup = setup().await;
    setup.link().await;
    setup.sandbox.phone("447700900124").unlink();
    assert_eq!(setup.state().await, "authorized");
    setup.phone().unlink();
    assert_eq!(setup.state().await, "notAuthorized");
}

#[tokio::test]
async fn status_is_online_while_an_account_is_linked() {
    let setup = setup().await;
    assert_eq!(
        setup.get("getStatusInstance").await.text,
        r#"{"statusInstance":"offline"}"#
    );
    setup.link().await;
    assert_eq!(
        setup.get("getStatusInstance").await.text,
        r#"{"statusInstance":"online"}"#
    );
    setup.sandbox.instance().set_state(State::SleepMode);
    setup.advance(1);
    assert_eq!(
        setup.get("getStatusInstance").await.text,
        r#"{"statusInstance":"offline"}"#
    );
}

#[tokio::test]
async fn wa_settings_are_empty_without_an_account() {
    let setup = setup().await;
    for state in [State::NotAuthorized, State::Blocked, State::Starting] {
        setup.sandbox.instance().set_state(state);
        let expected = json!({ "avatar": "", "phone": "", "stateInstance": state.as_str(), "deviceId": "", "chatId": "",
            "base64Avatar": "", "historySyncProgress": 0, "logoutProcess": false });
        assert_eq!(setup.get("getWaSettings").await.json(), expected);
        setup.advance(1);
    }
    setup.sandbox.instance().set_state(State::NotAuthorized);
    setup.link().await;
    let expected = json!({
        "avatar": "",
        "phone": PHONE,
        "stateInstance": "authorized",
        "deviceId": format!("{PHONE}:8@s.whatsapp.net"),
        "chatId": format!("{PHONE}@c.us"),
        "base64Avatar": "",
        "historySyncProgress": 100,
        "logoutProcess": false,
    });
    assert_eq!(setup.get("getWaSettings").await.json(), expected);
}

#[tokio::test]
async fn history_is_newest_first_and_counted() {
    let setup = setup().await;
    assert_eq!(setup.get("getStateInstanceHistory").await.text, "[]");
    setup.link().await;
    setup.get("reboot").await;
    setup.advance(3);
    setup.get("logout").await;

    let states = |answer: &common::Answer| -> Vec<String> {
        let lines = answer.json();
        lines
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["stateInstance"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = setup.get("getStateInstanceHistory").await;
    assert_eq!(
        states(&all),
        ["notAuthorized", "authorized", "starting", "authorized"]
    );
    let linked = &all.json()[3];
    // The clock starts on 1 January 2026 and linking takes two seconds.
    assert_eq!(
        linked,
        &json!({ "stateInstance": "authorized", "timestamp": 1_767_225_602, "phoneNumber": format!("{PHONE}@c.us") })
    );

    let address = setup.address("getStateInstanceHistory", "?count=2");
    let two = setup.send(setup.request(Method::GET, &address)).await;
    assert_eq!(states(&two), ["notAuthorized", "authorized"]);
    // The documented spelling and the documented place of the count.
    let address = setup.address("GetStateInstanceHistory", "");
    let one = setup
        .send(
            setup
                .request(Method::GET, &address)
                .json(&json!({ "count": 1 })),
        )
        .await;
    assert_eq!(states(&one), ["notAuthorized"]);
}

#[tokio::test]
async fn qr_is_a_picture_that_changes_every_twenty_seconds() {
    let setup = setup().await;
    let first = setup.get("qr").await.json();
    assert_eq!(first["type"], "qrCode");
    let scanned = scan(first["message"].as_str().unwrap());
    assert!(
        scanned.starts_with("2@") && scanned.split(',').count() == 4,
        "{scanned}"
    );

    setup.advance(19);
    assert_eq!(setup.get("qr").await.json(), first);
    setup.advance(1);
    let second = setup.get("qr").await.json();
    assert_eq!(second["type"], "qrCode");
    assert_ne!(scan(second["message"].as_str().unwrap()), scanned);
}

#[tokio::test]
async fn qr_depends_on_the_state() {
    let setup = setup().await;
    setup.link().await;
    let linked =
        json!({ "type": "alreadyLogged", "message": "instance account already authorized" });
    assert_eq!(setup.get("qr").await.json(), linked);
    setup.sandbox.instance().set_state(State::Blocked);
    let blocked =
        json!({ "type": "error", "message": "Instance has auth. You need to make log out" });
    assert_eq!(setup.get("qr").await.json(), blocked);
    setup.sandbox.instance().set_state(State::Starting);
    assert_eq!(
        setup.get("qr").await.refusal(),
        "instance in starting process try later"
    );
}

#[tokio::test]
async fn a_new_token_replaces_the_old_one_at_once() {
    let setup = setup().await;
    let old = setup.address("getSettings", "");
    let token: Value = setup.get("updateApiToken").await.json()["apiTokenInstance"].clone();
    let token = token.as_str().unwrap();
    assert_eq!(token.len(), 50);
    assert_eq!(token, setup.sandbox.instance().api_token_instance());
    assert!(!old.contains(token));
    assert_eq!(
        setup.send(setup.request(Method::GET, &old)).await.status,
        401
    );
    setup.advance(1);
    assert_eq!(setup.get("getSettings").await.status, 200);
}

#[tokio::test]
async fn a_profile_picture_is_a_jpeg_of_a_linked_account() {
    let setup = setup().await;
    let address = setup.address("setProfilePicture", "");
    let send = async |bytes: &[u8]| {
        setup.advance(10);
        let form = Form::new().part("file", Part::bytes(bytes.to_vec()).file_name("picture.jpg"));
        setup
            .send(setup.request(Method::POST, &address).multipart(form))
            .await
    };
    let jpeg = [&[0xff, 0xd8, 0xff, 0xe0], [7; 200_000].as_slice()].concat();

    assert_eq!(
        send(&jpeg).await.refusal(),
        "instance is starting or not authorized"
    );
    setup.link().await;
    assert_eq!(send(b"").await.refusal(), "File is empty");
    assert_eq!(send(b"GIF89a").await.refusal(), "Unsupported media type");
    setup.advance(10);
    let no_form = setup
        .send(setup.request(Method::POST, &address).body("x"))
        .await;
    assert_eq!(no_form.refusal(), "File is empty");

    let answer = send(&jpeg).await.json();
    let avatar = answer["urlAvatar"].as_str().unwrap();
    assert_eq!(
        answer,
        json!({ "reason": null, "urlAvatar": avatar, "setProfilePicture": true })
    );
    assert_eq!(
        reqwest::get(avatar).await.unwrap().bytes().await.unwrap(),
        jpeg
    );
    assert_eq!(setup.get("getWaSettings").await.json()["avatar"], avatar);
}

#[tokio::test]
async fn a_second_profile_picture_within_ten_seconds_is_refused_with_200() {
    let setup = setup().await;
    setup.link().await;
    let send = async || {
        let form = Form::new().part(
            "file",
            Part::bytes(vec![0xff, 0xd8, 0xff]).file_name("picture.jpg"),
        );
        setup
            .send(
                setup
                    .request(Method::POST, &setup.address("setProfilePicture", ""))
                    .multipart(form),
            )
            .await
    };
    let first = send().await;
    assert_eq!(
        (
            first.json()["setProfilePicture"].clone(),
            first.replenish_rate.as_deref()
        ),
        (json!(true), Some("0.1"))
    );
    setup.advance(9);
    let second = send().await;
    assert_eq!(second.status, 200);
    assert_eq!(
        second.json(),
        json!({ "reason": "rate-overlimit", "urlAvatar": null, "setProfilePicture": false })
    );
    setup.advance(1);
    assert_eq!(send().await.json()["setProfilePicture"], true);
}

#[tokio::test]
async fn device_info_is_known_of_a_linked_phone() {
    let setup = setup().await;
    assert_eq!(
        setup.get("getDeviceInfo").await.refusal(),
        "instance is starting or not authorized"
    );
    setup.link().await;
    let info = setup.get("getDeviceInfo").await;
    assert_eq!(info.status, 200);
    assert!(info.json()["platform"].is_string(), "{}", info.text);
}
