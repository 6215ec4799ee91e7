//! From JSON to the input of an operation, and what is said when it is wrong: the field and the kind of mistake, never the value.

use green_api_client::Extra;
use green_api_types::__private::without_value;
use green_api_types::operation::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::arguments::arguments;
use super::super::input_error;
use crate::Error;

/// The longest name of a field that is repeated to the caller.
const LONGEST_NAME: usize = 48;

/// Reads an input. What its type does not know would be dropped without a word: it is refused, or the arguments that have it are added whole.
pub(super) fn read<I: DeserializeOwned + Serialize>(
    operation: &Operation,
    given: Value,
    has_extra: bool,
    extra: &mut Extra,
) -> Result<I, Error> {
    let input: I = serde_path_to_error::deserialize(&given)
        .map_err(|error| misfit(operation, error.path(), error.inner()))?;
    keep(
        operation,
        &given,
        arguments(&input, &|_| true).map(|kept| Value::Object(kept.into_map())),
        has_extra,
        extra,
    )?;
    Ok(input)
}

fn misfit(
    operation: &Operation,
    path: &serde_path_to_error::Path,
    reason: &serde_json::Error,
) -> Error {
    Error::invalid(operation.id, explain(path, &reason.to_string()))
}

/// Compares what was given with what the type kept of it.
fn keep(
    operation: &Operation,
    given: &Value,
    kept: serde_json::Result<Value>,
    has_extra: bool,
    extra: &mut Extra,
) -> Result<(), Error> {
    let kept = input_error(operation, kept)?;
    if !has_extra {
        return match lost(given, &kept, "") {
            Some(path) => Err(Error::invalid(operation.id, format!("{path} is unknown"))),
            None => Ok(()),
        };
    }
    for (name, given) in given.as_object().into_iter().flatten() {
        if let Some(kept) = kept.get(name)
            && lost(given, kept, "").is_some()
        {
            extra.insert(name.clone(), with_lost(given, kept));
        }
    }
    Ok(())
}

/// A name that is surely meant as one: it is shown, while a text in its place may be a message or a secret.
pub(super) fn as_field(name: &str) -> Option<&str> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (!name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(good)).then_some(name)
}

/// The place and serde's reason, without the value that it quotes.
fn explain(path: &serde_path_to_error::Path, reason: &str) -> String {
    use serde_path_to_error::Segment;
    let mut place = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => place.push_str(&format!("[{index}]")),
            Segment::Map { key } => join(&mut place, as_field(key).unwrap_or("…")),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let reason = without_value(reason);
    if place.is_empty() {
        reason
    } else {
        format!("`{place}`: {reason}")
    }
}

fn join(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// Returns the first place in `given` that `kept` has not.
fn lost(given: &Value, kept: &Value, path: &str) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(key, value)| {
            let mut inside = path.to_owned();
            match (kept.get(key), as_field(key)) {
                (Some(inner), name) => {
                    join(&mut inside, name.unwrap_or("…"));
                    lost(value, inner, &inside)
                }
                // Left out means the same.
                (None, _) if value.is_null() || value.as_array().is_some_and(Vec::is_empty) => None,
                (None, Some(name)) => {
                    join(&mut inside, name);
                    Some(format!("`{inside}`"))
                }
                (None, None) => Some(format!("a field of `{path}`")),
            }
        }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (given, kept))| lost(given, kept, &format!("{path}[{index}]"))),
        _ => None,
    }
}

/// What is kept, and beside it what is not.
fn with_lost(given: &Value, kept: &Value) -> Value {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            let mut all = kept.clone();
            for (key, value) in given {
                let value = match kept.get(key) {
                    Some(kept) => with_lost(value, kept),
                    None => value.clone(),
                };
                all.insert(key.clone(), value);
            }
            Value::Object(all)
        }
        (Value::Array(given), Value::Array(kept)) if given.len() == kept.len() => {
            let items = given.iter().zip(kept);
            items.map(|(given, kept)| with_lost(given, kept)).collect()
        }
        (_, kept) => kept.clone(),
    }
}
