//! Documented limits, checked before anything is sent.

use green_api_types::models::PhoneNumber;
use green_api_types::operation::{Limit, Operation};
use serde_json::{Map, Value};

use super::arguments::leads_into;
use super::properties::Found;

/// Returns `true` if the limits of an operation have to do with the argument.
pub(super) fn concern(operation: &Operation, argument: &str) -> bool {
    operation.limits.iter().any(|(path, limit)| match limit {
        Limit::FileName(names) => names.contains(&argument),
        _ => path.is_empty() || leads_into(path, argument),
    })
}

/// Says which limit the input breaks, if any. It needs no more than the arguments that the limits [`concern`].
pub(super) fn broken(operation: &Operation, input: &Found) -> Option<String> {
    operation.limits.iter().find_map(|(path, limit)| {
        if let Limit::FileName(names) = limit {
            return nameless(input, names);
        }
        if path.is_empty() {
            let input = Value::Object(input.clone().into_map());
            return breaks(limit, &input).map(|how| format!("the request {how}"));
        }
        let (name, value) = input.find(|name| leads_into(path, name))?;
        let rest = path.get(name.len()..)?.strip_prefix('/');
        let broken = find(value, rest, limit)?;
        Some(format!("`{path}` {broken}"))
    })
}

fn find(value: &Value, path: Option<&str>, limit: &Limit) -> Option<String> {
    let Some(path) = path else {
        return breaks(limit, value);
    };
    let (first, rest) = path
        .split_once('/')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    match value {
        Value::Array(items) if first == "*" => {
            items.iter().find_map(|item| find(item, rest, limit))
        }
        _ => find(value.get(first)?, rest, limit),
    }
}

fn breaks(limit: &Limit, value: &Value) -> Option<String> {
    let items = || {
        value
            .as_array()
            .map(Vec::len)
            .or_else(|| value.as_object().map(Map::len))
    };
    let characters = || value.as_str().map(|text| text.chars().count());
    // There are never more of them than bytes.
    let short = |most| value.as_str().is_some_and(|text| text.len() <= most);
    match *limit {
        Limit::AtLeast(least) => value
            .as_f64()
            .filter(|number| *number < least)
            .map(|number| format!("is {number}, but must be at least {least}")),
        Limit::AtMost(most) => value
            .as_f64()
            .filter(|number| *number > most)
            .map(|number| format!("is {number}, but must be at most {most}")),
        Limit::MinLength(least) => characters()
            .filter(|count| *count < least)
            .map(|count| format!("has {count} characters, but must have at least {least}")),
        Limit::MaxLength(most) if short(most) => None,
        Limit::MaxLength(most) => characters()
            .filter(|count| *count > most)
            .map(|count| format!("has {count} characters, but may have at most {most}")),
        Limit::MinItems(least) => items()
            .filter(|count| *count < least)
            .map(|count| format!("has {}, but must have at least {least}", entries(count))),
        Limit::MaxItems(most) => items()
            .filter(|count| *count > most)
            .map(|count| format!("has {}, but may have at most {most}", entries(count))),
        Limit::UniqueItems => value.as_array().and_then(|items| equal(items)).map(|(one, other)| {
            format!("has the same entry twice, as number {} and number {}; leave one out or write it in another way", one + 1, other + 1)
        }),
        Limit::PhoneNumber => {
            let number = value.as_str()?.parse::<PhoneNumber>();
            number.err().map(|reason| format!("cannot be called: {reason}"))
        }
        // It is of several arguments.
        Limit::FileName(_) => None,
    }
}

/// Says that the file that is sent has a name without an extension, if so.
fn nameless(input: &Found, names: &[&str]) -> Option<String> {
    let given = |name: &&&str| input.get(name).is_some_and(|value| !value.is_null());
    let argument = names.iter().find(given)?;
    let name = input.get(argument)?.as_str()?;
    (!has_extension(name)).then(|| {
        format!("`{argument}`: the file's name has no extension, by which the server decides how the file is shown; write it with one, such as photo.jpg or report.pdf")
    })
}

fn has_extension(name: &str) -> bool {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '~');
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.trim().is_empty() && !extension.is_empty() && extension.chars().all(good)
    })
}

/// The first two items that are equal, blanks around texts apart: nobody could tell those apart.
fn equal(items: &[Value]) -> Option<(usize, usize)> {
    let items: Vec<Value> = items.iter().map(trimmed).collect();
    let indices = 0..items.len();
    indices.into_iter().find_map(|other| {
        let one = items[..other]
            .iter()
            .position(|item| *item == items[other])?;
        Some((one, other))
    })
}

fn trimmed(value: &Value) -> Value {
    match value {
        Value::String(text) => text.trim().into(),
        Value::Array(items) => items.iter().map(trimmed).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), trimmed(value)))
            .collect(),
        other => other.clone(),
    }
}

fn entries(count: usize) -> String {
    if count == 1 {
        "1 entry".to_owned()
    } else {
        format!("{count} entries")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(limits: &'static [(&'static str, Limit)], arguments: Value) -> Option<String> {
        let operation = Operation {
            limits,
            ..green_api_types::operations::GET_SETTINGS
        };
        broken(&operation, &arguments.as_object().unwrap().clone().into())
    }

    #[test]
    fn names_the_argument_and_the_limit() {
        const LIMITS: &[(&str, Limit)] = &[
            ("delay", Limit::AtLeast(500.0)),
            ("delay", Limit::AtMost(600_000.0)),
            ("options", Limit::MinItems(2)),
            ("options/*/name", Limit::MaxLength(3)),
        ];
        assert_eq!(
            check(
                LIMITS,
                json!({"delay": 500, "options": [{"name": "abc"}, {}]})
            ),
            None
        );
        assert_eq!(check(LIMITS, json!({})), None);
        assert_eq!(
            check(LIMITS, json!({"delay": 5})).unwrap(),
            "`delay` is 5, but must be at least 500"
        );
        assert_eq!(
            check(LIMITS, json!({"options": [1]})).unwrap(),
            "`options` has 1 entry, but must have at least 2"
        );
        assert_eq!(
            check(LIMITS, json!({"options": [{}, {"name": "äöüß"}]})).unwrap(),
            "`options/*/name` has 4 characters, but may have at most 3"
        );
    }

    #[test]
    fn a_number_to_call_is_one_that_can_be_called() {
        const LIMITS: &[(&str, Limit)] = &[("buttons/*/phoneNumber", Limit::PhoneNumber)];
        let check = |number| check(LIMITS, json!({"buttons": [{}, {"phoneNumber": number}]}));
        assert_eq!(check("447700900145"), None);
        let broken = check("8 (999) 123-45-67").unwrap();
        assert!(
            broken.starts_with("`buttons/*/phoneNumber` cannot be called: ")
                && broken.contains("such as +7 999"),
            "{broken}"
        );
    }

    #[test]
    fn a_limit_of_the_whole_request_counts_its_arguments() {
        const LIMITS: &[(&str, Limit)] = &[("", Limit::MinItems(1))];
        assert!(
            check(LIMITS, json!({}))
                .unwrap()
                .starts_with("the request has 0 entries")
        );
        assert_eq!(check(LIMITS, json!({"a": 1})), None);
    }
}
