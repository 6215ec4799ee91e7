use std::collections::BTreeMap;

use serde_json::json;

use super::{Bundle, UNDOCUMENTED_RPS};

/// What the description of a later version might hold, in all the shapes that the loader has to understand.
fn description() -> Bundle {
    let description = r##"{
        "paths": {
            "/waInstance{idInstance}/sendPing/{apiTokenInstance}": {
                "parameters": [{ "$ref": "#/components/parameters/IdInstance" }],
                "post": {
                    "operationId": "sendPing",
                    "x-rate-limit-rps": 0.5,
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Ping" } } } },
                    "responses": { "200": { "$ref": "#/components/responses/Pong" } }
                }
            },
            "/waInstance{idInstance}/forget/{apiTokenInstance}/{count}": {
                "delete": {
                    "operationId": "forget",
                    "parameters": [
                        { "name": "count", "in": "path", "required": true, "schema": { "type": "integer", "minimum": 1 } },
                        { "name": "why", "in": "query", "required": true, "schema": { "type": "string" } }
                    ],
                    "responses": { "200": { "description": "Nothing." } }
                }
            }
        },
        "components": {
            "parameters": { "IdInstance": { "name": "idInstance", "in": "path", "schema": { "type": "integer" } } },
            "responses": {
                "Pong": {
                    "content": { "application/json": { "examples": {
                        "second": { "value": { "z": 1, "a": [true] } },
                        "first": { "value": null }
                    } } }
                }
            },
            "schemas": {
                "Ping": {
                    "type": "object",
                    "required": ["to"],
                    "properties": {
                        "to": { "type": "string", "minLength": 2 },
                        "note": { "type": "string", "nullable": true },
                        "reply": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Ping" }] },
                        "tone": { "type": "string", "enum": ["loud", "soft"] },
                        "times": { "type": "integer", "minimum": 0, "exclusiveMinimum": true }
                    }
                }
            }
        }
    }"##;
    Bundle::parse(description).unwrap()
}

#[test]
fn routes_are_found_by_verb_and_path_in_any_letter_case() {
    let bundle = description();
    let route = bundle
        .route("POST", "/waInstance1101000001/SendPing/secret")
        .unwrap();
    assert_eq!(route.operation.id, "sendPing");
    assert_eq!(route.parameter("idInstance"), Some("1101000001"));
    assert_eq!(route.parameter("apiTokenInstance"), Some("secret"));

    for (method, path) in [
        ("GET", "/waInstance1/sendPing/secret"),
        ("POST", "/waInstance/sendPing/secret"),
        ("POST", "/waInstance1/sendPing/"),
        ("POST", "/waInstance1/sendPing"),
        ("POST", "/waInstance1/sendPing/secret/more"),
        ("POST", "/instance1/sendPing/secret"),
        ("POST", "waInstance1/sendPing/secret"),
    ] {
        assert!(bundle.route(method, path).is_none(), "{method} {path}");
    }
}

#[test]
fn the_first_example_in_the_file_is_the_answer() {
    let bundle = description();
    let ping = bundle
        .route("POST", "/waInstance1/sendPing/t")
        .unwrap()
        .operation;
    assert_eq!(ping.example(), Some(r#"{ "z": 1, "a": [true] }"#));
    let forget = bundle
        .route("DELETE", "/waInstance1/forget/t/1")
        .unwrap()
        .operation;
    assert_eq!(forget.example(), None);
}

#[test]
fn rates_come_from_the_description() {
    let bundle = description();
    assert_eq!(
        bundle
            .route("POST", "/waInstance1/sendPing/t")
            .unwrap()
            .operation
            .rate_limit_rps,
        0.5
    );
    assert_eq!(
        bundle
            .route("DELETE", "/waInstance1/forget/t/1")
            .unwrap()
            .operation
            .rate_limit_rps,
        UNDOCUMENTED_RPS
    );
}

#[test]
fn bodies_are_checked_against_the_schema() {
    let bundle = description();
    let ping = bundle
        .route("POST", "/waInstance1/sendPing/t")
        .unwrap()
        .operation;
    let complaint = |body| ping.body_complaint(&body);

    assert_eq!(
        complaint(json!({ "to": "you", "note": null, "reply": null })),
        None
    );
    assert_eq!(
        complaint(json!({ "to": "you", "note": "x", "reply": { "to": "me" }, "unknown": 1 })),
        None
    );
    assert_eq!(complaint(json!({})).unwrap(), "'to' is required");
    assert_eq!(
        complaint(json!({ "to": 4 })).unwrap(),
        "'to' must be a string"
    );
    assert_eq!(
        complaint(json!({ "to": "y" })).unwrap(),
        "'to' length must be at least 2 characters long"
    );
    assert_eq!(
        complaint(json!({ "to": "you", "tone": "odd" })).unwrap(),
        "'tone' must be one of [loud, soft]"
    );
    assert_eq!(
        complaint(json!({ "to": "you", "times": 0 })).unwrap(),
        "'times' must be greater than 0"
    );
    assert_eq!(
        complaint(json!({ "to": "you", "note": 1 })).unwrap(),
        "'note' does not match any of the allowed types"
    );
    assert_eq!(
        complaint(json!([])).unwrap(),
        "'value' must be of type object"
    );
}

#[test]
fn parameters_are_checked_in_the_path_and_in_the_query() {
    let bundle = description();
    let complaint = |path, query: &[(&str, &str)]| {
        let query: BTreeMap<_, _> = query
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        bundle.route("DELETE", path).unwrap().complaint(&query)
    };
    // Text that looks like a number is text all the same.
    assert_eq!(complaint("/waInstance1/forget/t/3", &[("why", "42")]), None);
    assert_eq!(
        complaint("/waInstance1/forget/t/3", &[]).unwrap(),
        "Validation failed. Details: 'why' is required"
    );
    assert_eq!(
        complaint("/waInstance1/forget/t/0", &[("why", "x")]).unwrap(),
        "Parameter count must be a Number"
    );
    assert_eq!(
        complaint("/waInstance1/forget/t/x", &[("why", "x")]).unwrap(),
        "Parameter count must be a Number"
    );
}
