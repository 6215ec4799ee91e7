//! What schemas must be for the Rust types to be tolerant and readable.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use serde_json::Value;

use crate::load::{Spec, schema_name};
use crate::problem::Problems;

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for (name, schema) in spec.schemas() {
        let file = spec.file_of_schema(name);
        let pascal = name.to_pascal_case();
        if let Some(first) = names.insert(pascal.clone(), name) {
            problems.add(file, name, format!("`{first}` and `{name}` both become the Rust type `{pascal}`; rename one of them"));
        }
        if pascal != *name {
            problems.add(
                file,
                name,
                format!("write the name as the Rust type will be called: `{pascal}`"),
            );
        }
        if schema["description"].as_str().is_none() && schema["allOf"].is_null() {
            problems.add(
                file,
                name,
                "has no description; it becomes the Rust documentation",
            );
        }
        check_schema(spec, file, name, schema, true, problems);
    }
    for (path, _, _, operation) in spec.operations() {
        let (file, id) = (
            spec.file_of_path(path),
            operation["operationId"].as_str().unwrap_or(path),
        );
        for parameter in operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|p| spec.resolve(p))
        {
            check_schema(
                spec,
                file,
                &format!("{id}.{}", parameter["name"].as_str().unwrap_or_default()),
                &parameter["schema"],
                false,
                problems,
            );
        }
    }
    for name in spec.received() {
        check_received(spec, &name, problems);
    }
}

fn check_schema(
    spec: &Spec,
    file: &str,
    place: &str,
    schema: &Value,
    named: bool,
    problems: &mut Problems,
) {
    if !schema["enum"].is_null() {
        if !named {
            problems.add(
                file,
                place,
                "an enum needs a name: move it to schemas/ and refer to it",
            );
        }
        if schema["enum"]
            .as_array()
            .is_some_and(|values| values.iter().any(|value| !value.is_string()))
        {
            problems.add(
                file,
                place,
                "an enum's values must be strings; put `yes`, `no`, `on` and `off` in quotes",
            );
        }
        for (value, _) in schema["x-enum-descriptions"]
            .as_object()
            .into_iter()
            .flatten()
        {
            if !schema["enum"]
                .as_array()
                .is_some_and(|values| values.iter().any(|v| v == value.as_str()))
            {
                problems.add(
                    file,
                    place,
                    format!("x-enum-descriptions describes `{value}`, which is not in the enum"),
                );
            }
        }
    }
    if !schema["default"].is_null() {
        problems.add(
            file,
            place,
            "has a `default`, which would be sent always; say it in the description",
        );
    }
    if let Some(unit) = schema.get("x-unit")
        && !(unit == "seconds" || unit == "milliseconds" || unit == "minutes")
    {
        problems.add(
            file,
            place,
            format!("x-unit is {unit}; write seconds, milliseconds or minutes"),
        );
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        let scalars = variants.len() == 2
            && variants
                .iter()
                .all(|v| v["type"] == "integer" || v["type"] == "string");
        let union = named
            && schema["discriminator"]["mapping"].is_object()
            && schema["discriminator"]["propertyName"].is_string();
        if !scalars && !union {
            problems.add(file, place, "a `oneOf` is either a number and a string, or a named union with `discriminator.propertyName` and `.mapping`");
        }
        for (tag, target) in schema["discriminator"]["mapping"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let exists = target
                .as_str()
                .and_then(|t| t.strip_prefix('#'))
                .is_some_and(|t| spec.document.pointer(t).is_some());
            if !exists {
                problems.add(
                    file,
                    place,
                    format!("the mapping of `{tag}` refers to {target}, which does not exist"),
                );
            }
        }
    }
    if let Some(parts) = schema["allOf"].as_array()
        && parts.len() != 1
    {
        problems.add(
            file,
            place,
            "`allOf` is only for one `$ref` with a description of its own",
        );
    }
    if schema["type"] == "array" {
        check_schema(
            spec,
            file,
            &format!("{place}[]"),
            &schema["items"],
            false,
            problems,
        );
    }
    for required in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let property = &schema["properties"][required];
        if property.is_null() {
            problems.add(
                file,
                place,
                format!("requires `{required}`, which is not among its properties"),
            );
        } else if !property["oneOf"].is_null() {
            problems.add(
                file,
                format!("{place}.{required}"),
                "may be a number or a string, so it cannot be required",
            );
        }
    }
    for (property, inner) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{property}");
        if inner["properties"].is_object() {
            problems.add(
                file,
                &place,
                "an object needs a name: move it to schemas/ and refer to it",
            );
        }
        if inner["description"].as_str().is_none() && schema_name(inner).is_none() {
            problems.add(file, &place, "has no description");
        }
        check_schema(spec, file, &place, inner, false, problems);
    }
}

fn check_received(spec: &Spec, name: &str, problems: &mut Problems) {
    let schema = &spec.schemas()[name];
    let file = spec.file_of_schema(name);
    if schema["additionalProperties"] == false {
        problems.add(file, name, "the server adds fields without notice, so `additionalProperties: false` would break on them; remove it");
    }
    let properties = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(property, inner)| (format!("{name}.{property}"), inner));
    for (place, inner) in std::iter::once((name.to_owned(), schema)).chain(properties) {
        for key in ["pattern", "minLength", "maxLength"] {
            if !inner[key].is_null() {
                problems.add(
                    file,
                    &place,
                    format!("the server sends it, so `{key}` would turn a surprise into a failure; say it in the description"),
                );
            }
        }
    }
}
