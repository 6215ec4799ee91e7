//! The table of operations: what the hooks, the errors, the command line and the documentation know about each.

use std::fmt::Write as _;

use super::names;
use super::print::list;
use crate::dialect::{Place, RefusedWhen};
use crate::load::Spec;
use crate::operation::{Answer, Body, Limit, Operation};

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
    answers: true,
    refused: None,
    arguments: &[],
    limits: &[],
    chats: &[],
};
";

pub(super) fn table(spec: &Spec, operations: &[Operation]) -> String {
    let constants: String = operations
        .iter()
        .map(|operation| constant(spec, operation))
        .collect();
    let name = |operation: &Operation| names::shouty(&operation.id).to_string();
    let all: Vec<String> = operations.iter().map(name).collect();
    let all = list(0, "pub const ALL: &[Operation] = &[", &all, "];");
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
    let mut field = |name: &str, value: String| {
        let line = format!("    {name}: {value},\n");
        if !MOST.contains(&line) {
            text.push_str(&line);
        }
    };
    field("id", format!("{:?}", operation.id));
    field("name", format!("{:?}", operation.snake()));
    field("section", format!("{:?}", operation.section));
    let family = operation.family.as_deref().unwrap_or("instance");
    field("family", format!("{family:?}"));
    field("verb", format!("{:?}", operation.verb));
    field("path", format!("{:?}", operation.path));
    field("summary", format!("{:?}", operation.summary));
    field("documentation", format!("{:?}", operation.documentation));
    let host = if operation.media { "Media" } else { "Api" };
    field("host", format!("Host::{host}"));
    field(
        "timeout",
        format!("Duration::from_secs({})", operation.timeout),
    );
    field("rate_limit", format!("{:?}", operation.rate_limit));
    field("effect", format!("Effect::{:?}", operation.effect));
    field("beta", operation.beta.to_string());
    field("deprecated", operation.deprecated.to_string());
    let body = match operation.body {
        Body::None => "None",
        Body::Json(_) => "Json",
        Body::Multipart(_) => "Multipart",
        Body::Raw => "Raw",
    };
    field("body", format!("Body::{body}"));
    let answers = !matches!(operation.answer, Answer::Empty);
    field("answers", answers.to_string());
    field("refused", refused(operation));
    field("arguments", arguments(spec, operation));
    field("limits", limits(operation));
    let chats: Vec<String> = operation
        .chats
        .iter()
        .map(|path| format!("{path:?}"))
        .collect();
    field("chats", list(4, "&[", &chats, "]"));
    text + "    ..MOST\n};\n"
}

fn arguments(spec: &Spec, operation: &Operation) -> String {
    let mut lines = Vec::new();
    let mut add = |name: &str, required: bool, place: Place| {
        lines.push(format!(
            "Argument {{ name: {name:?}, required: {required}, place: Place::{place:?} }}"
        ));
    };
    for parameter in &operation.parameters {
        add(&parameter.name, parameter.required, parameter.place);
    }
    match &operation.body {
        Body::Json(name) => {
            let schema = &spec.schemas()[name];
            for (property, _) in schema["properties"].as_object().into_iter().flatten() {
                let required = schema["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|r| r == property.as_str());
                add(property, required, Place::Body);
            }
        }
        Body::Multipart(parts) => parts
            .iter()
            .for_each(|part| add(&part.name, part.required, part.place)),
        Body::Raw => add("file", true, Place::Body),
        Body::None => {}
    }
    list(4, "&[", &lines, "]")
}

fn limits(operation: &Operation) -> String {
    let mut lines = Vec::new();
    for (at, limit) in &operation.limits {
        let limit = match limit {
            Limit::AtLeast(least) => format!("AtLeast({least:?})"),
            Limit::AtMost(most) => format!("AtMost({most:?})"),
            Limit::MinLength(least) => format!("MinLength({least})"),
            Limit::MaxLength(most) => format!("MaxLength({most})"),
            Limit::MinItems(least) => format!("MinItems({least})"),
            Limit::MaxItems(most) => format!("MaxItems({most})"),
            Limit::UniqueItems => "UniqueItems".to_owned(),
            Limit::FileName(names) => format!("FileName(&{names:?})"),
        };
        lines.push(format!("({at:?}, Limit::{limit})"));
    }
    list(4, "&[", &lines, "]")
}

fn refused(operation: &Operation) -> String {
    let Some(refused) = &operation.refused else {
        return "None".to_owned();
    };
    let when: Vec<String> = match &refused.when {
        RefusedWhen::Text => vec!["Refusal::Text".to_owned()],
        RefusedWhen::Properties(properties) => properties
            .iter()
            .map(|(property, value)| {
                if value == "*" {
                    format!("Refusal::Present({property:?})")
                } else {
                    format!("Refusal::Equal({property:?}, {:?})", value.to_string())
                }
            })
            .collect(),
    };
    let (when, advice) = (when.join(", "), refused.advice.trim());
    let parts = [format!("when: &[{when}]"), format!("advice: {advice:?}")];
    list(4, "Some(Refused { ", &parts, " })")
        .replace("{ \n", "{\n")
        .replace("     })", "    })")
}
