//! What schemas must be for the Rust types to be tolerant and readable.

use std::collections::BTreeMap;

use heck::ToPascalCase;

use crate::dialect::{Kind, Schema};
use crate::load::Spec;
use crate::problem::Problems;

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for (name, schema) in &spec.grammars {
        let file = spec.file_of(name);
        let mut refuse = |place: &str, message: &str| problems.add(file, place, message);
        let pascal = name.to_pascal_case();
        if let Some(first) = names.insert(pascal.clone(), name) {
            let message = format!(
                "`{first}` and `{name}` both become the Rust type `{pascal}`; rename one of them"
            );
            refuse(name, &message);
        }
        if pascal != *name {
            let message = format!("write the name as the Rust type will be called: `{pascal}`");
            refuse(name, &message);
        }
        if schema.description.is_none() && schema.all_of.is_empty() {
            let message = "has no description; it becomes the Rust documentation";
            refuse(name, message);
        }
        check_schema(spec, name, schema, true, &mut refuse);
    }
    for (path, _, _, operation) in spec.described() {
        let file = spec.file_of(path);
        let mut refuse = |place: &str, message: &str| problems.add(file, place, message);
        for parameter in &operation.parameters {
            let parameter = spec.components.parameter(parameter);
            let place = format!("{}.{}", operation.operation_id, parameter.name);
            check_schema(spec, &place, &parameter.schema, false, &mut refuse);
        }
    }
    for name in spec.received() {
        check_received(spec, &name, problems);
    }
}

/// Takes a place and what is wrong there.
type Refuse<'a> = &'a mut dyn FnMut(&str, &str);

fn check_schema(spec: &Spec, place: &str, schema: &Schema, named: bool, refuse: Refuse<'_>) {
    let mut wrong = |message: &str| refuse(place, message);
    if let Some(values) = &schema.values {
        if !named {
            wrong("an enum needs a name: move it to schemas/ and refer to it");
        }
        if values.iter().any(|value| !value.is_string()) {
            wrong("an enum's values must be strings; put `yes`, `no`, `on` and `off` in quotes");
        }
        for described in schema.value_descriptions.keys() {
            if !values.iter().any(|value| value == described.as_str()) {
                wrong(&format!(
                    "x-enum-descriptions describes `{described}`, which is not in the enum"
                ));
            }
        }
    }
    if schema.default.is_some() {
        wrong("has a `default`, which would be sent always; say it in the description");
    }
    let union = schema.discriminator.as_ref();
    if !schema.one_of.is_empty() {
        let scalar = |v: &Schema| matches!(v.kind, Some(Kind::Integer | Kind::String));
        let scalars = schema.one_of.len() == 2 && schema.one_of.iter().all(scalar);
        let told_apart =
            union.is_some_and(|u| !u.mapping.is_empty() && !u.property_name.is_empty());
        if !(scalars || named && told_apart) {
            wrong(
                "a `oneOf` is either a number and a string, or a named union with `discriminator.propertyName` and `.mapping`",
            );
        }
    }
    for (tag, target) in union.into_iter().flat_map(|union| &union.mapping) {
        let name = target.strip_prefix("#/components/schemas/");
        if !name.is_some_and(|name| spec.grammars.contains_key(name)) {
            wrong(&format!(
                "the mapping of `{tag}` refers to {target:?}, which does not exist"
            ));
        }
    }
    if schema.all_of.len() > 1 {
        wrong("`allOf` is only for one `$ref` with a description of its own");
    }
    if let Some(list) = &schema.list {
        let property = schema.properties.get(list);
        if property.is_none_or(|property| property.items.is_none()) {
            wrong(&format!(
                "x-list names `{list}`, which is not a list among its properties"
            ));
        }
    }
    for required in &schema.required {
        match schema.properties.get(required) {
            None => {
                let message = format!("requires `{required}`, which is not among its properties");
                refuse(place, &message);
            }
            Some(property) if !property.one_of.is_empty() => {
                let message = "may be a number or a string, so it cannot be required";
                refuse(&format!("{place}.{required}"), message);
            }
            Some(_) => {}
        }
    }
    if let Some(items) = &schema.items {
        check_schema(spec, &format!("{place}[]"), items, false, refuse);
    }
    for (property, inner) in &schema.properties {
        let place = format!("{place}.{property}");
        if !inner.properties.is_empty() {
            let message = "an object needs a name: move it to schemas/ and refer to it";
            refuse(&place, message);
        }
        if inner.description.is_none() && inner.reference.is_none() {
            refuse(&place, "has no description");
        }
        check_schema(spec, &place, inner, false, refuse);
    }
}

fn check_received(spec: &Spec, name: &str, problems: &mut Problems) {
    let Some(schema) = spec.grammars.get(name) else {
        return;
    };
    let file = spec.file_of(name);
    if schema.additional_properties == Some(false.into()) {
        problems.add(file, name, "the server adds fields without notice, so `additionalProperties: false` would break on them; remove it");
    }
    let properties = schema
        .properties
        .iter()
        .map(|(property, inner)| (format!("{name}.{property}"), inner));
    for (place, inner) in std::iter::once((name.to_owned(), schema)).chain(properties) {
        for (key, given) in [
            ("pattern", inner.pattern.is_some()),
            ("minLength", inner.min_length.is_some()),
            ("maxLength", inner.max_length.is_some()),
        ] {
            if given {
                let message = format!(
                    "the server sends it, so `{key}` would turn a surprise into a failure; say it in the description"
                );
                problems.add(file, &place, message);
            }
        }
    }
}
