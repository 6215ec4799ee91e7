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

/// The first of some examples.
fn first_example(holder: &Value) -> Option<&Value> {
    Some(&holder["examples"].as_object()?.values().next()?["value"])
}

/// What follows the token of an operation: the rest of its path and the query that it must have.
fn rest(path: &str, operation: &Value) -> String {
    let after = path.split("{apiTokenInstance}").nth(1).unwrap();
    let mut rest = after.replace("{receiptId}", "1");
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    for parameter in parameters.filter(|parameter| parameter["required"] == true) {
        let name = parameter["name"].as_str().unwrap();
        let example = first_example(parameter).map(|example| match example.as_str() {
            Some(text) => text.to_owned(),
            None => example.to_string(),
        });
        match (parameter["in"].as_str(), example) {
            (Some("query"), Some(example)) => {
                let mark = if rest.contains('?') { '&' } else { '?' };
                rest.push_str(&format!("{mark}{name}={example}"));
            }
            (Some("path"), Some(example)) => rest = rest.replace(&format!("{{{name}}}"), &example),
            _ => {}
        }
    }
    rest
}

/// Calls every operation of the account and receiving sections but those that need a file, each on an instance of its own in this state, and
/// checks the answer against the schema.
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
            let body = operation["requestBody"]["content"].as_object();
            let takes_file = body.is_some_and(|body| !body.contains_key("application/json"));
            let needs_account = id == "getDeviceInfo" && state != State::Authorized;
            if (tag != "account" && tag != "receiving")
                || takes_file
                || needs_account
                // It needs a message with a file.
                || id == "downloadFile"
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
            let method = Method::from_bytes(verb.to_uppercase().as_bytes()).unwrap();
            let address = setup.address(id, &rest(path, operation));
            let mut request = setup.request(method, &address);
            if let Some(body) = body.and_then(|body| first_example(&body["application/json"])) {
                request = request.json(body);
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
