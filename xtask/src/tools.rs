//! The tools of assistants: what each operation does and takes, as JSON Schema that refers to nothing outside of itself.

use serde_json::{Map, Value, json};

use crate::bundle::bundle;
use crate::json::{entries, items, string};
use crate::load::Spec;

/// Keys of OpenAPI that JSON Schema does not have.
const FOREIGN: [&str; 5] = ["allOf", "example", "externalDocs", "nullable", "$ref"];

/// Returns the whole file: operations by their documented names.
pub fn tools(spec: &Spec) -> String {
    let bundle = bundle(spec);
    let operations = spec.operations().map(|(path, _, item, operation)| {
        let mut schema = Map::from_iter([("type".to_owned(), json!("object"))]);
        for parameter in spec.parameters(path, item, operation) {
            // What a header says about a file comes with the file.
            if parameter["in"] != "header" {
                let mut property = plain(&bundle, &parameter["schema"]);
                property["description"] = parameter["description"].clone();
                add(
                    &mut schema,
                    &parameter["name"],
                    property,
                    &parameter["required"],
                );
            }
        }
        for (kind, content) in entries(&operation["requestBody"]["content"]) {
            if kind == "application/octet-stream" {
                add(&mut schema, &json!("file"), file("The file."), &json!(true));
            } else if let Value::Object(body) = plain(&bundle, &content["schema"]) {
                schema.extend(body);
            }
        }
        schema.shift_remove("description");
        schema.entry("properties").or_insert_with(|| json!({}));
        schema.insert("additionalProperties".to_owned(), json!(false));
        let description = string(&operation["description"]).trim();
        let tool = json!({ "description": description, "inputSchema": schema });
        (string(&operation["operationId"]).to_owned(), tool)
    });
    format!("{:#}\n", Value::Object(operations.collect()))
}

/// Adds a property to the schema of an object.
fn add(schema: &mut Map<String, Value>, name: &Value, property: Value, required: &Value) {
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    properties[string(name)] = property;
    if *required == true {
        let names = schema.entry("required").or_insert_with(|| json!([]));
        if let Some(names) = names.as_array_mut() {
            names.push(name.clone());
        }
    }
}

/// Returns the schema with everything that it refers to in its place. What is sent contains nothing of its own kind, so this ends.
fn plain(bundle: &Value, schema: &Value) -> Value {
    if schema["format"] == "binary" {
        return file(string(&schema["description"]));
    }
    let mut all = Map::new();
    let target = schema["$ref"].as_str().and_then(|r| r.strip_prefix('#'));
    let parts = target.and_then(|target| bundle.pointer(target));
    for part in parts.into_iter().chain(items(&schema["allOf"])) {
        if let Value::Object(part) = plain(bundle, part) {
            all.extend(part);
        }
    }
    for (key, value) in entries(schema) {
        let value = match key.as_str() {
            key if FOREIGN.contains(&key) || key.starts_with("x-") => continue,
            "properties" => {
                let properties = entries(value);
                properties
                    .map(|(name, property)| (name.clone(), plain(bundle, property)))
                    .collect()
            }
            "anyOf" | "oneOf" => items(value).map(|one| plain(bundle, one)).collect(),
            "additionalProperties" | "items" if value.is_object() => plain(bundle, value),
            "type" if schema["nullable"] == true => json!([value, "null"]),
            _ => value.clone(),
        };
        all.insert(key.clone(), value);
    }
    all.into()
}

/// Returns the schema of a file, as calls by name take it.
fn file(description: &str) -> Value {
    json!({
        "type": "object",
        "description": description,
        "required": ["fileName", "base64"],
        "properties": {
            "fileName": { "type": "string", "description": "The name, with its extension." },
            "base64": { "type": "string", "contentEncoding": "base64", "description": "The content." },
        },
        "additionalProperties": false,
    })
}
