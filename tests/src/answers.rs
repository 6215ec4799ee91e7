//! Whether the types read what the server sent, guided by the description.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::requests::same;
use crate::spec::{Spec, entries};

/// A field that no documentation has.
const UNKNOWN: &str = "addedByANewerServer";

/// A schema with everything that it is composed of.
#[derive(Default)]
struct Shape<'a> {
    properties: BTreeMap<&'a str, &'a Value>,
    items: Option<&'a Value>,
    either: bool,
    model: bool,
    free: bool,
    tag: Option<&'a str>,
}

impl<'a> Shape<'a> {
    /// The shape of `value` by this schema.
    fn of(spec: &'a Spec, schema: &'a Value, value: &Value) -> Self {
        let mut shape = Self::default();
        shape.add(spec, schema, value);
        shape
    }

    fn add(&mut self, spec: &'a Spec, schema: &'a Value, value: &Value) {
        let schema = spec.resolve(schema);
        if let Some(tag) = schema["x-discriminator"]["propertyName"].as_str() {
            self.tag = Some(tag);
            let variant = value[tag]
                .as_str()
                .and_then(|kind| schema["x-discriminator"]["mapping"][kind].as_str());
            let variant =
                variant.and_then(|reference| spec.document().pointer(reference.strip_prefix('#')?));
            match variant {
                Some(variant) => self.add(spec, variant, value),
                None => self.free = true,
            }
            return;
        }
        self.properties.extend(entries(&schema["properties"]));
        self.items = self.items.or_else(|| schema.get("items"));
        let alternatives = schema["oneOf"].as_array().into_iter().flatten();
        match alternatives
            .clone()
            .find(|alternative| fits(spec, alternative, value))
        {
            // A good answer beside refusals.
            Some(alternative) => self.add(spec, alternative, value),
            None => self.either |= alternatives.count() > 0,
        }
        self.model |= !schema["x-type"].is_null() && schema["type"].is_null();
        self.free |=
            schema["additionalProperties"].is_object() || schema["additionalProperties"] == true;
        schema["allOf"]
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|part| self.add(spec, part, value));
    }
}

/// Whether a list or an object is meant by this alternative.
fn fits(spec: &Spec, schema: &Value, value: &Value) -> bool {
    let schema = spec.resolve(schema);
    match value {
        Value::Array(_) => schema["type"] == "array",
        Value::Object(_) => schema["type"] == "object",
        _ => false,
    }
}

/// Returns the answer with an unknown field in every object that the description knows.
///
/// The types must drop it. Where they keep it, they did not understand the object and kept it whole, which would look like success.
#[must_use]
pub fn with_unknown_fields(spec: &Spec, schema: &Value, answer: &Value) -> Value {
    let shape = Shape::of(spec, schema, answer);
    match answer {
        Value::Object(fields) if !shape.properties.is_empty() => {
            let known = fields.iter().map(|(key, value)| {
                let schema = shape.properties.get(key.as_str());
                (
                    key.clone(),
                    schema.map_or_else(
                        || value.clone(),
                        |schema| with_unknown_fields(spec, schema, value),
                    ),
                )
            });
            let unknown =
                (!shape.free).then(|| (UNKNOWN.to_owned(), json!({ "since": [1, "2", null] })));
            known.chain(unknown).collect()
        }
        Value::Array(items) => match shape.items {
            Some(schema) => items
                .iter()
                .map(|item| with_unknown_fields(spec, schema, item))
                .collect(),
            None => answer.clone(),
        },
        _ => answer.clone(),
    }
}

/// Returns everything in which what was read differs from what was sent. A field that is absent and one that is `null` are the same.
#[must_use]
pub fn differences(spec: &Spec, schema: &Value, sent: &Value, read: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    compare(spec, schema, sent, read, "the answer", &mut problems);
    problems
}

fn compare(
    spec: &Spec,
    schema: &Value,
    sent: &Value,
    read: &Value,
    place: &str,
    problems: &mut Vec<String>,
) {
    let shape = Shape::of(spec, schema, sent);
    match (sent, read) {
        (Value::Object(fields), Value::Object(got)) if !shape.properties.is_empty() => {
            for (key, value) in fields {
                let place = format!("{place}.{key}");
                let got = got.get(key).unwrap_or(&Value::Null);
                // Spellings of one kind are one variant, which is sent as the first of them.
                if shape.tag == Some(key)
                    && value
                        .as_str()
                        .zip(got.as_str())
                        .is_some_and(|(sent, read)| sent.eq_ignore_ascii_case(read))
                {
                    continue;
                }
                match shape.properties.get(key.as_str()) {
                    Some(schema) => compare(spec, schema, value, got, &place, problems),
                    None if shape.free && same(value, got) => {}
                    None => problems.push(format!("{place} is not described")),
                }
            }
            for (key, value) in got.iter().filter(|(key, _)| !fields.contains_key(*key)) {
                if !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()) {
                    problems.push(format!("{place}.{key} was read as {value}, but not sent"));
                }
            }
        }
        (Value::Array(items), Value::Array(got))
            if items.len() == got.len() && shape.items.is_some() =>
        {
            let schema = shape.items.unwrap_or(&Value::Null);
            for (index, (value, got)) in items.iter().zip(got).enumerate() {
                compare(
                    spec,
                    schema,
                    value,
                    got,
                    &format!("{place}[{index}]"),
                    problems,
                );
            }
        }
        _ if same(sent, read) => {}
        // An empty list is left out.
        (Value::Array(items), Value::Null) if items.is_empty() && shape.items.is_some() => {}
        // A number or a text, as the server likes.
        _ if shape.either && plain(sent) == plain(read) => {}
        // Written by hand to read what has several forms; its own tests say how.
        _ if shape.model && (!read.is_null() || *sent == json!({}) || *sent == "") => {}
        _ => problems.push(format!("{place} was sent as {sent} and read as {read}")),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
