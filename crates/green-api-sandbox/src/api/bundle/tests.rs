use std::collections::BTreeMap;

use serde_json::json;

use super::{Bundle, Operation, UNDOCUMENTED_RPS};

/// Returns what the bundle of a later version might hold, in all the shapes that the loader has to understand.
fn bundle() -> Bundle {
    let json = r##"{
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
    Bundle::parse(json).unwrap()
}

#[test]
fn routes_are_found_by_verb_and_path_in_any_letter_case() {
    let bundle = bundle();
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

/// Calls `look` with the operations `sendPing` and `forget`.
fn with_operations(look: impl FnOnce(&Operation, &Operation)) {
    let bundle = bundle();
    let ping = bundle.route("POST", "/waInstance1/sendPing/t").unwrap();
    let forget = bundle.route("DELETE", "/waInstance1/forget/t/1").unwrap();
    look(ping.operation, forget.operation);
}

#[test]
fn the_first_example_in_the_file_is_the_answer() {
    with_operations(|ping, forget| {
        assert_eq!(ping.example(), Some(r#"{ "z": 1, "a": [true] }"#));
        assert_eq!(forget.example(), None);
    });
}

#[test]
fn rates_come_from_the_bundle() {
    with_operations(|ping, forget| {
        assert_eq!(ping.rate_limit_rps, 0.5);
        assert_eq!(forget.rate_limit_rps, UNDOCUMENTED_RPS);
    });
}

#[test]
fn bodies_are_checked_against_the_schema() {
    let good = [
        json!({ "to": "you", "note": null, "reply": null }),
        json!({ "to": "you", "note": "x", "reply": { "to": "me" }, "unknown": 1 }),
    ];
    let bad = [
        (json!({}), "'to' is required"),
        (json!({ "to": 4 }), "'to' must be a string"),
        (
            json!({ "to": "y" }),
            "'to' length must be at least 2 characters long",
        ),
        (
            json!({ "to": "you", "tone": "odd" }),
            "'tone' must be one of [loud, soft]",
        ),
        (
            json!({ "to": "you", "times": 0 }),
            "'times' must be greater than 0",
        ),
        (
            json!({ "to": "you", "note": 1 }),
            "'note' does not match any of the allowed types",
        ),
        (json!([]), "'value' must be of type object"),
    ];
    with_operations(|ping, _| {
        for body in good {
            assert_eq!(ping.body_complaint(&body), None);
        }
        for (body, complaint) in bad {
            assert_eq!(ping.body_complaint(&body).unwrap(), complaint);
        }
    });
}

#[test]
fn parameters_are_checked_in_the_path_and_in_the_query() {
    let bundle = bundle();
    // Text that looks like a number is text all the same.
    for (count, why, complaint) in [
        ("3", Some("42"), None),
        (
            "3",
            None,
            Some("Validation failed. Details: 'why' is required"),
        ),
        ("0", Some("x"), Some("Parameter count must be a Number")),
        ("x", Some("x"), Some("Parameter count must be a Number")),
    ] {
        let path = format!("/waInstance1/forget/t/{count}");
        let query = BTreeMap::from_iter(why.map(|why| ("why".to_owned(), why.to_owned())));
        let route = bundle.route("DELETE", &path).unwrap();
        assert_eq!(route.complaint(&query).as_deref(), complaint);
    }
}
