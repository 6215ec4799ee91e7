//! From OpenAPI 3.0 schemas to JSON Schema, and from its errors to the words of the server.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::{Value, json};

/// Compiles one schema of an OpenAPI document. `schemas` is its `components.schemas`, already [converted](to_json_schema).
///
/// OpenAPI 3.0 is an extended draft 4: boolean `exclusiveMinimum`, and nothing beside a `$ref` counts.
pub(super) fn compile(schema: &Value, schemas: &Value) -> Result<Validator, String> {
    let mut root = to_json_schema(schema);
    if let Value::Object(root) = &mut root {
        root.insert("components".to_owned(), json!({ "schemas": schemas }));
    }
    jsonschema::options().with_draft(Draft::Draft4).build(&root).map_err(|error| error.to_string())
}

/// Rewrites `nullable`, the one keyword of OpenAPI 3.0 that JSON Schema does not have.
pub(super) fn to_json_schema(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(to_json_schema).collect(),
        Value::Object(object) => {
            let mut rewritten: serde_json::Map<_, _> = object.iter().map(|(key, value)| (key.clone(), to_json_schema(value))).collect();
            if rewritten.get("nullable") != Some(&Value::Bool(true)) {
                return Value::Object(rewritten);
            }
            rewritten.remove("nullable");
            json!({ "anyOf": [{ "type": "null" }, rewritten] })
        }
        other => other.clone(),
    }
}

/// What is wrong with `value`, or `None`. `name` is said where the value as a whole is meant.
pub(super) fn complaint(validator: &Validator, value: &Value, name: &str) -> Option<String> {
    let complaints: Vec<String> = validator.iter_errors(value).map(|error| describe(&error, name)).collect();
    (!complaints.is_empty()).then(|| complaints.join(", "))
}

/// The error in the style of the server: the field in quotes, then the rule. The offending value is not repeated.
fn describe(error: &ValidationError<'_>, name: &str) -> String {
    let path = error.instance_path().as_str().trim_start_matches('/').replace('/', ".");
    let field = if path.is_empty() { name } else { &path };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            if path.is_empty() { format!("'{property}' is required") } else { format!("'{path}.{property}' is required") }
        }
        ValidationErrorKind::Type { kind: TypeKind::Single(expected) } => format!("'{field}' must be of type {expected}"),
        ValidationErrorKind::Enum { options } => format!("'{field}' must be one of {options}"),
        ValidationErrorKind::Minimum { limit } => {
            format!("'{field}' must not be less than {limit}")
        }
        ValidationErrorKind::Maximum { limit } => {
            format!("'{field}' must not be greater than {limit}")
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("'{field}' must not be shorter than {limit} characters")
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("'{field}' must not be longer than {limit} characters")
        }
        ValidationErrorKind::MinItems { limit } => {
            format!("'{field}' must have at least {limit} items")
        }
        ValidationErrorKind::MaxItems { limit } => {
            format!("'{field}' must have at most {limit} items")
        }
        ValidationErrorKind::MinProperties { .. } => format!("'{field}' must not be empty"),
        other => format!("'{field}' is invalid ({})", other.keyword()),
    }
}
