//! What tests do with the sandbox itself: faults, delays, the log of requests, its end.

mod common;

use std::time::Duration;

use common::{Answer, NO_CODE, setup, setup_with};
use green_api_sandbox::{Clock, Fault, Sandbox, StartError};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_fault_strikes_its_operation_as_often_as_told() {
    let setup = setup().await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("getStateInstance").times(2).status(502).html());
    for _ in 0..2 {
        let answer = setup.get("getStateInstance").await;
        assert_eq!(
            (answer.status, answer.content_type.as_deref()),
            (502, Some("text/html"))
        );
        assert!(
            answer.text.contains("<h1>502 Bad Gateway</h1>"),
            "{}",
            answer.text
        );
    }
    assert_eq!(setup.get("getSettings").await.status, 200);
    assert_eq!(setup.get("getStateInstance").await.status, 200);
}

#[tokio::test]
async fn faults_follow_one_another_and_can_be_cleared() {
    let setup = setup().await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("getStateInstance").times(1).status(503))
        .add(Fault::on("getStateInstance").status(504).html());
    let answer = setup.get("getStateInstance").await;
    assert_eq!(answer.told(), (503, ""));
    for _ in 0..3 {
        let answer = setup.get("getStateInstance").await;
        assert!(
            answer.status == 504 && answer.text.contains("504 Gateway Time-out"),
            "{answer:?}"
        );
    }
    setup.sandbox.faults().clear();
    assert_eq!(setup.get("getStateInstance").await.status, 200);
}

#[tokio::test]
async fn a_fault_answers_in_place_of_the_operation() {
    let setup = setup().await;
    let faults = setup.sandbox.faults();
    faults.add(
        Fault::on("logout")
            .times(1)
            .status(500)
            .body(r#"{"message":"no"}"#),
    );
    faults.add(Fault::on("getAuthorizationCode").times(1).status_false());
    setup.link_through_the_back_door();
    let answer = setup.get("logout").await;
    assert_eq!(answer.told(), (500, r#"{"message":"no"}"#));
    assert_eq!(setup.state().await, "authorized");

    setup.get("logout").await;
    let answer = setup.ask_for_code().await;
    assert_eq!(answer.told(), NO_CODE);
    setup.code().await;
}

#[tokio::test]
async fn bodies_can_be_garbage_and_huge() {
    let setup = setup().await;
    setup
        .sandbox
        .faults()
        .add(Fault::on("getSettings").times(1).garbage())
        .add(Fault::on("getSettings").huge(5_000_000));
    let address = setup.address("getSettings", "");
    let garbage = setup.request(Method::GET, &address).send().await.unwrap();
    assert_eq!(garbage.status(), 200);
    let garbage = garbage.bytes().await.unwrap();
    assert!(std::str::from_utf8(&garbage).is_err());
    assert_eq!(setup.get("getSettings").await.text.len(), 5_000_000);
}

#[tokio::test]
async fn a_dropped_connection_gives_no_answer_and_changes_nothing() {
    let setup = setup().await;
    setup.link_through_the_back_door();
    setup
        .sandbox
        .faults()
        .add(Fault::on("logout").times(1).drop_connection());
    let error = setup.response("logout").await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(setup.sandbox.requests()[0].status, None);
    assert_eq!(setup.state().await, "authorized");
}

#[tokio::test]
async fn a_truncated_answer_is_to_an_operation_that_was_carried_out() {
    let setup = setup().await;
    setup.link_through_the_back_door();
    setup
        .sandbox
        .faults()
        .add(Fault::on("logout").times(1).truncate());
    let response = setup.response("logout").await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.content_length()),
        (200, Some(17))
    );
    let error = response.text().await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(setup.state().await, "notAuthorized");
}

#[tokio::test]
#[should_panic(expected = "there is no operation `getStateInstanze`")]
async fn a_misspelt_fault_is_a_panic() {
    setup()
        .await
        .sandbox
        .faults()
        .add(Fault::on("getStateInstanze").status(500));
}

#[tokio::test]
async fn answers_can_be_late_though_what_was_asked_for_happens_at_once() {
    let setup = setup_with(Sandbox::builder().delay(Duration::from_secs(10))).await;
    setup.link_through_the_back_door();
    setup
        .sandbox
        .faults()
        .add(Fault::on("logout").delay(Duration::from_secs(20)));
    let request = setup.request(Method::GET, &setup.address("logout", ""));
    let answer = tokio::spawn(async move { Answer::read(request.send().await.unwrap()).await });
    setup.sandbox.wait_for_calls("logout", 1).await;
    setup.advance(29);
    let other = setup.request(Method::GET, &setup.address("getSettings", ""));
    let other = tokio::spawn(async move { Answer::read(other.send().await.unwrap()).await });
    setup.sandbox.wait_for_calls("getSettings", 1).await;
    assert!(!answer.is_finished());
    assert!(!setup.sandbox.phone("447700900000").is_linked());
    setup.advance(1);
    assert_eq!(answer.await.unwrap().text, r#"{"isLogout":true}"#);
    assert!(!other.is_finished());
    setup.advance(9);
    assert_eq!(other.await.unwrap().status, 200);
}

#[tokio::test]
async fn requests_are_remembered_without_their_tokens() {
    let setup = setup().await;
    assert_eq!(setup.sandbox.requests(), []);
    let token = setup.sandbox.instance().api_token_instance();
    setup.code().await;
    setup.advance(7);
    setup.delete("12").await;
    setup.get("unheardOf").await;
    setup.post("getStateInstance", json!({})).await;
    let method_forgotten = format!("{}/waInstance1101000001/{token}", setup.sandbox.url());
    setup
        .send(setup.request(Method::GET, &method_forgotten))
        .await;

    let requests = setup.sandbox.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                request.operation.as_deref(),
                request.method.as_str(),
                request.path.as_str(),
                request.status,
            )
        })
        .collect();
    let expected = [
        (
            Some("getAuthorizationCode"),
            "POST",
            "/waInstance1101000001/getAuthorizationCode/***",
            Some(200),
        ),
        (
            Some("deleteNotification"),
            "DELETE",
            "/waInstance1101000001/deleteNotification/***/12",
            Some(200),
        ),
        (None, "GET", "/waInstance1101000001/unheardOf", Some(404)),
        (
            None,
            "POST",
            "/waInstance1101000001/getStateInstance",
            Some(404),
        ),
        (None, "GET", "/waInstance1101000001/***", Some(404)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(
        requests[1].at.duration_since(requests[0].at).unwrap(),
        Duration::from_secs(7)
    );
    assert!(!format!("{requests:?}").contains(&token));
}

#[tokio::test]
async fn debug_output_has_no_token() {
    let builder = Sandbox::builder().instance(5, "token-that-must-not-be-seen");
    let before = format!("{builder:?}");
    let setup = setup_with(builder).await;
    let sandbox = &setup.sandbox;
    let after = format!(
        "{sandbox:?} {:?} {:?} {:?}",
        sandbox.instance(),
        sandbox.phone("1"),
        sandbox.faults()
    );
    assert!(before.contains("Builder") && after.contains("Sandbox"));
    assert!(
        !before.contains("must-not-be-seen") && !after.contains("must-not-be-seen"),
        "{before} {after}"
    );
}

#[tokio::test]
async fn several_instances_live_side_by_side() {
    let setup = setup_with(
        Sandbox::builder()
            .instance(7, "seven")
            .instance(710_722_000_001, "twelve digits"),
    )
    .await;
    let instances = setup.sandbox.instances();
    let ids: Vec<i64> = instances
        .iter()
        .map(|instance| instance.id_instance().get())
        .collect();
    assert_eq!(
        (setup.sandbox.instance().id_instance().get(), ids),
        (7, vec![7, 710_722_000_001])
    );
    setup.link().await;
    assert_eq!(instances[0].state().as_str(), "authorized");
    assert_eq!(instances[1].state().as_str(), "notAuthorized");
}

#[tokio::test]
async fn it_listens_where_it_is_told() {
    let first = Sandbox::start().await.unwrap();
    assert!(
        first.url().starts_with("http://127.0.0.1:"),
        "{}",
        first.url()
    );
    let taken = first.url().trim_start_matches("http://").parse().unwrap();
    let StartError::Listen { address, .. } =
        Sandbox::builder().listen(taken).start().await.unwrap_err()
    else {
        panic!("the port is taken");
    };
    assert_eq!(address, taken);
}

#[tokio::test]
async fn dropping_it_ends_everything() {
    let setup = setup().await;
    let address = setup.address("receiveNotification", "");
    let waiting = tokio::spawn(setup.request(Method::GET, &address).send());
    setup.sandbox.wait_for_calls("receiveNotification", 1).await;
    drop(setup.sandbox);
    waiting.await.unwrap().unwrap_err();
    let error = reqwest::get(address).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn a_real_clock_runs_and_can_be_advanced() {
    let clock = Clock::real();
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let (id, token) = (
        sandbox.instance().id_instance(),
        sandbox.instance().api_token_instance(),
    );
    let before = clock.now();
    let address = format!(
        "{}/waInstance{id}/receiveNotification/{token}?receiveTimeout=60",
        sandbox.url()
    );
    let waiting =
        tokio::spawn(async move { reqwest::get(address).await.unwrap().text().await.unwrap() });
    sandbox.wait_for_calls("receiveNotification", 1).await;
    clock.advance(Duration::from_secs(60));
    assert_eq!(waiting.await.unwrap(), "null");
    assert!(sandbox.clock().now() >= before + Duration::from_secs(60));
}

impl common::Setup {
    fn link_through_the_back_door(&self) {
        self.sandbox
            .instance()
            .set_state(green_api_sandbox::State::Authorized);
    }
}
