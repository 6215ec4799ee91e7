//! Turns a copy of the bundle into what progenitor accepts.
//!
//! The spec tells the truth; progenitor knows only part of it. Each step here is one thing that it cannot read, or reads in a way that
//! would break on the next surprise from the server:
//!
//! * responses other than 200: several error bodies panic the generator, and a JSON error schema loses the status of an HTML page;
//! * multipart: refused, so those operations are left to `generate`;
//! * enums, unions and hand-written models: replaced by types that keep what they do not know;
//! * limits, defaults and patterns: they would become types that also check what the server sends;
//! * a body that may be `null`: wrapped, so that the type inside keeps its name.

use serde_json::{Map, Value, json};

use crate::dialect::RustType;
use crate::json::{entries, entries_mut, items_mut, string};
use crate::load::{Spec, schema_name, schema_of};
use crate::operation::Operation;

/// The input of progenitor.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The document.
    pub document: Value,
    /// Schemas whose Rust type is made elsewhere, each with its module: `types` for open enums and unions, `models` for what is written
    /// by hand.
    pub replacements: Vec<(String, &'static str)>,
}

/// Lowers the bundle.
pub fn lower(spec: &Spec, operations: &[Operation]) -> Lowered {
    let mut document = spec.document.clone();
    let mut replacements = Vec::new();

    let tags: Vec<(String, String)> = spec
        .schemas()
        .flat_map(|(_, schema)| tags_of(schema))
        .collect();
    let mut schemas = Map::new();
    for (name, schema) in spec.schemas() {
        let mut lowered = schema.clone();
        let rust_type = RustType::of(schema);
        let replacement = match rust_type {
            Some(RustType::Model(_)) => Some("models"),
            _ if !schema["enum"].is_null() || !schema["discriminator"].is_null() => Some("types"),
            _ => None,
        };
        if let Some(module) = replacement {
            replacements.push((name.clone(), module));
            lowered = json!({ "type": "string" });
        } else {
            if rust_type.is_some() {
                // Inlined wherever it is referred to.
                continue;
            }
            for (_, tag) in tags.iter().filter(|(variant, _)| variant == name) {
                remove_property(&mut lowered, tag);
            }
            lower_schema(spec, &mut lowered);
        }
        schemas.insert(name.clone(), lowered);
    }

    for operation in operations {
        let item = &mut document["paths"][&operation.path];
        let verb = operation.verb.to_lowercase();
        if operation.is_form() {
            if let Some(item) = item.as_object_mut() {
                item.shift_remove(&verb);
            }
            continue;
        }
        lower_operation(&mut item[&verb], operation, spec, &mut schemas);
        lower_parameters(spec, item);
    }
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.retain(|_, item| {
            item.as_object()
                .is_some_and(|item| item.keys().any(|key| key != "parameters"))
        });
    }
    document["components"] = json!({ "schemas": schemas });
    Lowered {
        document,
        replacements,
    }
}

/// The variants of a union, each with the property that tells them apart.
fn tags_of(schema: &Value) -> Vec<(String, String)> {
    let tag = string(&schema["discriminator"]["propertyName"]);
    let targets = entries(&schema["discriminator"]["mapping"]);
    targets
        .filter_map(|(_, target)| Some((schema_of(target)?.to_owned(), tag.to_owned())))
        .collect()
}

fn remove_property(schema: &mut Value, property: &str) {
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.shift_remove(property);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name != property);
    }
}

fn lower_operation(
    operation: &mut Value,
    from: &Operation,
    spec: &Spec,
    schemas: &mut Map<String, Value>,
) {
    let mut ok = spec.resolve(&operation["responses"]["200"]).clone();
    for (_, content) in ok.get_mut("content").into_iter().flat_map(entries_mut) {
        if from.answer.as_ref().is_some_and(|answer| answer.nullable)
            && let Some(name) = schema_name(&content["schema"]).map(str::to_owned)
        {
            let wrapper = format!("Nullable{name}");
            content["schema"] = json!({ "$ref": format!("#/components/schemas/{wrapper}") });
            let inner = match spec.document["components"]["schemas"][&name]["allOf"][0].clone() {
                // Already a wrapper of its own around another schema.
                inner if schema_name(&inner).is_some() => {
                    schemas.shift_remove(&name);
                    inner
                }
                _ => json!({ "$ref": format!("#/components/schemas/{name}") }),
            };
            let description = "The answer, or nothing.";
            schemas.insert(
                wrapper,
                json!({ "nullable": true, "allOf": [inner], "description": description }),
            );
        }
        lower_schema(spec, &mut content["schema"]);
    }
    operation["responses"] = json!({ "200": ok });
    lower_parameters(spec, operation);
}

fn lower_parameters(spec: &Spec, holder: &mut Value) {
    let parameters = holder.get_mut("parameters").into_iter();
    for parameter in parameters.flat_map(items_mut) {
        *parameter = spec.resolve(parameter).clone();
        lower_schema(spec, &mut parameter["schema"]);
    }
}

fn lower_schema(spec: &Spec, schema: &mut Value) {
    let target = schema.pointer("/allOf/0").unwrap_or(schema);
    let scalar = match RustType::of(spec.resolve(target)) {
        Some(RustType::String) => Some(("string", Value::Null)),
        Some(RustType::Integer) => Some(("integer", json!("int64"))),
        Some(RustType::Number) => Some(("number", Value::Null)),
        Some(RustType::Model(_)) | None => None,
    };
    if let Some((kind, format)) = scalar {
        let own = [&*schema, spec.resolve(target)].map(|holder| &holder["description"]);
        let description = own.into_iter().find(|text| text.is_string()).cloned();
        *schema = json!({ "type": kind, "format": format, "description": description });
    }
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    map.retain(|key, value| {
        !value.is_null()
            && !key.starts_with("x-")
            && !["min", "max"].iter().any(|limit| key.starts_with(limit))
            && key != "uniqueItems"
            && key != "example"
    });
    if map.get("properties").is_some() || map.get("allOf").is_some() {
        map.shift_remove("nullable");
    }
    if map.contains_key("allOf") {
        map.shift_remove("type");
    }
    // A number or a string: the first is the Rust type, and `lenient` reads both.
    if let Some(variants) = map.shift_remove("oneOf") {
        for (key, value) in entries(&variants[0]) {
            map.entry(key).or_insert_with(|| value.clone());
        }
    }
    if map.get("type").is_some_and(|kind| kind == "string")
        && map.get("format").is_some_and(|format| format != "binary")
    {
        map.shift_remove("format");
    }
    let properties = map.get_mut("properties").into_iter().flat_map(entries_mut);
    properties.for_each(|(_, property)| lower_schema(spec, property));
    for key in ["items", "additionalProperties"] {
        map.get_mut(key)
            .into_iter()
            .for_each(|inner| lower_schema(spec, inner));
    }
}
