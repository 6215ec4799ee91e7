//! The table of operations: what the hooks, the errors, the command line and the documentation know about each.

use std::fmt::Write as _;

use serde_json::Value;

use super::names;
use crate::Layout;
use crate::load::Spec;
use crate::operation::{Answer, Body, Operation, Parameter, RefusedWhen};

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
    let mut add = |name: &str, required: bool, place: &str| {
        lines.push(format!(
            "        Argument {{ name: {name:?}, required: {required}, place: Place::{place} }},\n"
        ));
    };
    let of_parameter = |parameter: &Parameter| match parameter.location.as_str() {
        "path" => "Path",
        "query" => "Query",
        "header" => "Header",
        _ => "Form",
    };
    for parameter in &operation.parameters {
        add(&parameter.name, parameter.required, of_parameter(parameter));
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
                add(property, required, "Body");
            }
        }
        Body::Multipart(parts) => parts
            .iter()
            .for_each(|part| add(&part.name, part.required, "Form")),
        Body::Raw => add("file", true, "Body"),
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
    for (at, schema) in &operation.limits {
        for (key, value) in schema.as_object().into_iter().flatten() {
            let kind = match key.as_str() {
                "minimum" => "AtLeast",
                "maximum" => "AtMost",
                "minLength" => "MinLength",
                "maxLength" => "MaxLength",
                "minItems" | "minProperties" => "MinItems",
                _ => "MaxItems",
            };
            let value = if kind.starts_with("At") {
                format!("{:?}", value.as_f64().unwrap_or_default())
            } else {
                Value::to_string(value)
            };
            let _ = writeln!(lines, "        ({at:?}, Limit::{kind}({value})),");
        }
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
        RefusedWhen::Text(_) => vec!["Refusal::Text".to_owned()],
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
