//! The bundle: what the spec says, spelled out for tools that do not know the dialect.

use serde_json::{Map, Value, json};

use crate::dialect::{Operation, RefusedWhen};
use crate::json::{entries, entries_mut, items, items_mut, string};
use crate::load::{Spec, schema_of};

/// Returns the document that every other tool reads.
pub fn bundle(spec: &Spec) -> Value {
    let mut document = spec.document.clone();
    let received = spec.received();
    let schemas = &mut document["components"]["schemas"];
    for (name, schema) in spec.schemas() {
        if !schema["x-enum-descriptions"].is_null() {
            list_descriptions(&mut schemas[name]);
        }
        if !schema["discriminator"].is_null() {
            spell_out_union(schemas, name, received.contains(name));
        }
    }
    for (path, verb, _, operation) in spec.described() {
        let written = &mut document["paths"][path][verb];
        let answer = "/responses/200/content/application~1json/schema";
        if let Some(schema) = written.pointer_mut(answer) {
            *schema = with_refusals(spec, operation, schema);
        }
        if let Some(servers) = written.get_mut("servers") {
            items_mut(servers).for_each(fill_in);
        }
        move_content_type(written);
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

/// Writes the descriptions of an enum's values in the order of the values, as generators read them.
fn list_descriptions(schema: &mut Value) {
    let described = items(&schema["enum"]).map(|value| {
        let description = &schema["x-enum-descriptions"][string(value)];
        Value::from(string(description))
    });
    schema["x-enum-descriptions"] = described.collect();
}

/// Replaces the discriminator of a union by an `enum` at the tag of each variant, which every tool understands: generators neither take
/// several tags for one schema, nor a discriminator beside `anyOf`. The mapping remains as `x-discriminator`.
///
/// What is received has one more variant, for tags that are not known. It fits everything, so the union is `anyOf` in the order of the
/// variants.
fn spell_out_union(schemas: &mut Value, name: &str, received: bool) {
    let Some(union) = schemas[name].as_object_mut() else {
        return;
    };
    let (Some(variants), Some(discriminator)) = (
        union.shift_remove("oneOf"),
        union.shift_remove("discriminator"),
    ) else {
        return;
    };
    union.insert("x-discriminator".to_owned(), discriminator.clone());
    let tag = string(&discriminator["propertyName"]);
    let mut variants: Vec<Value> = items(&variants).cloned().collect();
    if let [_] = variants.as_slice() {
        // One shape for every tag, known or not.
        union.shift_insert(0, "allOf".to_owned(), variants.into());
        return;
    }
    let key = if received { "anyOf" } else { "oneOf" };
    let other = format!("Other{name}");
    if received {
        variants.push(json!({ "$ref": format!("#/components/schemas/{other}") }));
    }
    union.shift_insert(0, key.to_owned(), variants.into());

    let mut tags: Map<String, Value> = Map::new();
    for (value, target) in entries(&discriminator["mapping"]) {
        let variant = schema_of(target).unwrap_or_default();
        let list = tags.entry(variant).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!(value));
        }
    }
    for (variant, values) in tags {
        schemas[variant]["properties"][tag]["enum"] = values;
    }
    if received {
        schemas[other] = json!({
            "type": "object",
            "description": format!("A `{name}` of a kind that this description does not know."),
            "required": [tag],
            "properties": { tag: { "type": "string", "description": "The kind." } },
        });
    }
}

/// Fills in the variables of an operation's own server, which generators leave as they are.
fn fill_in(server: &mut Value) {
    let mut url = string(&server["url"]).to_owned();
    for (name, variable) in entries(&server["variables"]) {
        url = url.replace(&format!("{{{name}}}"), string(&variable["default"]));
    }
    server["url"] = url.into();
    if let Some(server) = server.as_object_mut() {
        server.shift_remove("variables");
    }
}

/// Moves the header `Content-Type`, which is ignored among parameters, to the body whose type it is, as `x-content-type`.
fn move_content_type(operation: &mut Value) {
    let parameters = operation.get_mut("parameters");
    let Some(parameters) = parameters.and_then(Value::as_array_mut) else {
        return;
    };
    let Some(at) = parameters
        .iter()
        .position(|parameter| parameter["in"] == "header" && parameter["name"] == "Content-Type")
    else {
        return;
    };
    let parameter = parameters.remove(at);
    for (_, content) in entries_mut(&mut operation["requestBody"]["content"]) {
        content["x-content-type"] = parameter.clone();
    }
}
