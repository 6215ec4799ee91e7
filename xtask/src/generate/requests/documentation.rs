//! What rustdoc says about the method of an operation.

use serde_json::Value;

use super::Builder;
use crate::dialect::{Effect, Model, Schema};
use crate::generate::input::{Input, Kind, only_text};
use crate::json::entries;

impl Builder<'_> {
    pub(super) fn documentation(&self, required: &[&Input]) -> String {
        let operation = self.operation;
        let mut text = format!("{}\n\n{}\n", operation.summary, operation.description);
        if operation.beta {
            text.push_str("\nThe documentation marks it as beta.\n");
        }
        if !required.is_empty() {
            text.push('\n');
            text.extend(required.iter().map(|input| input.bullet()));
        }
        if operation.effect == Effect::Sends {
            text.push_str(
                "\nHTTP 200 means accepted, even if the body cannot be decoded; see [`Accepted`].\n",
            );
        }
        let limit = match operation.rate_limit {
            Some(1.0) => "one request a second".to_owned(),
            Some(rps) if rps > 1.0 => format!("{rps} requests a second"),
            Some(rps) => format!("one request every {} s", 1.0 / rps),
            None => "not documented".to_owned(),
        };
        let retry = match operation.effect {
            Effect::Reads => "repeated on connection errors, 429 and 502 to 504",
            Effect::Once => "never repeated by itself",
            Effect::Sends | Effect::Changes => {
                "repeated only if it provably did not leave, or was refused with 429"
            }
        };
        text.push_str(&format!(
            "\nTime limit: {} s. Rate limit: {limit}. Retries: {retry}. Documentation: [`{}`]({}).\n",
            operation.timeout, operation.id, operation.documentation
        ));
        text.push_str("\n# Errors\n\nReturns an [`Error`]: [`Error::kind`] says what failed, [`Error::delivery`] whether the request may have taken effect.\n");
        if let Some(example) = self.example(required) {
            text.push_str(&format!("\n# Examples\n\n```no_run\n{example}```\n"));
        }
        text
    }

    /// A call with the first example's values, where they can be written down shortly.
    fn example(&self, required: &[&Input]) -> Option<String> {
        let operation = self.operation;
        let item = &self.spec.document["paths"][&operation.path];
        let source = &item[operation.verb.to_lowercase()];
        let body = entries(&source["requestBody"]["content"]).next();
        let values = body.and_then(|(_, media)| first_example(media));
        let values = values.unwrap_or(&Value::Null);
        let mut arguments = Vec::new();
        for input in required {
            let mut declared = self.spec.parameters(&operation.path, item, source);
            let value = match declared.find(|p| p["name"] == input.wire.as_str()) {
                Some(parameter) => first_example(parameter)?,
                None => &values[&input.wire],
            };
            arguments.push(self.literal(input, value)?);
        }
        let owner = operation.owner();
        let name = owner.to_lowercase();
        let allow = if operation.deprecated {
            "# #![allow(deprecated)]\n"
        } else {
            ""
        };
        Some(format!(
            "{allow}# async fn example({name}: green_api::{owner}) -> Result<(), Box<dyn std::error::Error>> {{\nlet answer = {name}.{}({}).await?;\n# Ok(())\n# }}\n",
            operation.snake(),
            arguments.join(", ")
        ))
    }

    fn literal(&self, input: &Input, value: &Value) -> Option<String> {
        let inner = input.schema.inner();
        match (&input.kind, value) {
            (Kind::Duration(_) | Kind::File, _) => None,
            (Kind::List(_), Value::Array(items)) => {
                let item = inner.items.as_deref()?;
                let only = only_text(self.spec, self.spec.schema(item)).unwrap_or_default();
                let parse = self.parse(item.inner());
                let items: Option<Vec<String>> = items
                    .iter()
                    .map(|item| {
                        let text = item.as_str().or(item[only].as_str())?;
                        Some(format!("{text:?}{parse}"))
                    })
                    .collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            (_, Value::Number(number)) if inner.name() == Some("PhoneNumber") => {
                Some(format!("\"+{number}\".parse()?"))
            }
            (Kind::Value, Value::String(text)) if inner.name().is_some() => {
                Some(format!("{text:?}.parse()?"))
            }
            (Kind::Made | Kind::Text, Value::String(text)) => {
                Some(format!("{text:?}{}", self.parse(inner)))
            }
            (_, Value::Number(number)) => Some(number.to_string()),
            (_, Value::Bool(flag)) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// What makes a value of a text that could be any of several models.
    fn parse(&self, schema: &Schema) -> String {
        let name = schema.name();
        name.filter(|_| self.spec.schema(schema).model() == Some(Model::FromOthers))
            .map_or_else(String::new, |name| {
                format!(".parse::<green_api::{name}>()?")
            })
    }
}

fn first_example(holder: &Value) -> Option<&Value> {
    let (_, example) = entries(&holder["examples"]).next()?;
    Some(&example["value"])
}
