//! The state as a whole: who waits for a change of it, and its clock.

use std::time::Duration;

use green_api_sandbox::{Clock, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Answer, setup};

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
