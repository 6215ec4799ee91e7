//! The table of methods, for people.

use std::fmt::Write as _;

use crate::operation::Operation;

const HEAD: &str = "\
# Methods

Every method of GREEN-API that this repository knows, in the order of the documentation. `cargo xtask codegen` writes this file from the
descriptions in this folder.

* **method** links to its page in the documentation.
* **in Rust** is the method of the `green-api` crate: of an `Instance`, or of a `Partner`.
* **requests a second** is the documented rate limit, of each instance; empty where none is documented.
* **effect** says what a call does, and so when it is repeated after a failure:
  * `reads` changes nothing, so it is repeated after connection errors and the statuses 429 and 502 to 504;
  * `sends` sends a message or a status, and `changes` changes something else: both are repeated only if the request provably did not
    leave, or was refused with 429;
  * `once` is never repeated.
* The last column marks what the documentation calls beta or deprecated.

| section | method | in Rust | verb | requests a second | effect | |
|---|---|---|---|---|---|---|
";

/// Returns the whole file.
pub fn methods(operations: &[Operation]) -> String {
    let mut text = HEAD.to_owned();
    for operation in operations {
        let rate = operation.rate_limit.map(|rate| rate.to_string());
        let rate = rate.unwrap_or_default();
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
            format!("{:?}", operation.effect).to_lowercase(),
        );
    }
    text
}
