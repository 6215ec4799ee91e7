//! The table of operations: what the hooks, the errors, the command line and the documentation know about each.

use std::fmt::Write as _;

use super::names;
use crate::dialect::{Place, RefusedWhen};
use crate::layout::Layout;
use crate::load::Spec;
use crate::operation::{Answer, Body, Limit, Operation};

pub(super) fn table(spec: &Spec, operations: &[Operation], layout: &Layout) -> String {
    let krate = layout.types_crate;
    let mut text = format!(
        "use ::{krate}::operation::{{Argument, Body, Effect, Host, Limit, Operation, Place, Refusal, Refused}};\nuse ::core::time::Duration;\n"
    );
    for operation in operations {
        text.push_str(&constant(spec, operation));
    }
    text.push_str(
        "\n/// Every operation, in the order of the spec.\npub const ALL: &[Operation] = &[\n",
    );
    for operation in operations {
        let _ = writeln!(text, "    {},", names::shouty(&operation.id));
    }
    text.push_str("];\n");
    text
}

fn constant(spec: &Spec, operation: &Operation) -> String {
    let mut text = format!("\n/// `{}`: {}\n", operation.id, operation.summary);
    let _ = writeln!(
        text,
        "pub const {}: Operation = Operation {{",
        names::shouty(&operation.id)
    );
    let mut field = |name: &str, value: String| text.push_str(&format!("    {name}: {value},\n"));
    field("id", format!("{:?}", operation.id));
    field("name", format!("{:?}", operation.snake()));
    field("section", format!("{:?}", operation.section));
    field(
        "family",
        format!("{:?}", operation.family.as_deref().unwrap_or("instance")),
    );
    field("verb", format!("{:?}", operation.verb));
    field("path", format!("{:?}", operation.path));
    field("summary", format!("{:?}", operation.summary));
    field("documentation", format!("{:?}", operation.documentation));
    field(
        "host",
        if operation.media {
            "Host::Media"
        } else {
            "Host::Api"
        }
        .to_owned(),
    );
    field(
        "timeout",
        format!("Duration::from_secs({})", operation.timeout),
    );
    field(
        "rate_limit",
        operation
            .rate_limit
            .map_or_else(|| "None".to_owned(), |rps| format!("Some({rps:?})")),
    );
    field("effect", format!("Effect::{:?}", operation.effect));
    field("beta", operation.beta.to_string());
    field("deprecated", operation.deprecated.to_string());
    field(
        "body",
        match operation.body {
            Body::None => "Body::None",
            Body::Json(_) => "Body::Json",
            Body::Multipart(_) => "Body::Multipart",
            Body::Raw => "Body::Raw",
        }
        .to_owned(),
    );
    field(
        "answers",
        (!matches!(operation.answer, Answer::Empty)).to_string(),
    );
    field("refused", refused(operation));
    field("arguments", arguments(spec, operation));
    field("limits", limits(operation));
    text.push_str("};\n");
    text
}

fn arguments(spec: &Spec, operation: &Operation) -> String {
    let mut lines = Vec::new();
    let mut add = |name: &str, required: bool, place: Place| {
        lines.push(format!(
            "        Argument {{ name: {name:?}, required: {required}, place: Place::{place:?} }},\n"
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
    if lines.is_empty() {
        "&[]".to_owned()
    } else {
        format!("&[\n{}    ]", lines.concat())
    }
}

fn limits(operation: &Operation) -> String {
    let mut lines = String::new();
    for (at, limit) in &operation.limits {
        let limit = match limit {
            Limit::AtLeast(least) => format!("AtLeast({least:?})"),
            Limit::AtMost(most) => format!("AtMost({most:?})"),
            Limit::MinLength(least) => format!("MinLength({least})"),
            Limit::MaxLength(most) => format!("MaxLength({most})"),
            Limit::MinItems(least) => format!("MinItems({least})"),
            Limit::MaxItems(most) => format!("MaxItems({most})"),
        };
        let _ = writeln!(lines, "        ({at:?}, Limit::{limit}),");
    }
    if lines.is_empty() {
        "&[]".to_owned()
    } else {
        format!("&[\n{lines}    ]")
    }
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
    format!("Some(Refused {{ when: &[{when}], advice: {advice:?} }})")
}
