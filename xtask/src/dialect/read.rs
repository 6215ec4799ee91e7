//! Reads a value by the grammar, and says everything that does not fit.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// Reads a value by the grammar. Everything that does not fit is refused with its place inside the value and the reason, and `None` returned.
pub fn read<T: DeserializeOwned>(
    value: &Value,
    mut refuse: impl FnMut(&Path, String),
) -> Option<T> {
    let mut value = Cow::Borrowed(value);
    loop {
        let error = match serde_path_to_error::deserialize(&*value) {
            Ok(read) => return matches!(value, Cow::Borrowed(_)).then_some(read),
            Err(error) => error,
        };
        let path = error.path().clone();
        refuse(&path, reword(&error.into_inner().to_string()));
        // What is wrong is left out and the rest read again, so that one run finds everything.
        if !remove(value.to_mut(), &path) {
            return None;
        }
    }
}

/// Serde's words in those of the other refusals.
fn reword(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let given = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    if message.starts_with("unknown field") {
        format!("unknown key `{given}`{}", suggestion(given, &known))
    } else if message.starts_with("unknown variant") {
        format!("is `{given}`; write one of {}", known.join(", "))
    } else if message.starts_with("missing field") {
        format!("has no `{given}`")
    } else {
        match message.split_once("expected struct ") {
            Some((found, _)) => format!("{found}expected a mapping"),
            None => message
                .replace("u64", "a whole number")
                .replace("f64", "a number"),
        }
    }
}

fn suggestion(key: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|known| (strsim::osa_distance(key, known), *known))
        .min();
    match nearest {
        Some((distance, known)) if distance <= 2 => format!("; did you mean `{known}`?"),
        _ => format!("; here the dialect knows {}", known.join(", ")),
    }
}

/// Removes what stands at the path; `false` if there is nothing.
fn remove(value: &mut Value, path: &Path) -> bool {
    let segments: Vec<&Segment> = path.iter().collect();
    let Some((last, parents)) = segments.split_last() else {
        return false;
    };
    let parent = parents
        .iter()
        .try_fold(value, |value, segment| match segment {
            Segment::Map { key } => value.get_mut(key.as_str()),
            Segment::Seq { index } => value.get_mut(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
    match (last, parent) {
        (Segment::Map { key }, Some(Value::Object(map))) => map.shift_remove(key).is_some(),
        (Segment::Seq { index }, Some(Value::Array(list))) if *index < list.len() => {
            list.remove(*index);
            true
        }
        _ => false,
    }
}
