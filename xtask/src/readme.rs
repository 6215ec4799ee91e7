//! The table of methods in the README.

use std::fmt::Write as _;

use crate::operation::{Effect, Operation};

/// What the table stands between.
const BEGIN: &str = "<!-- methods: begin; written by `cargo xtask codegen` -->\n";
const END: &str = "<!-- methods: end -->";

/// The README with a fresh table; `None` if it has no place for one.
#[must_use]
pub fn with_table(readme: &str, operations: &[Operation]) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n{}\n{END}{after}",
        table(operations)
    ))
}

/// As the dialect writes it.
fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Reads => "reads",
        Effect::Sends => "sends",
        Effect::Changes => "changes",
        Effect::Once => "once",
    }
}

fn table(operations: &[Operation]) -> String {
    let mut text = String::from(
        "| section | method | in Rust | verb | requests a second | effect | |\n|---|---|---|---|---|---|---|\n",
    );
    for operation in operations {
        let rate = operation
            .rate_limit
            .map_or_else(String::new, |rate| rate.to_string());
        let mark = match (operation.deprecated, operation.beta) {
            (true, _) => "deprecated",
            (false, true) => "beta",
            (false, false) => "",
        };
        let owner = operation.owner();
        let _ = writeln!(
            text,
            "| {} | [{}]({}) | `{owner}::{}` | {} | {rate} | {} | {mark} |",
            operation.section,
            operation.id,
            operation.documentation,
            operation.snake(),
            operation.verb,
            effect(operation.effect),
        );
    }
    text
}
