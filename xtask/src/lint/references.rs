//! References to nothing, and keys beside references.

use serde_json::Value;

use crate::json::entries;
use crate::load::{Spec, VERBS};
use crate::problem::Problems;

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    for (path, item) in entries(&spec.document["paths"]) {
        let id = VERBS
            .iter()
            .find_map(|verb| item[*verb]["operationId"].as_str())
            .unwrap_or(path);
        walk(spec, spec.file_of(path), id, item, problems);
    }
    for (name, schema) in spec.schemas() {
        walk(spec, spec.file_of(name), name, schema, problems);
    }
    for section in ["parameters", "responses", "headers", "examples"] {
        let place = format!("components.{section}");
        let shared = &spec.document["components"][section];
        walk(spec, "openapi.yaml", &place, shared, problems);
    }
}

fn walk(spec: &Spec, file: &str, place: &str, value: &Value, problems: &mut Problems) {
    match value {
        Value::Object(map) => {
            if let Some(target) = map.get("$ref") {
                let found = target
                    .as_str()
                    .and_then(|t| spec.document.pointer(t.strip_prefix('#')?));
                if found.is_none() {
                    problems.add(file, place, format!("refers to {target}, which does not exist; references look like '#/components/schemas/Name'"));
                }
                if map.len() > 1 {
                    problems.add(file, place, "has other keys beside `$ref`, which would be ignored; write `allOf: [{$ref: …}]` beside them");
                }
            }
            for (key, inner) in map {
                let place = format!("{place}.{key}");
                match key.as_str() {
                    // What stands in an example is data.
                    "value" | "example" => {}
                    // A property may have any name, those of keys included.
                    "properties" => {
                        for (name, inner) in entries(inner) {
                            walk(spec, file, &format!("{place}.{name}"), inner, problems);
                        }
                    }
                    _ => walk(spec, file, &place, inner, problems),
                }
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                walk(spec, file, &format!("{place}[{index}]"), inner, problems);
            }
        }
        _ => {}
    }
}
