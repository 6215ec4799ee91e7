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
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&root)
        .map_err(|error| error.to_string())
}

/// The largest number that the server, which is written in JavaScript, can tell from its neighbours.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// Rewrites what OpenAPI 3.0 has and JSON Schema has not: `nullable`, and the range of an `int64`, as far as the server takes it.
pub(super) fn to_json_schema(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(to_json_schema).collect(),
        Value::Object(object) => {
            let mut rewritten: serde_json::Map<_, _> = object
                .iter()
                .map(|(key, value)| (key.clone(), to_json_schema(value)))
                .collect();
            if rewritten.get("format") == Some(&json!("int64")) {
                rewritten.entry("minimum").or_insert(json!(-MAX_SAFE));
                rewritten.entry("maximum").or_insert(json!(MAX_SAFE));
            }
            match rewritten.remove("nullable") {
                Some(Value::Bool(true)) => json!({ "anyOf": [{ "type": "null" }, rewritten] }),
                _ => Value::Object(rewritten),
            }
        }
        other => other.clone(),
    }
}

/// Returns what is wrong with `value`. `name` stands for the value as a whole.
pub(super) fn complaint(validator: &Validator, value: &Value, name: &str) -> Option<String> {
    let mut complaints: Vec<String> = Vec::new();
    for error in validator.iter_errors(value) {
        if matches!(error.kind(), ValidationErrorKind::MinProperties { .. }) {
            // The server does not go on to say which keys are missing.
            return Some(describe(&error, name));
        }
        complaints.push(describe(&error, name));
    }
    (!complaints.is_empty()).then(|| complaints.join(", "))
}

/// Describes an error in the words of the server, which are those of its validator, Joi: the field in quotes, then the rule. The
/// offending value is not repeated.
fn describe(error: &ValidationError<'_>, name: &str) -> String {
    let field = field(error.instance_path().as_str(), name);
    let rule = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            let field = if error.instance_path().as_str().is_empty() {
                property.to_owned()
            } else {
                format!("{field}.{property}")
            };
            return format!("'{field}' is required");
        }
        ValidationErrorKind::Type {
            kind: TypeKind::Single(expected),
        } => match expected.to_string().as_str() {
            "object" => "must be of type object".to_owned(),
            vowel @ ("integer" | "array") => format!("must be an {vowel}"),
            consonant => format!("must be a {consonant}"),
        },
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().into_iter().flatten();
            let options: Vec<&str> = options.filter_map(Value::as_str).collect();
            format!("must be one of [{}]", options.join(", "))
        }
        ValidationErrorKind::Minimum { limit } | ValidationErrorKind::Maximum { limit }
            if limit.as_i64().map(i64::abs) == Some(MAX_SAFE) =>
        {
            "must be a safe number".to_owned()
        }
        ValidationErrorKind::Minimum { limit } => {
            format!("must be greater than or equal to {limit}")
        }
        ValidationErrorKind::Maximum { limit } => format!("must be less than or equal to {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be greater than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::MinLength { limit } => {
            format!("length must be at least {limit} characters long")
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("length must be less than or equal to {limit} characters long")
        }
        ValidationErrorKind::MinItems { limit } => format!("must contain at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => {
            format!("must contain less than or equal to {limit} items")
        }
        ValidationErrorKind::MinProperties { limit: 1 } => "must have at least 1 key".to_owned(),
        ValidationErrorKind::MinProperties { limit } => format!("must have at least {limit} keys"),
        ValidationErrorKind::Pattern { pattern } => {
            format!("fails to match the required pattern: /{pattern}/")
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let complaints = unexpected.iter();
            let complaints = complaints.map(|name| format!("'{name}' is not allowed"));
            return complaints.collect::<Vec<_>>().join(", ");
        }
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            "does not match any of the allowed types".to_owned()
        }
        ValidationErrorKind::UniqueItems => "contains a duplicate value".to_owned(),
        other => format!("is invalid ({})", other.keyword()),
    };
    format!("'{field}' {rule}")
}

/// Turns `/buttons/0/title` into `buttons[0].title`.
fn field(path: &str, name: &str) -> String {
    let mut field = String::new();
    for step in path.split('/').skip(1) {
        match step.parse::<usize>() {
            Ok(index) => field.push_str(&format!("[{index}]")),
            Err(_) if field.is_empty() => field.push_str(step),
            Err(_) => field.push_str(&format!(".{step}")),
        }
    }
    if field.is_empty() {
        name.to_owned()
    } else {
        field
    }
}
