//! The table of operations: what the hooks, the errors, the command line and the documentation know about each.

use std::fmt::{self, Write as _};

use super::print::list;
use crate::dialect::{Place, RefusedWhen};
use crate::load::Spec;
use crate::names;
use crate::operation::{Body, Operation};

/// What an operation has unless it says something else.
const MOST: &str = "
/// What most operations have in common.
const MOST: Operation = Operation {
    id: \"\",
    name: \"\",
    section: \"\",
    family: \"instance\",
    verb: \"POST\",
    path: \"\",
    summary: \"\",
    documentation: \"\",
    host: Host::Api,
    timeout: Duration::from_secs(70),
    rate_limit: None,
    effect: Effect::Reads,
    beta: false,
    deprecated: false,
    body: Body::Json,
    answers: Answers::Object,
    refused: None,
    arguments: &[],
    limits: &[],
    chats: &[],
    secrets: &[],
};
";

pub(super) fn table(spec: &Spec, operations: &[Operation]) -> String {
    let constants = operations.iter().map(|operation| constant(spec, operation));
    let constants: String = constants.collect();
    let all = operations.iter().map(|o| names::shouty(&o.id).to_string());
    let all = list(0, "pub const ALL: &[Operation] = &[", all, "];");
    format!(
        "use std::time::Duration;\n\nuse crate::operation::*;\n{MOST}{constants}\n/// Every operation, in the order of the spec.\n{all}\n"
    )
}

fn constant(spec: &Spec, operation: &Operation) -> String {
    let mut text = format!("\n/// `{}`: {}\n", operation.id, operation.summary);
    let _ = writeln!(
        text,
        "pub const {}: Operation = Operation {{",
        names::shouty(&operation.id)
    );
    let mut field = |name: &str, value: &dyn fmt::Debug| {
        let line = format!("    {name}: {value:?},\n");
        if !MOST.contains(&line) {
            text.push_str(&line);
        }
    };
    field("id", &operation.id);
    field("name", &operation.snake().to_string());
    field("section", &operation.section);
    field("family", &operation.family);
    field("verb", &operation.verb);
    field("path", &operation.path);
    field("summary", &operation.summary);
    field("documentation", &operation.documentation);
    let host = if operation.media { "Media" } else { "Api" };
    field("host", &format_args!("Host::{host}"));
    let timeout = operation.timeout;
    field("timeout", &format_args!("Duration::from_secs({timeout})"));
    field("rate_limit", &operation.rate_limit);
    field("effect", &format_args!("Effect::{:?}", operation.effect));
    field("beta", &operation.beta);
    field("deprecated", &operation.deprecated);
    let body = match operation.body {
        Body::None => "None",
        Body::Json(_) => "Json",
        Body::Multipart(_) => "Multipart",
        Body::Raw => "Raw",
    };
    field("body", &format_args!("Body::{body}"));
    let answers = match &operation.answer {
        None => "Nothing",
        Some(answer) if answer.is_object(spec) => "Object",
        Some(_) => "Json",
    };
    field("answers", &format_args!("Answers::{answers}"));
    field("refused", &format_args!("{}", refused(operation)));
    field("arguments", &format_args!("{}", arguments(spec, operation)));
    field("limits", &format_args!("{}", limits(operation)));
    let rules = &operation.rules;
    field("chats", &format_args!("{}", paths(&rules.chats)));
    field("secrets", &format_args!("{}", paths(&rules.secrets)));
    text + "    ..MOST\n};\n"
}

fn paths(paths: &[String]) -> String {
    let quoted = paths.iter().map(|path| format!("{path:?}"));
    list(4, "&[", quoted, "]")
}

fn arguments(spec: &Spec, operation: &Operation) -> String {
    let mut lines = Vec::new();
    let mut add = |name: &str, required: bool, place: Place| {
        lines.push(format!(
            "Argument {{ name: {name:?}, required: {required}, place: Place::{place:?} }}"
        ));
    };
    let parts = match &operation.body {
        Body::Multipart(parts) => parts.as_slice(),
        _ => &[],
    };
    for parameter in operation.parameters.iter().chain(parts) {
        let place = parameter.place.unwrap_or(Place::Path);
        add(&parameter.name, parameter.required, place);
    }
    match &operation.body {
        Body::Json(name) => {
            let schema = &spec.grammars[name];
            for property in schema.properties.keys() {
                add(property, schema.required.contains(property), Place::Body);
            }
        }
        Body::Raw => add("file", true, Place::Body),
        Body::Multipart(_) | Body::None => {}
    }
    list(4, "&[", lines, "]")
}

fn limits(operation: &Operation) -> String {
    let limits = operation.rules.limits.iter();
    let lines = limits.map(|(at, limit)| format!("({at:?}, Limit::{limit})"));
    list(4, "&[", lines, "]")
}

fn refused(operation: &Operation) -> String {
    let Some(refused) = &operation.refused else {
        return "None".to_owned();
    };
    let when: Vec<String> = match &refused.when {
        RefusedWhen::Text => vec!["Refusal::Text".to_owned()],
        RefusedWhen::Properties(properties) => properties
            .iter()
            .map(|(property, value)| match value.as_str() {
                Some("*") => format!("Refusal::Present({property:?})"),
                _ => format!("Refusal::Equal({property:?}, {:?})", value.to_string()),
            })
            .collect(),
    };
    let (when, advice) = (when.join(", "), refused.advice.trim());
    let parts = [format!("when: &[{when}]"), format!("advice: {advice:?}")];
    list(4, "Some(Refused { ", parts, " })")
        .replace("{ \n", "{\n")
        .replace("     })", "    })")
}
