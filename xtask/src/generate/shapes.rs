//! The shapes of what the server sends, for finding what this version does not know: `drift.rs` of the client crate walks them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::names;
use crate::layout::Layout;
use crate::load::{Spec, schema_name};

pub(super) fn shapes(spec: &Spec, layout: &Layout) -> String {
    let krate = layout.types_crate;
    let mut text = format!("use ::{krate}::{{drift::{{Described, Shape}}, types}};\n");
    let received = spec.received();
    for (name, schema) in spec
        .schemas()
        .iter()
        .filter(|(name, schema)| received.contains(*name) && has_shape(schema))
    {
        let constant = names::shouty(name);
        let _ = write!(
            text,
            "\nstatic {constant}: Shape = {};\n",
            shape(spec, name, schema, &received)
        );
        // progenitor calls the type of what may be `null` after that.
        let prefix = if schema["nullable"] == true {
            "Nullable"
        } else {
            ""
        };
        let _ = write!(
            text,
            "impl Described for types::{prefix}{name} {{\n    fn shape() -> &'static Shape {{\n        &{constant}\n    }}\n}}\n"
        );
    }
    text
}

/// Whether there is anything in it that could be unknown.
fn has_shape(schema: &Value) -> bool {
    ["properties", "enum", "discriminator", "allOf"]
        .iter()
        .any(|key| !schema[*key].is_null())
        || !schema["items"].is_null()
}

fn shape(spec: &Spec, name: &str, schema: &Value, received: &BTreeSet<String>) -> String {
    if let Some(tag) = schema["discriminator"]["propertyName"].as_str() {
        let mapping = schema["discriminator"]["mapping"]
            .as_object()
            .into_iter()
            .flatten();
        let variants = mapping.filter_map(|(value, target)| {
            Some(format!(
                "({value:?}, &{})",
                names::shouty(target.as_str()?.rsplit('/').next()?)
            ))
        });
        return format!(
            "Shape::Union {{ tag: {tag:?}, variants: &[{}] }}",
            lines(variants)
        );
    }
    if !schema["enum"].is_null() {
        return format!("Shape::Enum {{ name: {name:?}, known: types::{name}::KNOWN }}");
    }
    if let Some(properties) = schema["properties"].as_object() {
        let fields = properties.iter().map(|(property, inner)| {
            format!("({property:?}, {})", reference(spec, inner, received))
        });
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        return format!(
            "Shape::Object {{ fields: &[{}], required: &{required:?} }}",
            lines(fields)
        );
    }
    if !schema["items"].is_null() {
        return format!(
            "Shape::List({})",
            reference(spec, &schema["items"], received)
        );
    }
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([single]) => format!("Shape::Same({})", reference(spec, single, received)),
        _ => "Shape::Any".to_owned(),
    }
}

/// One entry a line, for those who read what changed.
fn lines(entries: impl Iterator<Item = String>) -> String {
    entries
        .map(|entry| format!("\n    {entry},"))
        .collect::<String>()
        + "\n"
}

/// The shape of a property or an item, as a reference to it.
fn reference(spec: &Spec, schema: &Value, received: &BTreeSet<String>) -> String {
    if let Some(name) = schema_name(schema) {
        let known = spec.schemas().get(name).is_some_and(has_shape) && received.contains(name);
        return if known {
            format!("&{}", names::shouty(name))
        } else {
            "&Shape::Any".to_owned()
        };
    }
    if let Some([single]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return reference(spec, single, received);
    }
    // An inline list of values is no type of its own.
    if !schema["enum"].is_null() {
        return "&Shape::Any".to_owned();
    }
    format!("&{}", shape(spec, "", schema, received))
}
