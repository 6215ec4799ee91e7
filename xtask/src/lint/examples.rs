//! Every operation has example pairs, and every example fits its schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::bundle::with_refusals;
use crate::json::{entries, items, string};
use crate::load::{Spec, schema_name};
use crate::problem::Problems;

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    let checks = Checks::new(spec);
    let mut seen = BTreeSet::new();
    for (path, _, item, operation) in spec.operations() {
        let file = spec.file_of_path(path);
        let Some(id) = operation["operationId"].as_str() else {
            continue;
        };
        check_pairs(spec, file, id, path, item, operation, problems);
        let parameters = items(&operation["parameters"]).map(|p| spec.resolve(p));
        for parameter in parameters {
            let place = format!("{id}.{}", string(&parameter["name"]));
            check_examples(
                &checks,
                file,
                &place,
                &parameter["examples"],
                &parameter["schema"],
                problems,
            );
        }
        let bodies = std::iter::once(("request", &operation["requestBody"])).chain(
            entries(&operation["responses"]).map(|(status, response)| (status.as_str(), response)),
        );
        for (what, holder) in bodies {
            // The standard errors are shared by all operations; once is enough.
            if holder["$ref"]
                .as_str()
                .is_some_and(|shared| !seen.insert(shared.to_owned()))
            {
                continue;
            }
            for (media, content) in entries(&spec.resolve(holder)["content"]) {
                if media.contains("json") || media.contains("form-data") {
                    let schema = if what == "200" {
                        with_refusals(spec, operation, &content["schema"])
                    } else {
                        content["schema"].clone()
                    };
                    check_examples(
                        &checks,
                        file,
                        &format!("{id}.{what}"),
                        &content["examples"],
                        &schema,
                        problems,
                    );
                }
            }
        }
    }
}

/// The names of the examples in a map of media types.
fn names(content: &Value) -> BTreeSet<&str> {
    let media_types = entries(&content);
    media_types
        .flat_map(|(_, media)| entries(&media["examples"]).map(|(name, _)| name.as_str()))
        .collect()
}

fn check_pairs(
    spec: &Spec,
    file: &str,
    id: &str,
    path: &str,
    item: &Value,
    operation: &Value,
    problems: &mut Problems,
) {
    let family = spec.family(path);
    let is_credential = |p: &Value| {
        family.is_some_and(|f| f.credentials.iter().any(|name| p["name"] == name.as_str()))
    };
    let holders = [item, operation];
    let parameters: Vec<&Value> = holders
        .iter()
        .flat_map(|holder| items(&holder["parameters"]))
        .map(|parameter| spec.resolve(parameter))
        .filter(|parameter| !is_credential(parameter))
        .collect();
    let body = &spec.resolve(&operation["requestBody"])["content"];
    let response = &spec.resolve(&operation["responses"]["200"])["content"];

    let mut requests = names(body);
    for parameter in &parameters {
        requests.extend(entries(&parameter["examples"]).map(|(name, _)| name.as_str()));
    }
    let responses = names(response);
    if responses.is_empty() && !response.is_null() {
        problems.add(
            file,
            id,
            "has no example; write one under responses.'200'.content.application/json.examples, and its request under the same name",
        );
    }
    let takes_something = !body.is_null() || parameters.iter().any(|p| p["required"] == true);
    if takes_something {
        if requests.is_empty() {
            problems.add(
                file,
                id,
                "has no request example; write one under the name of the response's example",
            );
        }
        for name in responses.difference(&requests) {
            problems.add(
                file,
                id,
                format!("the response example `{name}` has no request example of the same name"),
            );
        }
    }
    if !response.is_null() {
        for name in requests.difference(&responses) {
            problems.add(
                file,
                id,
                format!(
                    "the request example `{name}` has no 200 response example of the same name"
                ),
            );
        }
    }
    for parameter in parameters.iter().filter(|p| p["required"] == true) {
        for name in &responses {
            if parameter["examples"][*name].is_null() {
                let parameter = string(&parameter["name"]);
                problems.add(
                    file,
                    format!("{id}.{parameter}"),
                    format!("has no example `{name}`, although it is required"),
                );
            }
        }
    }
}

fn check_examples(
    checks: &Checks,
    file: &str,
    place: &str,
    examples: &Value,
    schema: &Value,
    problems: &mut Problems,
) {
    let examples: Vec<(&String, &Value)> = examples
        .as_object()
        .map(Map::iter)
        .into_iter()
        .flatten()
        .collect();
    if examples.is_empty() {
        return;
    }
    let validator = match checks.validator(schema) {
        Ok(validator) => validator,
        Err(error) => {
            return problems.add(
                file,
                place,
                format!("its schema cannot be used to check the examples: {error}"),
            );
        }
    };
    for (name, example) in examples {
        let example = checks.spec.resolve(example);
        let Some(value) = example.get("value") else {
            problems.add(file, format!("{place}.examples.{name}"), "has no `value`");
            continue;
        };
        for error in validator.iter_errors(value) {
            let at = error.instance_path().to_string();
            problems.add(
                file,
                format!("{place}.examples.{name}{at}"),
                format!("does not fit its schema: {error}"),
            );
        }
    }
}

/// The component schemas, closed once for all checks.
struct Checks<'a> {
    spec: &'a Spec,
    definitions: Map<String, Value>,
}

impl<'a> Checks<'a> {
    fn new(spec: &'a Spec) -> Self {
        Self {
            spec,
            definitions: spec
                .schemas()
                .iter()
                .map(|(name, schema)| (name.clone(), close(schema)))
                .collect(),
        }
    }

    /// A validator with no more definitions than the schema refers to: most refer to a few of hundreds.
    fn validator(&self, schema: &Value) -> Result<jsonschema::Validator, String> {
        let mut names = BTreeSet::new();
        self.spec.collect(schema, &mut names);
        let definition = |name: &String| Some((name.clone(), self.definitions.get(name)?.clone()));
        let mut closed = close(schema);
        closed["$defs"] = Value::Object(names.iter().filter_map(definition).collect());
        jsonschema::validator_for(&closed).map_err(|error| error.to_string())
    }
}

/// An OpenAPI 3.0 schema as strict JSON Schema: what is not described is refused, so that an example cannot have a misspelled field.
fn close(schema: &Value) -> Value {
    if let Some(name) = schema_name(schema) {
        return json!({ "$ref": format!("#/$defs/{name}") });
    }
    let Some(map) = schema.as_object() else {
        return schema.clone();
    };
    if let Some(mapping) = schema["discriminator"]["mapping"].as_object() {
        let tag = string(&schema["discriminator"]["propertyName"]);
        let branches: Vec<Value> = mapping
            .iter()
            .map(|(value, target)| {
                let then = close(&json!({ "$ref": target }));
                json!({ "if": { "required": [tag], "properties": { tag: { "const": value } } }, "then": then })
            })
            .collect();
        return json!({ "type": "object", "required": [tag], "allOf": branches });
    }
    let mut out = Map::new();
    for (key, value) in map {
        let value = match key.as_str() {
            "properties" => entries(&value)
                .map(|(name, inner)| (name.clone(), close(inner)))
                .collect(),
            "items" => close(value),
            // That others may follow is for the server; an example has the documented ones.
            "additionalProperties" if map.contains_key("properties") => continue,
            "allOf" | "oneOf" => items(&value).map(close).collect(),
            "nullable" | "discriminator" | "description" | "example" | "deprecated" | "format" => {
                continue;
            }
            key if key.starts_with("x-") => continue,
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    if map.contains_key("properties") {
        out.insert("additionalProperties".to_owned(), json!(false));
    }
    // Open enums take any text; an example should still show a documented one.
    let out = Value::Object(out);
    if schema["nullable"] == true {
        json!({ "anyOf": [{ "type": "null" }, out] })
    } else {
        out
    }
}
