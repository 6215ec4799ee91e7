//! The answers fit the API's description.

mod common;

use common::setup;
use green_api_sandbox::State;
use reqwest::Method;
use serde_json::{Value, json};

const DESCRIPTION: &str = include_str!("../openapi.json");

/// JSON Schema has no `nullable`.
fn to_json_schema(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(to_json_schema),
        Value::Object(object) => {
            object.values_mut().for_each(to_json_schema);
            if object.remove("nullable") == Some(Value::Bool(true)) {
                *schema = json!({ "anyOf": [{ "type": "null" }, schema.take()] });
            }
        }
        _ => {}
    }
}

/// Calls every operation of the account and receiving sections but those that need a file, each on an instance of its own in this state, and
/// checks the answer against the schema. A file is what an operation sends whose body is not JSON.
async fn check_answers(state: State) {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let mut components = description["components"].clone();
    to_json_schema(&mut components);
    let notification = json!({
        "typeWebhook": "stateInstanceChanged",
        "instanceData": { "idInstance": 1_101_000_001 },
        "stateInstance": "authorized",
    });
    let mut checked = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        for (verb, operation) in item
            .as_object()
            .unwrap()
            .iter()
            .filter(|(verb, _)| *verb != "parameters")
        {
            let tag = &operation["tags"][0];
            let id = operation["operationId"].as_str().unwrap();
            let needs_account = id == "getDeviceInfo" && state != State::Authorized;
            let body = &operation["requestBody"]["content"];
            let sends_file = body.is_object() && body["application/json"].is_null();
            if (tag != "account" && tag != "receiving")
                || id == "downloadFile"
                || sends_file
                || needs_account
            {
                continue;
            }
            let mut schema =
                operation["responses"]["200"]["content"]["application/json"]["schema"].clone();
            if !schema.is_object() {
                continue;
            }
            to_json_schema(&mut schema);
            schema["components"] = components.clone();
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft4)
                .build(&schema)
                .unwrap();

            let setup = setup().await;
            setup.sandbox.instance().set_state(state);
            let rest = if path.ends_with("{receiptId}") {
                "/1"
            } else {
                ""
            };
            let method = Method::from_bytes(verb.to_uppercase().as_bytes()).unwrap();
            let mut request = setup.request(method, &setup.address(id, rest));
            if let Some(body) = operation.pointer("/requestBody/content/application~1json/examples")
            {
                request =
                    request.json(&body.as_object().unwrap().values().next().unwrap()["value"]);
            }
            setup.sandbox.instance().notify(&notification);
            let answer = setup.send(request).await;
            assert_eq!(answer.status, 200, "{id}: {}", answer.text);
            assert!(validator.is_valid(&answer.json()), "{id}: {}", answer.text);
            checked += 1;
        }
    }
    assert!(checked >= 12, "{checked}");
}

#[tokio::test]
async fn without_an_account() {
    check_answers(State::NotAuthorized).await;
}

#[tokio::test]
async fn with_an_account() {
    check_answers(State::Authorized).await;
}
