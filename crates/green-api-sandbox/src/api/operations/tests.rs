//! Operations that only the bundle knows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::OPERATIONS;
use crate::Sandbox;
use crate::api::bundle::Bundle;
use crate::kit::clock::Clock;
use crate::world::state::State;

async fn sandbox() -> Sandbox {
    let json = r#"{ "paths": {
        "/waInstance{idInstance}/getWeather/{apiTokenInstance}": { "get": {
            "operationId": "getWeather",
            "tags": ["weather"],
            "x-rate-limit-rps": 5,
            "responses": { "200": { "content": { "application/json": { "examples": {
                "sunny": { "value": {"weather": "sunny"} },
                "rainy": { "value": {"weather": "rainy"} }
            } } } } }
        } },
        "/waInstance{idInstance}/forgetWeather/{apiTokenInstance}": { "delete": {
            "operationId": "forgetWeather",
            "responses": { "200": { "description": "Forgotten." } }
        } },
        "/waInstance{idInstance}/getNickname/{apiTokenInstance}": { "get": {
            "operationId": "getNickname",
            "tags": ["account"],
            "responses": { "200": { "content": { "application/json": { "example": "Bob" } } } }
        } },
        "/partner/getPlanets/{partnerToken}": { "get": {
            "operationId": "getPlanets",
            "responses": { "200": { "content": { "application/json": { "example": ["Earth"] } } } }
        } }
    } }"#;
    let mut builder = Sandbox::builder()
        .instance(1, "one")
        .partner_token("secret")
        .clock(Clock::manual());
    builder.bundle = Some(Arc::new(Bundle::parse(json).unwrap()));
    builder.start().await.unwrap()
}

#[tokio::test]
async fn they_answer_with_their_first_example_after_the_usual_checks() {
    let sandbox = sandbox().await;
    let get = async |path: &str| {
        reqwest::get(format!("{}{path}", sandbox.url()))
            .await
            .unwrap()
    };

    sandbox.instance().set_state(State::Authorized);
    let answer = get("/waInstance1/getWeather/one").await;
    assert_eq!(answer.headers()["x-ratelimit-remaining"], "4");
    assert_eq!(answer.text().await.unwrap(), r#"{"weather": "sunny"}"#);
    assert_eq!(get("/waInstance1/getWeather/two").await.status(), 401);
    assert_eq!(get("/waInstance2/getWeather/one").await.status(), 403);

    sandbox.instance().set_state(State::Starting);
    let answer = get("/waInstance1/getWeather/one").await;
    assert_eq!(answer.status(), 400);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("instance in starting process try later")
    );
}

#[tokio::test]
async fn they_need_a_linked_account_unless_they_are_about_the_instance_itself() {
    let sandbox = sandbox().await;
    let get = async |operation: &str| {
        let address = format!("{}/waInstance1/{operation}/one", sandbox.url());
        let answer = reqwest::get(address).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    let (status, text) = get("getWeather").await;
    assert_eq!(status, 400);
    assert!(
        text.contains("instance is starting or not authorized"),
        "{text}"
    );
    assert_eq!(get("getNickname").await, (200, r#""Bob""#.to_owned()));
    sandbox.instance().set_state(State::Authorized);
    assert_eq!(get("getWeather").await.0, 200);
    sandbox.instance().set_state(State::Starting);
    assert_eq!(get("getNickname").await.0, 400);
}

#[test]
fn every_row_is_one_operation_of_the_bundle() {
    let names: BTreeSet<&str> = OPERATIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names.len(), OPERATIONS.len());
    let bundle = Bundle::embedded();
    for name in names {
        assert!(bundle.has(name), "{name}");
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_empty() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    let address = format!("{}/waInstance1/forgetWeather/one", sandbox.url());
    let answer = reqwest::Client::new().delete(address).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.content_length()),
        (200, Some(0))
    );
}

#[tokio::test]
async fn what_belongs_to_no_instance_needs_none() {
    let sandbox = sandbox().await;
    let address = format!("{}/partner/getPlanets/wrong", sandbox.url());
    assert_eq!(
        reqwest::get(address).await.unwrap().text().await.unwrap(),
        r#"{"code":401,"description":"Unauthorized"}"#
    );
    let address = format!("{}/partner/getPlanets/secret", sandbox.url());
    assert_eq!(
        reqwest::get(address).await.unwrap().text().await.unwrap(),
        r#"["Earth"]"#
    );
    assert_eq!(sandbox.requests()[0].path, "/partner/getPlanets/***");
}
