//! Whether a request that arrived is the documented one, to the last header.

use serde_json::Value;

use crate::mock::Seen;
use crate::spec::{Body, Request};

/// Headers that every client of HTTP may send; nothing else is expected.
const COMMON: [&str; 6] = [
    "host",
    "accept",
    "accept-encoding",
    "user-agent",
    "content-length",
    "transfer-encoding",
];

/// Returns everything in which it differs.
#[must_use]
pub fn differences(wanted: &Request, seen: &Seen) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expect = |what: &str, wanted: String, seen: String| {
        if wanted != seen {
            problems.push(format!("{what}: documented {wanted}, sent {seen}"));
        }
    };
    expect("verb", wanted.verb.clone(), seen.verb.clone());
    expect("path", wanted.path.clone(), seen.path.clone());
    expect("query", sorted(&wanted.query), sorted(&seen.query));
    for (name, value) in &wanted.headers {
        expect(
            &format!("header {name}"),
            value.clone(),
            seen.header(name).unwrap_or("none").to_owned(),
        );
    }
    let known = |name: &str| {
        COMMON.contains(&name)
            || name == "content-type"
            || wanted.headers.iter().any(|(header, _)| header == name)
    };
    let others: Vec<&str> = seen
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !known(name))
        .collect();
    expect("other headers", String::new(), others.join(", "));

    let content_type = seen.header("content-type");
    let size = format!("{} bytes", seen.body.len());
    match &wanted.body {
        Body::Nothing => {
            expect("body", "0 bytes".to_owned(), size);
            expect(
                "content type",
                "none".to_owned(),
                content_type.unwrap_or("none").to_owned(),
            );
        }
        Body::Json(wanted) => {
            expect(
                "content type",
                "application/json".to_owned(),
                content_type.unwrap_or("none").to_owned(),
            );
            match serde_json::from_slice::<Value>(&seen.body) {
                Ok(body) if same(wanted, &body) => {}
                Ok(body) => expect("body", wanted.to_string(), body.to_string()),
                Err(error) => expect(
                    "body",
                    wanted.to_string(),
                    format!("{size} that are not JSON: {error}"),
                ),
            }
        }
        Body::Form(parts) => {
            let mut wanted: Vec<String> = parts
                .iter()
                .map(|(name, is_file, value)| {
                    format!("{name}{}={value}", if *is_file { " (file)" } else { "" })
                })
                .collect();
            let mut sent = form(content_type.unwrap_or_default(), &seen.body);
            wanted.sort();
            sent.sort();
            expect("form", wanted.join("; "), sent.join("; "));
        }
        Body::Raw(wanted) => expect(
            "body",
            wanted.clone(),
            String::from_utf8_lossy(&seen.body).into_owned(),
        ),
    }
    problems
}

fn sorted(pairs: &[(String, String)]) -> String {
    let mut pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// Returns `true` for the same JSON: 1 and 1.0 are the same number, 1 and "1" are not the same value.
#[must_use]
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

/// The parts of a form, written like the documented ones; what cannot be read is a part that says so.
fn form(content_type: &str, body: &[u8]) -> Vec<String> {
    let Some(boundary) = content_type.strip_prefix("multipart/form-data; boundary=") else {
        return vec![format!("content type {content_type}")];
    };
    let text = String::from_utf8_lossy(body);
    let Some(parts) = text.strip_suffix(&format!("--{boundary}--\r\n")) else {
        return vec!["a form without its end".to_owned()];
    };
    parts
        .split(&format!("--{boundary}\r\n"))
        .skip(1)
        .map(|part| {
            let (head, value) = part.split_once("\r\n\r\n").unwrap_or((part, ""));
            let attribute = |name: &str| {
                head.split(&format!(" {name}=\""))
                    .nth(1)
                    .and_then(|rest| rest.split('"').next())
            };
            let name = attribute("name").unwrap_or("a part without a name");
            let file = if attribute("filename").is_some() {
                " (file)"
            } else {
                ""
            };
            format!(
                "{name}{file}={}",
                value
                    .strip_suffix("\r\n")
                    .unwrap_or("a part without its end")
            )
        })
        .collect()
}
