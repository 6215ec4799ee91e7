//! `green-api settings`.

use green_api::types::SetSettingsRequest;
use green_api::{Answer, Instance, operations};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::call::instead;
use super::plan::{Plan, Step, by_name, unchecked, untyped};
use crate::args::SettingsCommand;
use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;
use crate::text::{one_line, table};

pub(crate) fn plan(
    command: SettingsCommand,
    terminal: &mut Terminal,
) -> Result<Plan<Instance>, Failure> {
    Ok(match command {
        SettingsCommand::Get { names, limit } => Plan::one(get_settings(names), limit),
        SettingsCommand::Set {
            settings,
            unchecked,
            limit,
        } => Plan::one(set_settings(&settings, unchecked, terminal)?, limit),
    })
}

fn get_settings(names: Vec<String>) -> Step<Instance> {
    let asked = names.clone();
    let step = untyped(Instance::get_settings, move |answer| {
        shown(answer.raw(), &names)
    });
    if asked.is_empty() {
        step
    } else {
        step.about(asked.join(","))
            .judged(move |answer| known(answer.raw(), &asked))
    }
}

/// Checks that the answer has all of these settings.
fn known(answer: &Value, names: &[String]) -> Result<(), Stop> {
    let unknown = names.iter().find(|name| answer.get(name).is_none());
    unknown.map_or(Ok(()), |name| {
        Err(Failure::input(format!(
            "the instance has no setting {name}; list them with `green-api settings get`"
        ))
        .into())
    })
}

/// Shows one setting per line, or of a single one just the value.
fn shown(answer: &Value, names: &[String]) -> Option<String> {
    let all = answer.as_object()?;
    let value = |name: &str| match all.get(name) {
        None | Some(Value::Null) => String::new(),
        // Others may see the screen; programs use --json.
        Some(Value::String(text)) if name == "webhookUrlToken" && !text.is_empty() => {
            "***".to_owned()
        }
        Some(Value::String(text)) => one_line(text),
        Some(other) => other.to_string(),
    };
    if let [name] = names {
        return Some(value(name));
    }
    let row = |name: &String| [one_line(name), value(name)];
    let rows: Vec<_> = if names.is_empty() {
        all.keys().map(row).collect()
    } else {
        names.iter().map(row).collect()
    };
    Some(table(&rows))
}

fn set_settings(
    settings: &[(String, String)],
    open: bool,
    terminal: &mut Terminal,
) -> Result<Step<Instance>, Failure> {
    let operation = &operations::SET_SETTINGS;
    let (known, others): (Vec<_>, Vec<_>) = settings.iter().cloned().partition(|(name, _)| {
        let mut arguments = operation.arguments.iter();
        arguments.any(|argument| argument.name == name) || !open
    });
    let mut arguments = values::<SetSettingsRequest>(&known)?;
    for (name, text) in others {
        let meant = instead(&operation.similar_arguments(&name));
        let shown = one_line(&name);
        terminal.warn(&format!("this version knows no setting {shown}{meant}"));
        if !arguments[&name].is_null() {
            return Err(Failure::unsent(format!("{shown} is given twice")));
        }
        arguments[name] = unknown_value(&text);
    }
    let saved =
        |_: &Answer| Some("Saved; the instance restarts, which takes up to 5 minutes".to_owned());
    Ok(if open {
        unchecked(operation.id, None, arguments, saved)
    } else {
        by_name(operation.id, arguments, saved)
    })
}

/// The value of a setting whose kind nobody knows here.
fn unknown_value(text: &str) -> Value {
    let number: Option<i64> = text.parse().ok();
    number
        .filter(|number| number.to_string() == text)
        .map_or_else(|| switch(text), Value::from)
}

/// Converts settings to JSON of the types that the request expects.
pub(crate) fn values<T: DeserializeOwned>(settings: &[(String, String)]) -> Result<Value, Failure> {
    let mut arguments = Map::new();
    for (name, text) in settings {
        let is_good =
            |value: &Value| serde_json::from_value::<T>(json!({ name.as_str(): value })).is_ok();
        let as_text = Value::String(text.clone());
        // Digits for a setting that is a string stay a string: a token can be all digits.
        let as_number = || text.parse().map(|number: i64| Value::from(number)).ok();
        let value = if is_good(&as_text) && !is_number::<T>(name) {
            Some(switch(text))
        } else {
            as_number().filter(is_good)
        };
        // What stands in the place of the number may be a token.
        let value =
            value.ok_or_else(|| Failure::unsent(format!("{name} must be a whole number")))?;
        if arguments.insert(name.clone(), value).is_some() {
            return Err(Failure::unsent(format!("{name} is given twice")));
        }
    }
    Ok(Value::Object(arguments))
}

/// Tells whether a setting is a number.
fn is_number<T: DeserializeOwned>(name: &str) -> bool {
    serde_json::from_value::<T>(json!({ name: "neither yes nor a number" })).is_err()
}

/// Translates what people write for a switch. A URL or a token is never one of these words.
fn switch(text: &str) -> Value {
    match text {
        "true" | "on" => "yes".into(),
        "false" | "off" => "no".into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(settings: &[(&str, &str)]) -> Result<Value, String> {
        let settings: Vec<(String, String)> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        values::<SetSettingsRequest>(&settings).map_err(|failure| failure.message)
    }

    #[test]
    fn settings_have_the_kind_that_the_description_says() {
        let all = [
            ("incomingWebhook", "on"),
            ("delaySendMessagesMilliseconds", "1000"),
            ("webhookUrlToken", "0123"),
            ("webhookUrl", ""),
        ];
        assert_eq!(
            set(&all),
            Ok(
                json!({ "incomingWebhook": "yes", "delaySendMessagesMilliseconds": 1000, "webhookUrlToken": "0123", "webhookUrl": "" })
            )
        );
        assert_eq!(
            set(&[("delaySendMessagesMilliseconds", "soon")]).unwrap_err(),
            "delaySendMessagesMilliseconds must be a whole number; nothing was sent"
        );
        assert!(
            set(&[("stateWebhook", "yes"), ("stateWebhook", "no")])
                .unwrap_err()
                .contains("twice")
        );
    }

    #[test]
    fn a_single_setting_is_its_value_alone() {
        let answer = json!({ "wid": "447700900123@c.us", "delaySendMessagesMilliseconds": 500, "webhookUrlToken": "secret" });
        assert_eq!(
            shown(&answer, &["wid".to_owned()]).unwrap(),
            "447700900123@c.us"
        );
        assert_eq!(
            shown(&answer, &[]).unwrap(),
            "wid                            447700900123@c.us\ndelaySendMessagesMilliseconds  500\nwebhookUrlToken                ***"
        );
    }
}
