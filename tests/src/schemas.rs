//! Schemas of the description as JSON Schema.

use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::spec::{bundle, entries};

/// The answers of all operations in one schema, as if they were the fields of one object: compiling takes a while.
static ANSWERS: LazyLock<Validator> = LazyLock::new(|| {
    let operations = bundle().operations().into_iter();
    let answers: Map<String, Value> = operations
        .filter_map(|operation| {
            Some((
                operation.id.to_owned(),
                convert(&operation.answer()?["schema"]),
            ))
        })
        .collect();
    let root = json!({ "properties": answers, "components": { "schemas": convert(&bundle().document()["components"]["schemas"]) } });
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&root)
        .expect("the description's schemas are schemas")
});

/// Returns what is wrong with the answer of an operation, with the place where it is.
#[must_use]
pub fn complaints(operation: &str, answer: &Value) -> Vec<String> {
    ANSWERS
        .iter_errors(&json!({ operation: answer }))
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect()
}

/// From OpenAPI 3.0, an extended draft 4: it has `nullable`, and unions whose variant one field decides.
fn convert(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(convert).collect(),
        Value::Object(_) if schema["x-discriminator"]["mapping"].is_object() => {
            let tag = schema["x-discriminator"]["propertyName"]
                .as_str()
                .unwrap_or_default();
            let variants = entries(&schema["x-discriminator"]["mapping"]).map(
                |(kind, reference)| json!({ "allOf": [{ "$ref": reference }, { "required": [tag], "properties": { tag: { "enum": [kind] } } }] }),
            );
            json!({ "anyOf": variants.collect::<Vec<_>>() })
        }
        Value::Object(fields) => {
            let mut converted: serde_json::Map<_, _> = fields
                .iter()
                .map(|(key, value)| (key.clone(), convert(value)))
                .collect();
            if converted.remove("nullable") == Some(Value::Bool(true)) {
                return json!({ "anyOf": [{ "type": "null" }, converted] });
            }
            Value::Object(converted)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let notification = |sender: Value| {
            json!({ "receiptId": 1, "body": {
                "typeWebhook": "incomingMessageReceived", "instanceData": { "idInstance": 1 }, "idMessage": "A", "senderData": sender,
                "messageData": { "typeMessage": "textMessage", "textMessageData": { "textMessage": "Hello" } },
            } })
        };
        assert_eq!(
            complaints(
                "receiveNotification",
                &notification(json!({ "chatId": "447700900145@c.us" }))
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            complaints("receiveNotification", &Value::Null),
            Vec::<String>::new()
        );
        let told = complaints("receiveNotification", &notification(json!([])));
        assert!(told[0].starts_with("/receiveNotification"), "{told:?}");
        assert_eq!(
            complaints("getStateInstance", &json!({ "stateInstance": 5 })).len(),
            1
        );
    }
}
