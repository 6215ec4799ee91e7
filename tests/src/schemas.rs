//! Schemas of the description as JSON Schema validators.

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::spec::{Spec, entries};

/// A validator of a schema of the description.
///
/// # Panics
///
/// When the schema cannot be compiled.
#[must_use]
pub fn validator(spec: &Spec, schema: &Value) -> Validator {
    let root = json!({ "allOf": [convert(schema)], "components": { "schemas": convert(&spec.document()["components"]["schemas"]) } });
    jsonschema::options().with_draft(Draft::Draft4).build(&root).expect("the description's schemas are schemas")
}

/// From OpenAPI 3.0, an extended draft 4: it has `nullable`, and unions whose variant one field decides.
fn convert(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(convert).collect(),
        Value::Object(_) if schema["discriminator"]["mapping"].is_object() => {
            let tag = schema["discriminator"]["propertyName"].as_str().unwrap_or_default();
            let variants = entries(&schema["discriminator"]["mapping"]).map(
                |(kind, reference)| json!({ "allOf": [{ "$ref": reference }, { "required": [tag], "properties": { tag: { "enum": [kind] } } }] }),
            );
            json!({ "anyOf": variants.collect::<Vec<_>>() })
        }
        Value::Object(fields) => {
            let mut converted: serde_json::Map<_, _> = fields.iter().map(|(key, value)| (key.clone(), convert(value))).collect();
            if converted.remove("nullable") == Some(Value::Bool(true)) {
                return json!({ "anyOf": [{ "type": "null" }, converted] });
            }
            Value::Object(converted)
        }
        other => other.clone(),
    }
}

/// What is wrong with a value, with the place where it is.
#[must_use]
pub fn complaints(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{} {error}", error.instance_path())).collect()
}
