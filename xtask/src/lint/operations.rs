//! What every operation must say about itself.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::Value;

use crate::load::Spec;
use crate::operation;
use crate::problem::Problems;

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (path, verb, item, operation) in spec.operations() {
        let file = spec.file_of_path(path);
        let Some(id) = operation["operationId"].as_str() else {
            problems.add(
                file,
                format!("{verb} {path}"),
                "has no operationId; write the documented name, such as `operationId: getSettings`",
            );
            continue;
        };
        if let Some(first) = names.insert(id.to_snake_case(), id.to_owned()) {
            let snake = id.to_snake_case();
            problems.add(
                file,
                id,
                format!("`{first}` and `{id}` both become `{snake}` in Rust; rename one of them"),
            );
        }
        for key in ["summary", "description"] {
            if operation[key]
                .as_str()
                .is_none_or(|text| text.trim().is_empty())
            {
                problems.add(
                    file,
                    id,
                    format!("has no {key}; it becomes the Rust documentation"),
                );
            }
        }
        if operation["externalDocs"]["url"]
            .as_str()
            .is_none_or(|url| !url.starts_with("https://"))
        {
            problems.add(file, id, "has no `externalDocs.url`; write the https address of the documentation page it comes from");
        }
        if operation["deprecated"] == true
            && !operation["description"]
                .as_str()
                .unwrap_or_default()
                .starts_with("Deprecated: ")
        {
            problems.add(file, format!("{id}.description"), "is deprecated; begin with a paragraph such as: Deprecated: use `getSettings` instead.");
        }
        check_prose(file, id, operation, problems);
        check_extensions(file, id, operation, problems);
        check_response(spec, file, id, operation, problems);
        check_path(spec, file, id, path, item, operation, problems);
    }
}

/// Spec prose becomes rustdoc, where an indented block is a doctest and a tag is broken HTML.
fn check_prose(file: &str, id: &str, operation: &Value, problems: &mut Problems) {
    let text = operation["description"].as_str().unwrap_or_default();
    let outside_code: String = text.split('`').step_by(2).collect();
    if outside_code.contains("http://") || outside_code.contains("https://") {
        problems.add(
            file,
            format!("{id}.description"),
            "has a bare address; move it to externalDocs or leave it out",
        );
    }
    if outside_code.contains('<') {
        problems.add(
            file,
            format!("{id}.description"),
            "has a `<`, which rustdoc reads as HTML; put it in backticks or reword",
        );
    }
    if text
        .lines()
        .any(|line| line.starts_with("    ") && !line.trim_start().starts_with(['*', '-']))
        || text.contains("```")
    {
        problems.add(
            file,
            format!("{id}.description"),
            "has a code block, which would be compiled as a test; describe it in words",
        );
    }
}

fn check_extensions(file: &str, id: &str, operation: &Value, problems: &mut Problems) {
    let mut one_of = |key: &str, allowed: &[&str]| {
        let value = &operation[key];
        if !value.is_null() && !value.as_str().is_some_and(|v| allowed.contains(&v)) {
            problems.add(
                file,
                format!("{id}.{key}"),
                format!("is {value}; write one of {}", allowed.join(", ")),
            );
        }
    };
    one_of("x-host", &["media"]);
    one_of("x-effect", &["reads", "sends", "changes", "once"]);
    for key in ["x-timeout-seconds", "x-rate-limit-rps"] {
        if !operation[key].is_null() && !operation[key].as_f64().is_some_and(|number| number > 0.0)
        {
            problems.add(
                file,
                format!("{id}.{key}"),
                format!("is {}; write a number above 0", operation[key]),
            );
        }
    }
    if operation["x-timeout-seconds"].is_f64() {
        problems.add(
            file,
            format!("{id}.x-timeout-seconds"),
            "must be whole seconds",
        );
    }
    if operation["x-effect"] == "sends" {
        for key in ["x-refused", "x-returns"]
            .iter()
            .filter(|key| !operation[**key].is_null())
        {
            problems.add(
                file,
                format!("{id}.{key}"),
                "contradicts `x-effect: sends`: its answer is given whole, and none is a refusal; remove one of them",
            );
        }
    }
    if !operation["x-refused"].is_null() && operation::refused(operation).is_none() {
        problems.add(
            file,
            format!("{id}.x-refused"),
            "must have `when` and `advice`, such as `{when: {status: false}, advice: Look at the state.}` or `when: text`",
        );
    }
}

fn check_response(spec: &Spec, file: &str, id: &str, operation: &Value, problems: &mut Problems) {
    let ok = spec.resolve(&operation["responses"]["200"]);
    if ok.is_null() {
        return problems.add(file, id, "has no response '200'");
    }
    let schema = spec.resolve(&ok["content"]["application/json"]["schema"]);
    let schema = if schema["allOf"][0].is_null() {
        schema
    } else {
        spec.resolve(&schema["allOf"][0])
    };
    if operation["x-effect"] == "sends"
        && (schema["type"] != "object"
            || schema["required"]
                .as_array()
                .is_some_and(|list| !list.is_empty()))
    {
        problems.add(
            file,
            format!("{id}.x-effect"),
            "needs a 200 answer that is an object and requires nothing, so that there is one without any words",
        );
    }
    let known = |property: &str| !schema["properties"][property].is_null();
    let refused = operation["x-refused"]["when"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(property, _)| ("x-refused", property.as_str()));
    let returned = operation["x-returns"]
        .as_str()
        .map(|property| ("x-returns", property));
    // Where the good answer is an array, a refusal is an object in its place, which is not described.
    let refused = refused.filter(|_| schema["type"] != "array");
    for (key, property) in refused.chain(returned) {
        if !known(property) {
            problems.add(
                file,
                format!("{id}.{key}"),
                format!("names `{property}`, which the 200 answer does not have"),
            );
        }
    }
}

fn check_path(
    spec: &Spec,
    file: &str,
    id: &str,
    path: &str,
    item: &Value,
    operation: &Value,
    problems: &mut Problems,
) {
    let declared: Vec<&Value> = [item, operation]
        .iter()
        .flat_map(|holder| holder["parameters"].as_array().into_iter().flatten())
        .map(|parameter| spec.resolve(parameter))
        .collect();
    for name in path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
    {
        if !declared
            .iter()
            .any(|p| p["in"] == "path" && p["name"] == name)
        {
            problems.add(
                file,
                id,
                format!("the path has `{{{name}}}` but no parameter of that name with `in: path`"),
            );
        }
    }
    for parameter in declared {
        let name = parameter["name"].as_str().unwrap_or_default();
        if !parameter["in"]
            .as_str()
            .is_some_and(|place| ["path", "query", "header"].contains(&place))
        {
            problems.add(
                file,
                format!("{id}.{name}"),
                "must have `in: path`, `in: query` or `in: header`",
            );
        }
        if parameter["in"] == "path" && !path.contains(&format!("{{{name}}}")) {
            problems.add(file, format!("{id}.{name}"), "is not in the path");
        }
        if parameter["description"].as_str().is_none() {
            problems.add(file, format!("{id}.{name}"), "has no description");
        }
    }
    if !path.contains("{apiTokenInstance}") && path.contains("waInstance") {
        problems.add(file, id, "the path has no `{apiTokenInstance}`; write /waInstance{idInstance}/method/{apiTokenInstance}");
    }
}
