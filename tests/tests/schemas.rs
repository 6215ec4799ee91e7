//! The JSON schemas of the types that are not generated from the description, against the description: models, open enums and unions.

use std::collections::BTreeSet;

use green_api_tests::spec::{bundle, entries};
use schemars::Schema;
use serde_json::{Map, Value, json};

/// Every type of that kind, with the schema that it says it has.
fn hand_written() -> Vec<(&'static str, Schema)> {
    Vec::from(include!(concat!(env!("OUT_DIR"), "/hand_written.rs")))
}

/// The part of a schema that says what is read: the type, its format, the values of an enum, the names of a union's variants.
fn essence(schema: &Value) -> Value {
    let mut essence = Map::new();
    for key in ["type", "format", "enum"] {
        if let Some(value) = schema.get(key) {
            essence.insert(key.to_owned(), value.clone());
        }
    }
    let variants: BTreeSet<&str> = schema["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(entries(&schema["x-discriminator"]["mapping"]).map(|(_, reference)| reference))
        .filter_map(|variant| variant.as_str().or_else(|| variant["$ref"].as_str()))
        .filter_map(|reference| reference.rsplit('/').next())
        .collect();
    if !variants.is_empty() {
        essence.insert("variants".to_owned(), json!(variants));
    } else if let Some(other) = schema.get("oneOf") {
        essence.insert("oneOf".to_owned(), other.clone());
    }
    // A union is an object by what it is made of.
    if essence.contains_key("variants") {
        essence.remove("type");
    }
    Value::Object(essence)
}

#[test]
fn types_say_of_themselves_what_the_description_says() {
    let mut problems = Vec::new();
    for (name, schema) in hand_written() {
        let (_, described) = bundle()
            .schemas()
            .find(|(described, _)| *described == name)
            .expect("the list was made of the description");
        let (wanted, got) = (essence(described), essence(schema.as_value()));
        if wanted != got {
            problems.push(format!(
                "{name}: described as {wanted}, but its type says {got}"
            ));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn enums_unions_and_models_are_all_there() {
    let names: BTreeSet<&str> = hand_written().into_iter().map(|(name, _)| name).collect();
    for one_of_each in [
        "PhoneNumber",
        "ApiToken",
        "StateInstance",
        "YesNo",
        "Notification",
    ] {
        assert!(
            names.contains(one_of_each),
            "{one_of_each} is not in {names:?}"
        );
    }
}

#[test]
fn a_difference_is_seen() {
    let described =
        essence(&json!({ "type": "string", "enum": ["yes", "no"], "description": "…" }));
    assert_eq!(
        described,
        essence(&json!({ "enum": ["yes", "no"], "type": "string", "title": "YesNo" }))
    );
    assert_ne!(
        described,
        essence(&json!({ "type": "string", "enum": ["yes"] }))
    );
    assert_ne!(described, essence(&json!({ "type": "boolean" })));
    let union = |names: &[&str]| {
        essence(
            &json!({ "oneOf": names.iter().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect::<Vec<_>>() }),
        )
    };
    assert_eq!(
        union(&["A", "B"]),
        essence(
            &json!({ "x-discriminator": { "mapping": { "b": "#/components/schemas/B", "a": "#/components/schemas/A" } } })
        )
    );
    assert_ne!(union(&["A", "B"]), union(&["A"]));
}
