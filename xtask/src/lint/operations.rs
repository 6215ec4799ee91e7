//! What every operation must say about itself.

use std::collections::BTreeMap;

use heck::ToSnakeCase;

use crate::dialect::{Effect, Kind, Operation, Parameter, Place, RefusedWhen, Schema};
use crate::load::Spec;
use crate::problem::Problems;

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (path, verb, item, operation) in spec.described() {
        let file = spec.file_of(path);
        let id = operation.operation_id.as_str();
        if id.is_empty() {
            let message =
                "has no operationId; write the documented name, such as `operationId: getSettings`";
            problems.add(file, format!("{verb} {path}"), message);
            continue;
        }
        let snake = id.to_snake_case();
        if let Some(first) = names.insert(snake.clone(), id.to_owned()) {
            let message =
                format!("`{first}` and `{id}` both become `{snake}` in Rust; rename one of them");
            problems.add(file, id, message);
        }
        let mut refuse = |place: &str, message: String| {
            let dot = if place.is_empty() { "" } else { "." };
            problems.add(file, format!("{id}{dot}{place}"), message);
        };
        check_words(operation, &mut refuse);
        check_extensions(operation, &mut refuse);
        check_response(spec, operation, &mut refuse);
        let declared: Vec<_> = item
            .parameters
            .iter()
            .chain(&operation.parameters)
            .map(|parameter| spec.components.parameter(parameter))
            .collect();
        check_parameters(path, &declared, operation, &mut refuse);
        if OF_ACCOUNTS.contains(&snake.as_str()) {
            let message = format!(
                "becomes the method `{snake}`, which the accounts in `green-api` have already; write another `operationId`, the path stays"
            );
            refuse("", message);
        }
        let given = declared.iter().copied();
        let given = given.filter(|parameter| !spec.is_credential(path, &parameter.name));
        check_inputs(spec, given, operation, &mut refuse);
    }
}

/// The methods that `Instance` and `Partner` have by hand, and those by which generated code reads them.
const OF_ACCOUNTS: [&str; 20] = [
    "call",
    "call_parts",
    "call_unchecked",
    "call_unlisted",
    "client",
    "credentials",
    "download",
    "from_env",
    "id",
    "link",
    "link_by_qr",
    "new",
    "notifications",
    "parts",
    "renew_token",
    "replace_token",
    "settle",
    "token",
    "until_next_message",
    "with_pace",
];

/// The methods that every `Request` has by hand.
const OF_REQUESTS: [&str; 8] = [
    "account",
    "answer",
    "extra",
    "into_parts",
    "new",
    "retry",
    "timeout",
    "to_parts",
];

/// Takes a place inside the operation, or nothing for the operation itself, and what is wrong there.
type Refuse<'a> = &'a mut dyn FnMut(&str, String);

/// The words become rustdoc, where an indented block is a doctest and a tag is broken HTML.
fn check_words(operation: &Operation, refuse: Refuse<'_>) {
    for (key, text) in [
        ("summary", &operation.summary),
        ("description", &operation.description),
    ] {
        if text.trim().is_empty() {
            let message = format!("has no {key}; it becomes the Rust documentation");
            refuse("", message);
        }
    }
    if !operation.external_docs.url.starts_with("https://") {
        refuse("", "has no `externalDocs.url`; write the https address of the documentation page it comes from".to_owned());
    }
    let text = &operation.description;
    let mut refuse = |message: &str| refuse("description", message.to_owned());
    if operation.deprecated && !text.starts_with("Deprecated: ") {
        refuse(
            "is deprecated; begin with a paragraph such as: Deprecated: use `getSettings` instead.",
        );
    }
    let outside_code: String = text.split('`').step_by(2).collect();
    if outside_code.contains("http://") || outside_code.contains("https://") {
        refuse("has a bare address; move it to externalDocs or leave it out");
    }
    if outside_code.contains('<') {
        refuse("has a `<`, which rustdoc reads as HTML; put it in backticks or reword");
    }
    let indented =
        |line: &str| line.starts_with("    ") && !line.trim_start().starts_with(['*', '-']);
    if text.lines().any(indented) || text.contains("```") {
        refuse("has a code block, which would be compiled as a test; describe it in words");
    }
}

fn check_extensions(operation: &Operation, refuse: Refuse<'_>) {
    if operation.timeout == Some(0) {
        let message = "is 0; write a number above 0".to_owned();
        refuse("x-timeout-seconds", message);
    }
    if let Some(rate) = operation.rate_limit.filter(|rate| *rate <= 0.0) {
        let message = format!("is {rate}; write a number above 0");
        refuse("x-rate-limit-rps", message);
    }
    if operation.effect == Effect::Sends {
        let refused = operation.refused.as_ref().map(|_| "x-refused");
        let returns = operation.returns.as_ref().map(|_| "x-returns");
        for key in refused.into_iter().chain(returns) {
            refuse(key, "contradicts `x-effect: sends`: its answer is given whole, and none is a refusal; remove one of them".to_owned());
        }
    }
    for server in &operation.servers {
        if !server.url.contains("{mediaUrl}") {
            let message = format!(
                "has `{}`, which is not the media host; write the `servers` of another operation with `{{mediaUrl}}`, or none for the API host",
                server.url
            );
            refuse("servers", message);
        }
    }
}

fn check_response(spec: &Spec, operation: &Operation, refuse: Refuse<'_>) {
    let Some(ok) = spec.response(operation, "200") else {
        return refuse("", "has no response '200'".to_owned());
    };
    let nothing = Schema::default();
    let content = ok.content.get("application/json");
    let schema = content.map_or(&nothing, |content| spec.schema(&content.schema));
    let schema = spec.schema(schema.inner());
    if operation.effect == Effect::Sends
        && (schema.kind != Some(Kind::Object) || !schema.required.is_empty())
    {
        refuse("x-effect", "needs a 200 answer that is an object and requires nothing, so that there is one without any words".to_owned());
    }
    let refused = operation.refused.as_ref().map(|refused| &refused.when);
    let refused = match refused {
        // Where the good answer is an array, a refusal is an object in its place, which is not described.
        Some(RefusedWhen::Properties(when)) if schema.kind != Some(Kind::Array) => Some(when),
        Some(RefusedWhen::Properties(_) | RefusedWhen::Text) | None => None,
    };
    let refused = refused.into_iter().flat_map(|when| when.keys());
    let named = refused
        .map(|property| ("x-refused", property))
        .chain(operation.returns.iter().map(|name| ("x-returns", name)));
    for (key, property) in named {
        if !schema.properties.contains_key(property) {
            let message = format!("names `{property}`, which the 200 answer does not have");
            refuse(key, message);
        }
    }
}

fn check_parameters(
    path: &str,
    declared: &[&Parameter],
    operation: &Operation,
    refuse: Refuse<'_>,
) {
    let names = path.split('{').skip(1);
    for name in names.filter_map(|rest| rest.split('}').next()) {
        let mut in_path = declared.iter().filter(|p| p.place == Some(Place::Path));
        if !in_path.any(|p| p.name == name) {
            let message =
                format!("the path has `{{{name}}}` but no parameter of that name with `in: path`");
            refuse("", message);
        }
    }
    for parameter in declared {
        let name = &parameter.name;
        if parameter.place.is_none() {
            let message = "must have `in: path`, `in: query` or `in: header`";
            refuse(name, message.to_owned());
        }
        if parameter.place == Some(Place::Path) && !path.contains(&format!("{{{name}}}")) {
            refuse(name, "is not in the path".to_owned());
        }
        if parameter.description.is_empty() {
            refuse(name, "has no description".to_owned());
        }
    }
    let content = &operation.request_body.content;
    let raw = content.contains_key("application/octet-stream");
    let names = declared.iter().filter(|parameter| {
        parameter.place == Some(Place::Header)
            && !parameter.name.eq_ignore_ascii_case("content-type")
    });
    for parameter in names.skip(1).filter(|_| raw) {
        refuse(&parameter.name, "is a second header besides `Content-Type`; the headers of a file that is sent as it is are its type and its name".to_owned());
    }
    if !path.contains("{apiTokenInstance}") && path.contains("waInstance") {
        refuse("", "the path has no `{apiTokenInstance}`; write /waInstance{idInstance}/method/{apiTokenInstance}".to_owned());
    }
}

/// What a caller gives becomes arguments and setters of one method, wherever it goes on the wire.
fn check_inputs<'a>(
    spec: &'a Spec,
    parameters: impl Iterator<Item = &'a Parameter>,
    operation: &'a Operation,
    refuse: Refuse<'_>,
) {
    let content = operation.request_body.content.first();
    let body = content.map(|(_, content)| spec.schema(&content.schema));
    let is_form = content.is_some_and(|(media, _)| media == "multipart/form-data");
    let mut inputs = Vec::new();
    for parameter in parameters {
        check_single(spec, &parameter.name, &parameter.schema, refuse);
        if is_form {
            let message = "stands beside a form, which is sent without parameters; make it a part of the form";
            refuse(&parameter.name, message.to_owned());
        }
        if parameter.name == "body" && body.is_some() {
            let message = "has the name under which generated code keeps the body beside it";
            refuse("body", message.to_owned());
        }
        inputs.push((&parameter.name, parameter.required));
    }
    if let Some(body) = body {
        for (name, part) in body.properties.iter().filter(|_| is_form) {
            check_single(spec, name, part, refuse);
        }
        let required = |name| body.required.contains(name);
        inputs.extend(body.properties.keys().map(|name| (name, required(name))));
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, required) in inputs {
        let snake = name.to_snake_case();
        if !required && OF_REQUESTS.contains(&snake.as_str()) {
            let message = format!(
                "is optional, so `{snake}` would become a method of its request, and every request has one of that name; leave it out, callers give it by `extra`"
            );
            refuse(name, message);
        }
        if let Some(first) = seen.insert(snake.clone(), name) {
            let message = format!(
                "becomes the argument `{snake}`, as `{first}` does elsewhere in the request; a caller gives each name once"
            );
            refuse(name, message);
        }
    }
}

fn check_single(spec: &Spec, name: &str, schema: &Schema, refuse: Refuse<'_>) {
    if let Some(Kind::Array | Kind::Object) = spec.schema(schema.inner()).kind {
        let message = "is not a single value, which only a JSON body can hold";
        refuse(name, message.to_owned());
    }
}
