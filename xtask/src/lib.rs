//! Code generation for the GREEN-API workspace.
//!
//! `spec/` goes in, Rust comes out, in five steps that each have a module: `load` and `bundle` read it by the grammar in `dialect`, `lint`
//! refuses, `lower` turns it into what progenitor accepts, `generate` makes the code, and `write` puts it in place. Nothing else in the
//! workspace runs progenitor.

#![deny(missing_docs)]

pub mod bench;
mod bundle;
mod dialect;
mod generate;
mod json;
mod layout;
mod ledger;
mod lint;
mod load;
mod lower;
mod methods;
mod names;
mod operation;
mod postman;
mod problem;
mod tools;
mod write;

use std::path::Path;

pub use layout::{Layout, WORKSPACE};
pub use problem::{Problem, Problems};
pub use write::Output;

/// Everything one run of code generation makes, nothing written yet.
#[derive(Debug)]
pub struct Generated {
    /// The files, with paths relative to the workspace root.
    pub outputs: Vec<Output>,
    /// How many operations there are, and what wrote them.
    pub summary: String,
    /// The same, one line an operation.
    pub details: String,
}

/// Reads the spec in `folder` and generates everything, in memory.
///
/// # Errors
///
/// Every problem found, each naming the file, the place in it and what to write instead.
pub fn run(folder: &Path, layout: &Layout) -> Result<Generated, Problems> {
    let spec = load::load(folder)?;
    lint::lint(&spec)?;
    // The examples take as long to check as a good part of the code takes to make, and neither needs the other.
    let (examples, made) = std::thread::scope(|scope| {
        let examples = scope.spawn(|| lint::examples(&spec));
        let made = operation::read(&spec).and_then(|operations| {
            let lowered = lower::lower(&spec, &operations);
            let files = generate::generate(&spec, &operations, &lowered, layout)?;
            Ok((operations, files))
        });
        (examples.join(), made)
    });
    examples.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let (operations, files) = made?;
    Ok(Generated {
        outputs: write::outputs(&spec, files, layout),
        summary: ledger::summary(&operations),
        details: ledger::details(&operations),
    })
}
