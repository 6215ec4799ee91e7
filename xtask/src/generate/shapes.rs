//! The shapes of what the server sends, for finding what this version does not know: `drift.rs` of the client crate walks them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::names;
use super::print::list;
use crate::json::{entries, items};
use crate::load::{Spec, schema_name, schema_of};

pub(super) fn shapes(spec: &Spec) -> String {
    let received = spec.received();
    let shapes = spec
        .schemas()
        .iter()
        .filter(|(name, schema)| received.contains(*name) && has_shape(schema));
    let entries = shapes.map(|(name, schema)| {
        // progenitor calls the type of what may be `null` after that.
        let nullable = schema["nullable"] == true;
        let prefix = if nullable { "Nullable" } else { "" };
        let constant = names::shouty(name);
        let entry = format!("static {constant} for types::{prefix}{name} = ");
        format!("    {};\n", shape(spec, name, schema, &received, &entry))
    });
    let entries: String = entries.collect();
    format!(
        "use crate::drift::{{Shape::*, described}};\nuse crate::types;\n\ndescribed! {{\n{entries}}}\n"
    )
}

/// Whether there is anything in it that could be unknown.
fn has_shape(schema: &Value) -> bool {
    let mut keys = ["properties", "enum", "discriminator", "allOf", "items"].iter();
    keys.any(|key| !schema[*key].is_null())
}

/// The shape of a schema behind what the line begins with.
fn shape(
    spec: &Spec,
    name: &str,
    schema: &Value,
    received: &BTreeSet<String>,
    begin: &str,
) -> String {
    if let Some(tag) = schema["discriminator"]["propertyName"].as_str() {
        let mapping = entries(&schema["discriminator"]["mapping"]);
        let variants = mapping.filter_map(|(value, target)| {
            Some(format!(
                "({value:?}, &{})",
                names::shouty(schema_of(target)?)
            ))
        });
        let begin = format!("{begin}Union({tag:?}, &[");
        return list(4, &begin, &variants.collect::<Vec<_>>(), "])");
    }
    if !schema["enum"].is_null() {
        return format!("{begin}Enum({name:?}, types::{name}::KNOWN)");
    }
    if let Some(properties) = schema["properties"].as_object() {
        let fields = properties.iter().map(|(property, inner)| {
            format!("({property:?}, {})", reference(spec, inner, received))
        });
        let required: Vec<&str> = items(&schema["required"])
            .filter_map(Value::as_str)
            .collect();
        let begin = format!("{begin}Object(&{required:?}, &[");
        return list(4, &begin, &fields.collect::<Vec<_>>(), "])");
    }
    if !schema["items"].is_null() {
        let items = reference(spec, &schema["items"], received);
        return format!("{begin}List({items})");
    }
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([single]) => format!("{begin}Same({})", reference(spec, single, received)),
        _ => format!("{begin}Any"),
    }
}

/// The shape of a property or an item, as a reference to it.
fn reference(spec: &Spec, schema: &Value, received: &BTreeSet<String>) -> String {
    if let Some(name) = schema_name(schema) {
        let known = spec.schemas().get(name).is_some_and(has_shape) && received.contains(name);
        return if known {
            format!("&{}", names::shouty(name))
        } else {
            "&Any".to_owned()
        };
    }
    if let Some([single]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return reference(spec, single, received);
    }
    // An inline list of values is no type of its own.
    if !schema["enum"].is_null() {
        return "&Any".to_owned();
    }
    shape(spec, "", schema, received, "&")
}
