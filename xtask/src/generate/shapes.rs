//! The shapes of what the server sends, for finding what this version does not know: `drift.rs` of the client crate walks them.

use std::collections::BTreeSet;

use super::print::list;
use crate::dialect::Schema;
use crate::load::Spec;
use crate::names;

pub(super) fn shapes(spec: &Spec) -> String {
    let received = spec.received();
    let shapes = spec
        .grammars
        .iter()
        .filter(|(name, schema)| received.contains(*name) && has_shape(schema));
    let entries = shapes.map(|(name, schema)| {
        // progenitor calls the type of what may be `null` after that.
        let prefix = if schema.nullable { "Nullable" } else { "" };
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
fn has_shape(schema: &Schema) -> bool {
    let inside = !schema.properties.is_empty() || !schema.all_of.is_empty();
    inside || schema.values.is_some() || schema.discriminator.is_some() || schema.items.is_some()
}

/// The shape of a schema behind what the line begins with.
fn shape(
    spec: &Spec,
    name: &str,
    schema: &Schema,
    received: &BTreeSet<String>,
    begin: &str,
) -> String {
    if let Some(union) = &schema.discriminator {
        let variants = union.mapping.iter().map(|(value, target)| {
            let target = target.rsplit('/').next().unwrap_or_default();
            format!("({value:?}, &{})", names::shouty(target))
        });
        let begin = format!("{begin}Union({:?}, &[", union.property_name);
        return list(4, &begin, variants, "])");
    }
    if schema.values.is_some() {
        return format!("{begin}Enum({name:?}, types::{name}::KNOWN)");
    }
    if !schema.properties.is_empty() {
        let fields = schema.properties.iter().map(|(property, inner)| {
            format!("({property:?}, {})", reference(spec, inner, received))
        });
        let begin = format!("{begin}Object(&{:?}, &[", schema.required);
        return list(4, &begin, fields, "])");
    }
    if let Some(items) = &schema.items {
        return format!("{begin}List({})", reference(spec, items, received));
    }
    match schema.all_of.as_slice() {
        [single] => format!("{begin}Same({})", reference(spec, single, received)),
        _ => format!("{begin}Any"),
    }
}

/// The shape of a property or an item, as a reference to it.
fn reference(spec: &Spec, schema: &Schema, received: &BTreeSet<String>) -> String {
    let schema = schema.inner();
    if let Some(name) = schema.name() {
        let known = received.contains(name) && spec.grammars.get(name).is_some_and(has_shape);
        return if known {
            format!("&{}", names::shouty(name))
        } else {
            "&Any".to_owned()
        };
    }
    // An inline list of values is no type of its own.
    if schema.values.is_some() {
        return "&Any".to_owned();
    }
    shape(spec, "", schema, received, "&")
}
