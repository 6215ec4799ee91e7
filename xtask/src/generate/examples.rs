//! The examples of the spec for the mocks: what is asked, what is answered, and how it fails.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::json::entries;
use crate::load::Spec;
use crate::operation::Operation;
use crate::write::NOTICE;

/// The table, as JSON: the errors that operations share stand in it once.
pub(super) fn examples(spec: &Spec, operations: &[Operation]) -> String {
    let (mut described, mut errors) = (Map::new(), Map::new());
    for (operation, (_, _, item, raw)) in operations.iter().zip(spec.operations()) {
        let mut names = Vec::new();
        for (status, response) in entries(&raw["responses"]) {
            let Some(status) = status.parse().ok().filter(|status| *status != 200) else {
                continue;
            };
            let name = match response["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
                Some(shared) => shared.to_owned(),
                None => format!("{} {status}", operation.id),
            };
            errors
                .entry(&name)
                .or_insert_with(|| failures(spec, status, spec.resolve(response)));
            names.push(name);
        }
        let pairs = pairs(spec, operation, item, raw);
        described.insert(
            operation.id.clone(),
            json!({ "errors": names, "examples": pairs }),
        );
    }
    let mut text = format!("{{\n  \"$comment\": {},\n  \"errors\": ", json!(NOTICE));
    print(&errors.into(), 2, 2, &mut text);
    text.push_str(",\n  \"operations\": ");
    print(&described.into(), 4, 2, &mut text);
    text.push_str("\n}\n");
    text
}

/// The request's arguments and the answer of every example pair.
fn pairs(spec: &Spec, operation: &Operation, item: &Value, raw: &Value) -> Map<String, Value> {
    let content = |holder| {
        let mut content = entries(&spec.resolve(holder)["content"]);
        content.next().map(|(_, content)| content)
    };
    let parameters = spec.parameters(&operation.path, item, raw);
    let mut halves: Vec<(Option<&str>, &Value)> = parameters
        .map(|parameter| (parameter["name"].as_str(), parameter))
        .collect();
    halves.extend(content(&raw["requestBody"]).map(|content| (None, content)));
    let answers = content(&raw["responses"]["200"]).unwrap_or(&Value::Null);

    let names: BTreeSet<&String> = halves
        .iter()
        .map(|(_, holder)| *holder)
        .chain([answers])
        .flat_map(|holder| entries(&holder["examples"]))
        .map(|(name, _)| name)
        .collect();
    let value = |holder: &Value, name: &str| {
        let example = holder["examples"].get(name);
        example.and_then(|example| spec.resolve(example).get("value").cloned())
    };
    let pair = |name: &String| {
        let mut request = Map::new();
        for (parameter, holder) in &halves {
            match (parameter, value(holder, name)) {
                (Some(parameter), Some(value)) => {
                    drop(request.insert((*parameter).to_owned(), value))
                }
                (None, Some(Value::Object(body))) => request.extend(body),
                (None, Some(file)) => drop(request.insert("file".to_owned(), file)),
                (_, None) => {}
            }
        }
        let mut pair = Map::from_iter([("request".to_owned(), Value::Object(request))]);
        pair.extend(value(answers, name).map(|answer| ("answer".to_owned(), answer)));
        (name.clone(), Value::Object(pair))
    };
    names.into_iter().map(pair).collect()
}

/// Every body that an error may have. A name that comes a second time has the media type behind it.
fn failures(spec: &Spec, status: u16, response: &Value) -> Value {
    let mut failures: Vec<Value> = Vec::new();
    for (media, content) in entries(&response["content"]) {
        for (name, example) in entries(&content["examples"]) {
            let known = failures.iter().any(|failure| failure["name"] == *name);
            let name = if known {
                format!("{name} ({media})")
            } else {
                name.clone()
            };
            let body = &spec.resolve(example)["value"];
            failures.push(json!({ "status": status, "name": name, "type": media, "body": body }));
        }
    }
    if failures.is_empty() {
        failures.push(json!({ "status": status, "name": "empty" }));
    }
    Value::Array(failures)
}

/// Prints the outer levels over several lines, and what is inside or a plain list on one.
fn print(value: &Value, levels: usize, indent: usize, text: &mut String) {
    let (ends, entries): (_, Vec<(String, &Value)>) = match value {
        Value::Object(entries) if levels > 0 && !entries.is_empty() => {
            let named = |(name, value)| (format!("{}: ", json!(name)), value);
            (("{", "}"), entries.iter().map(named).collect())
        }
        Value::Array(items) if levels > 0 && items.iter().all(Value::is_object) => {
            let bare = |item| (String::new(), item);
            (("[", "]"), items.iter().map(bare).collect())
        }
        _ => return text.push_str(&value.to_string()),
    };
    text.push_str(ends.0);
    for (index, (name, value)) in entries.into_iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(indent + 2));
        text.push_str(&name);
        print(value, levels - 1, indent + 2, text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push_str(ends.1);
}
