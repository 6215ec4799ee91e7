//! The bundle: what the spec says, spelled out for tools that do not know the dialect.

use serde_json::{Value, json};

use crate::dialect::{Operation, RefusedWhen};
use crate::json::entries_mut;
use crate::load::Spec;

/// Returns the document that every other tool reads.
pub fn bundle(spec: &Spec) -> Value {
    let mut document = spec.document.clone();
    for (_, schema) in entries_mut(&mut document["components"]["schemas"]) {
        // Tolerant shapes overlap, and `oneOf` would demand that exactly one fits.
        if !schema["discriminator"].is_null()
            && let Some(schema) = schema.as_object_mut()
            && let Some(variants) = schema.shift_remove("oneOf")
        {
            schema.shift_insert(0, "anyOf".to_owned(), variants);
        }
    }
    for (path, verb, _, operation) in spec.described() {
        let answer = "/responses/200/content/application~1json/schema";
        if let Some(schema) = document["paths"][path][verb].pointer_mut(answer) {
            *schema = with_refusals(spec, operation, schema);
        }
    }
    document
}

/// Returns the schema of everything that a 200 may hold: the good answer, and what stands in its place when the server says no.
pub fn with_refusals(spec: &Spec, operation: &Operation, schema: &Value) -> Value {
    let kind = match operation.refused.as_ref().map(|refused| &refused.when) {
        Some(RefusedWhen::Text) => "string",
        Some(RefusedWhen::Properties(_)) if spec.resolve(schema)["type"] == "array" => "object",
        Some(RefusedWhen::Properties(_)) | None => return schema.clone(),
    };
    json!({ "oneOf": [schema, { "type": kind, "description": "Why there is no answer." }] })
}
