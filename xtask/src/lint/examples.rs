//! Every operation has example pairs, and every example fits its schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::bundle::with_refusals;
use crate::json::{entries, items, string};
use crate::load::{Spec, schema_name};
use crate::problem::Problems;

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    let mut checks = Checks::new(spec, problems);
    let mut seen = BTreeSet::new();
    for ((path, _, item, operation), (_, _, _, described)) in
        spec.operations().zip(spec.described())
    {
        let file = spec.file_of(path);
        let id = &described.operation_id;
        let parameters: Vec<_> = spec.parameters(path, item, operation).collect();
        let mut refuse = |parameter: &str, message: String| {
            checks
                .problems
                .add(file, format!("{id}{parameter}"), message);
        };
        check_pairs(spec, &parameters, operation, &mut refuse);
        for parameter in items(&operation["parameters"]).map(|p| spec.resolve(p)) {
            let place = format!("{id}.{}", string(&parameter["name"]));
            checks.check(file, &place, parameter, &parameter["schema"]);
        }
        let responses = entries(&operation["responses"]);
        let responses = responses.map(|(status, response)| (status.as_str(), response));
        for (what, holder) in [("request", &operation["requestBody"])]
            .into_iter()
            .chain(responses)
        {
            // The standard errors are shared by all operations; once is enough.
            if holder["$ref"].is_string() && !seen.insert(string(&holder["$ref"])) {
                continue;
            }
            for (media, content) in entries(&spec.resolve(holder)["content"]) {
                if media.contains("json") || media.contains("form-data") {
                    let schema = match what {
                        "200" => with_refusals(spec, described, &content["schema"]),
                        _ => content["schema"].clone(),
                    };
                    checks.check(file, &format!("{id}.{what}"), content, &schema);
                }
            }
        }
    }
}

/// The names of a holder's examples.
fn names(holder: &Value) -> impl Iterator<Item = &str> {
    entries(&holder["examples"]).map(|(name, _)| name.as_str())
}

fn check_pairs(
    spec: &Spec,
    parameters: &[&Value],
    operation: &Value,
    refuse: &mut impl FnMut(&str, String),
) {
    let body = &spec.resolve(&operation["requestBody"])["content"];
    let response = &spec.resolve(&operation["responses"]["200"])["content"];
    let required = parameters.iter().filter(|p| p["required"] == true);
    let required: Vec<&&Value> = required.collect();
    let in_content =
        |content| -> BTreeSet<&str> { entries(content).flat_map(|(_, m)| names(m)).collect() };
    let mut requests = in_content(body);
    requests.extend(parameters.iter().flat_map(|parameter| names(parameter)));
    let responses = in_content(response);
    if responses.is_empty() && !response.is_null() {
        refuse("", "has no example; write one under responses.'200'.content.application/json.examples, and its request under the same name".to_owned());
    }
    if !body.is_null() || !required.is_empty() {
        if requests.is_empty() {
            let message =
                "has no request example; write one under the name of the response's example";
            refuse("", message.to_owned());
        }
        for name in responses.difference(&requests) {
            let message =
                format!("the response example `{name}` has no request example of the same name");
            refuse("", message);
        }
    }
    if !response.is_null() {
        for name in requests.difference(&responses) {
            let message = format!(
                "the request example `{name}` has no 200 response example of the same name"
            );
            refuse("", message);
        }
    }
    for parameter in required {
        for name in &responses {
            if parameter["examples"][*name].is_null() {
                let place = format!(".{}", string(&parameter["name"]));
                let message = format!("has no example `{name}`, although it is required");
                refuse(&place, message);
            }
        }
    }
}

/// The component schemas, closed once for all checks.
struct Checks<'a> {
    spec: &'a Spec,
    problems: &'a mut Problems,
    definitions: Map<String, Value>,
}

impl<'a> Checks<'a> {
    fn new(spec: &'a Spec, problems: &'a mut Problems) -> Self {
        let definitions = spec
            .schemas()
            .map(|(name, schema)| (name.clone(), close(schema)));
        Self {
            spec,
            problems,
            definitions: definitions.collect(),
        }
    }

    /// Checks the examples of a parameter or a media type.
    fn check(&mut self, file: &str, place: &str, holder: &Value, schema: &Value) {
        if names(holder).next().is_none() {
            return;
        }
        let validator = match self.validator(schema) {
            Ok(validator) => validator,
            Err(error) => {
                let message = format!("its schema cannot be used to check the examples: {error}");
                return self.problems.add(file, place, message);
            }
        };
        for (name, example) in entries(&holder["examples"]) {
            let place = format!("{place}.examples.{name}");
            let Some(value) = self.spec.resolve(example).get("value") else {
                self.problems.add(file, place, "has no `value`");
                continue;
            };
            for error in validator.iter_errors(value) {
                let place = format!("{place}{}", error.instance_path());
                let message = format!("does not fit its schema: {error}");
                self.problems.add(file, place, message);
            }
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
        let branches = mapping.iter().map(|(value, target)| {
            let then = close(&json!({ "$ref": target }));
            json!({ "if": { "required": [tag], "properties": { tag: { "const": value } } }, "then": then })
        });
        let branches: Value = branches.collect();
        return json!({ "type": "object", "required": [tag], "allOf": branches });
    }
    let mut out = Map::new();
    for (key, value) in map {
        let value = match key.as_str() {
            "properties" => entries(value)
                .map(|(name, inner)| (name.clone(), close(inner)))
                .collect(),
            "items" => close(value),
            // That others may follow is for the server; an example has the documented ones.
            "additionalProperties" if map.contains_key("properties") => continue,
            "allOf" | "oneOf" => items(value).map(close).collect(),
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
