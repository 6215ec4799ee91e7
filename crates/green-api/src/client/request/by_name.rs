//! Calls by documented name, with the input as JSON.

use std::future::Future;
use std::pin::Pin;

use green_api_types::operation::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Account, Answer, Call, Request};
use crate::Error;

/// Calls one operation for an account.
pub type ByName<A> = fn(&A, Value) -> Calling;

/// A call under way.
pub type Calling = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

/// Calls the operation of that documented name.
pub(crate) async fn call<A: Account>(
    account: &A,
    name: &str,
    input: Value,
) -> Result<Answer, Error> {
    let operation =
        Operation::find(name).ok_or_else(|| Error::invalid(name, unknown_operation(name)))?;
    let invalid = |message: String| Error::invalid(operation.id, message);
    let input = match input {
        Value::Null => Value::Object(Map::new()),
        Value::Object(fields) => match unknown_argument(operation, &fields) {
            Some(message) => return Err(invalid(message)),
            None => Value::Object(fields),
        },
        _ => return Err(invalid("the arguments must be a JSON object".to_owned())),
    };
    let call = A::operation(name)
        .ok_or_else(|| invalid("the operation is called with other credentials".to_owned()))?;
    call(account, input).await
}

/// Calls the operation `O`: one arm of the generated dispatch.
pub(crate) fn by_name<O: Call>(account: &O::Account, input: Value) -> Calling {
    let request = read(O::OPERATION, input).map(|input| Request::<O>::new(account, input));
    Box::pin(async move { request?.answer().await })
}

fn unknown_operation(name: &str) -> String {
    let all = green_api_types::operations::ALL;
    match all
        .iter()
        .find(|operation| operation.id.eq_ignore_ascii_case(name) || operation.name == name)
    {
        Some(meant) => format!(
            "there is no operation of this name; did you mean `{}`?",
            meant.id
        ),
        None => "there is no operation of this name".to_owned(),
    }
}

fn unknown_argument(operation: &Operation, fields: &Map<String, Value>) -> Option<String> {
    let known: Vec<&str> = operation
        .arguments
        .iter()
        .map(|argument| argument.name)
        .collect();
    let unknown = fields.keys().find(|key| !known.contains(&key.as_str()))?;
    let takes = if known.is_empty() {
        "takes no arguments".to_owned()
    } else {
        format!("takes {}", known.join(", "))
    };
    Some(format!(
        "there is no argument `{unknown}`; the operation {takes}"
    ))
}

/// Reads an input, and refuses what its type does not know, which would be dropped without a word.
fn read<I: DeserializeOwned + Serialize>(operation: &Operation, given: Value) -> Result<I, Error> {
    let invalid = |message: String| Error::invalid(operation.id, message);
    let input: I = serde_path_to_error::deserialize(&given).map_err(|error| {
        let (path, reason) = (
            error.path().to_string(),
            without_value(&error.inner().to_string()),
        );
        invalid(if path == "." {
            reason
        } else {
            format!("`{path}`: {reason}")
        })
    })?;
    let kept = super::input_error(operation, serde_json::to_value(&input))?;
    match lost(&given, &kept, String::new()) {
        Some(path) => Err(invalid(format!("`{path}` is unknown"))),
        None => Ok(input),
    }
}

/// serde's reason without the value that it quotes, which may be a message or a secret.
fn without_value(reason: &str) -> String {
    let quoting = ["invalid type", "invalid value", "unknown variant"];
    let kind = quoting.into_iter().find(|kind| reason.starts_with(kind));
    match (kind, reason.rsplit_once(", expected ")) {
        (Some(kind), Some((_, expected))) => format!("{kind}, expected {expected}"),
        _ => reason.to_owned(),
    }
}

/// Returns the first place in `given` that `kept` has not.
fn lost(given: &Value, kept: &Value, path: String) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(key, value)| {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            match kept.get(key) {
                Some(inner) => lost(value, inner, path),
                // Left out means the same.
                None if value.is_null() || value.as_array().is_some_and(Vec::is_empty) => None,
                None => Some(path),
            }
        }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (given, kept))| lost(given, kept, format!("{path}[{index}]"))),
        _ => None,
    }
}
