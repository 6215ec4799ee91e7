//! The documented examples.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use green_api_types::operation::Operation;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::unknown;

/// The table that `cargo xtask codegen` writes.
#[derive(Deserialize)]
struct Examples {
    errors: BTreeMap<String, Vec<Failure>>,
    operations: BTreeMap<String, Described>,
}

#[derive(Deserialize)]
struct Described {
    errors: Vec<String>,
    examples: BTreeMap<String, Pair>,
}

/// A request and the answer that belongs to it.
#[derive(Deserialize)]
pub(crate) struct Pair {
    pub request: Map<String, Value>,
    #[serde(default)]
    pub answer: Value,
}

/// A documented error.
#[derive(Deserialize)]
pub(crate) struct Failure {
    pub status: u16,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    #[serde(default)]
    pub body: Value,
}

static EXAMPLES: LazyLock<Examples> = LazyLock::new(|| {
    serde_json::from_str(include_str!("examples.json"))
        .unwrap_or_else(|error| unreachable!("the generated table of examples is sound: {error}"))
});

/// The example of that name.
pub(crate) fn pair(operation: &Operation, name: &str) -> &'static Pair {
    let examples = &EXAMPLES.operations[operation.id].examples;
    let known = || examples.keys().map(String::as_str);
    let pair = examples.get(name);
    pair.unwrap_or_else(|| unknown(operation.id, "example", name, known()))
}

/// The documented errors with that status, in the order of the documentation.
pub(crate) fn failures(operation: &Operation, status: u16) -> Vec<&'static Failure> {
    let errors = &EXAMPLES.operations[operation.id].errors;
    let all = errors.iter().flat_map(|name| &EXAMPLES.errors[name]);
    let found: Vec<&Failure> = all
        .clone()
        .filter(|failure| failure.status == status)
        .collect();
    if found.is_empty() {
        let mut known: Vec<String> = all.map(|failure| failure.status.to_string()).collect();
        known.dedup();
        unknown(
            operation.id,
            "documented error",
            status,
            known.iter().map(String::as_str),
        );
    }
    found
}
