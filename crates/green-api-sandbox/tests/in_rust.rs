//! What tests in Rust have beyond HTTP: the builder, credentials, bodies of requests, files from bytes, Tokio's clock.

mod common;

use std::time::{Duration, Instant as Wall};

use common::{FRIEND, PHONE, setup, setup_with};
use green_api_sandbox::{Clock, Content, Fault, Sandbox, State};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

#[tokio::test]
async fn credentials_are_those_of_a_client() {
    let builder = Sandbox::builder().instance(1101000002, "two");
    let setup = setup_with(builder.instance(1101000001, "one")).await;
    let ids = [0, 1].map(|index| setup.sandbox.credentials(index).id_instance.to_string());
    assert_eq!(ids, ["1101000001", "1101000002"]);
    let credentials = setup.sandbox.instance().credentials();
    assert_eq!(credentials, setup.sandbox.credentials(1));
    let address = credentials.pass_to(|url, id, token| format!("{url}/waInstance{id}/qr/{token}"));
    assert_eq!(address, setup.address("qr", ""));
    assert!(!format!("{credentials:?}").contains("two"));
}

#[tokio::test]
#[should_panic(expected = "there is no instance 1: there are 1")]
async fn credentials_of_an_instance_that_is_not_there_are_a_panic() {
    let sandbox = Sandbox::start().await.unwrap();
    let _ = sandbox.credentials(1);
}

#[tokio::test]
async fn instances_begin_as_they_are_built() {
    let builder = Sandbox::builder()
        .settings(json!({ "incomingWebhook": "yes", "stateWebhook": "yes", "delaySendMessagesMilliseconds": 1000 }))
        .linked_to("+44 7700 900123")
        .instance(7, "seven")
        .instance(8, "eight")
        .settings(json!({ "outgoingWebhook": "yes" }));
    let setup = setup_with(builder).await;
    let instances = setup.sandbox.instances();
    assert_eq!(instances.len(), 2);
    assert_eq!(setup.state().await, "authorized");
    assert_eq!(instances[0].phone_number().unwrap(), PHONE);
    assert_eq!(instances[1].state(), State::NotAuthorized);
    let settings = setup.get("getSettings").await.json();
    assert_eq!(settings["incomingWebhook"], "yes");
    assert_eq!(settings["delaySendMessagesMilliseconds"], 1000);
    assert_eq!(settings["outgoingWebhook"], "no");
    // How it began is not news.
    assert_eq!(instances[0].pending_notifications(), 0);
    setup.sandbox.phone(FRIEND).send_text(PHONE, "Hello");
    setup.advance(1);
    assert_eq!(instances[0].pending_notifications(), 1);
}

#[tokio::test]
async fn the_default_instance_can_be_built_as_well() {
    let setup = setup_with(Sandbox::builder().linked_to(PHONE)).await;
    assert_eq!(setup.sandbox.instance().id_instance().get(), 1_101_000_001);
    assert_eq!(setup.state().await, "authorized");
}

#[test]
#[should_panic(expected = "there is no setting `incomingWebhok`")]
fn a_misspelt_setting_is_a_panic() {
    let _ = Sandbox::builder().settings(json!({ "incomingWebhok": "yes" }));
}

#[test]
#[should_panic(expected = "the settings cannot be set")]
fn a_value_that_no_setting_has_is_a_panic() {
    let _ = Sandbox::builder().settings(json!({ "delaySendMessagesMilliseconds": "soon" }));
}

#[tokio::test]
async fn files_are_sent_from_bytes() {
    let builder = Sandbox::builder().settings(json!({ "incomingWebhook": "yes" }));
    let setup = setup_with(builder.linked_to(PHONE)).await;
    let friend = setup.sandbox.phone(FRIEND);
    friend.send_file(PHONE, "cat.jpg", b"a picture");
    let mut document = friend.attachment("contract", "%PDF-1.7");
    document.mime_type = "application/pdf".to_owned();
    document.caption = "Please sign".to_owned();
    friend.send(PHONE, Content::File(document));
    setup.advance(1);
    let received = common::notifications(&setup).await;
    let data: Vec<&Value> = received.iter().map(|body| &body["messageData"]).collect();
    assert_eq!(data[0]["typeMessage"], "imageMessage");
    assert_eq!(data[1]["typeMessage"], "documentMessage");
    assert_eq!(data[1]["fileMessageData"]["caption"], "Please sign");
    let url = data[0]["fileMessageData"]["downloadUrl"].as_str().unwrap();
    let answer = setup.send(setup.request(Method::GET, url)).await;
    assert_eq!(
        (answer.text.as_str(), answer.content_type.as_deref()),
        ("a picture", Some("image/jpeg"))
    );
}

#[tokio::test]
async fn requests_have_their_bodies_without_secrets() {
    let setup = setup_with(Sandbox::builder().rate_limits(false)).await;
    let token = setup.sandbox.instance().api_token_instance();
    let message =
        json!({ "chatId": "447700900145@c.us", "message": format!("my token is {token}") });
    setup.post("sendMessage", message).await;
    setup
        .post(
            "setSettings",
            json!({ "webhookUrlToken": "Bearer do-not-show" }),
        )
        .await;
    setup.get("getStateInstance").await;
    let requests = setup.sandbox.requests();
    assert_eq!(requests[0].json().unwrap()["message"], "my token is ***");
    assert_eq!(
        requests[1].json().unwrap(),
        json!({ "webhookUrlToken": "***" })
    );
    assert_eq!(requests[2].body, None);
    assert!(!format!("{requests:?}").contains("do-not-show"));

    let long = json!({ "chatId": "447700900145@c.us", "message": "ü".repeat(18_000) });
    setup.post("sendMessage", long).await;
    let upload = setup.request(Method::POST, &setup.address("uploadFile", ""));
    setup.send(upload.body(vec![0xff; 10])).await;
    let requests = setup.sandbox.requests();
    let kept = requests[3].body.as_ref().unwrap().len();
    assert!((32 * 1024 - 2..=32 * 1024).contains(&kept), "{kept}");
    assert_eq!((requests[3].json(), &requests[4].body), (None, &None));

    for _ in 0..1_000 {
        setup.get("getStateInstance").await;
    }
    assert_eq!(setup.sandbox.requests()[0].body, None);
}

#[tokio::test(start_paused = true)]
async fn tokios_clock_is_the_one_clock() {
    let (real, began) = (Wall::now(), Instant::now());
    let sandbox = Sandbox::builder()
        .clock(Clock::tokio())
        .start()
        .await
        .unwrap();
    let start = sandbox.clock().now();
    let call = async |operation: &str| {
        let operation = operation.to_owned();
        let address = sandbox.credentials(0).pass_to(|url, id, token| {
            let (name, query) = operation.split_once('?').unwrap_or((&operation, ""));
            format!("{url}/waInstance{id}/{name}/{token}?{query}")
        });
        reqwest::get(address).await.unwrap().text().await.unwrap()
    };
    // A long poll is over at once, and both have waited for it.
    assert_eq!(call("receiveNotification?receiveTimeout=60").await, "null");
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(60), "{waited:?}");
    let gone = sandbox.clock().now().duration_since(start).unwrap();
    assert!(
        waited - gone < Duration::from_secs(1),
        "{waited:?} {gone:?}"
    );

    // What a test advances, the sandbox's instances do.
    let shown = sandbox.instance().qr().unwrap();
    sandbox.phone(PHONE).scan_qr(&shown).unwrap();
    tokio::time::advance(Duration::from_millis(1_900)).await;
    assert_eq!(sandbox.instance().state(), State::NotAuthorized);
    tokio::time::advance(Duration::from_millis(100)).await;
    assert_eq!(sandbox.instance().state(), State::Authorized);
    assert!(real.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_manual_clock_is_no_tokio_clock() {
    let setup = setup().await;
    let before = setup.sandbox.clock().now();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(setup.sandbox.clock().now(), before);
}

#[tokio::test]
async fn what_takes_for_ever_never_happens() {
    let ever = Duration::MAX;
    let sandbox = Sandbox::builder()
        .clock(Clock::manual())
        .restart_time(ever)
        .link_time(ever)
        .creation_time(ever)
        .delivery_time(ever)
        .sending_delay(ever)
        .webhook_retry(ever)
        .start()
        .await
        .unwrap();
    sandbox
        .faults()
        .add(Fault::on("getWaSettings").delay(ever).times(1));
    let call = |operation: &str| {
        let address = sandbox
            .credentials(0)
            .pass_to(|url, id, token| format!("{url}/waInstance{id}/{operation}/{token}"));
        async { reqwest::get(address).await.unwrap().text().await.unwrap() }
    };
    let instance = sandbox.instance();
    instance.set_state(State::Authorized);
    assert_eq!(call("reboot").await, r#"{"isReboot":true}"#);
    sandbox
        .clock()
        .advance(Duration::from_secs(10_000 * 86_400));
    assert_eq!(instance.state(), State::Starting);
    instance.creating(ever);
    assert_eq!(call("getStateInstance").await, "null");
    let answer = tokio::time::timeout(Duration::from_millis(100), call("getWaSettings"));
    assert!(answer.await.is_err(), "it was answered");
}
