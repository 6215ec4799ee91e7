//! Code generation for the GREEN-API workspace.
//!
//! `spec/` goes in, Rust comes out, in five steps that each have a module: [`load`] and bundle, [`lint`], [`lower`] to what
//! progenitor accepts, [`generate`], and [`write`](mod@write). Nothing else in the workspace runs progenitor.

#![deny(missing_docs)]

pub mod bundle;
pub mod generate;
pub mod ledger;
pub mod lint;
pub mod load;
pub mod lower;
pub mod operation;
pub mod problem;
pub mod readme;
pub mod write;

use std::path::Path;

use problem::Problems;
use write::Output;

/// Everything one run of code generation makes, nothing written yet.
#[derive(Debug)]
pub struct Generated {
    /// The files, with paths relative to the workspace root.
    pub outputs: Vec<Output>,
    /// One line an operation: generated or not, and why.
    pub ledger: String,
}

/// Where generated code goes and what it calls the crates around it.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The name under which generated code reaches the crate of types.
    pub types_crate: &'static str,
    /// The name under which generated code reaches the low-level client crate.
    pub client_crate: &'static str,
    /// Folder of the generated types and tables.
    pub types: &'static str,
    /// Folder of the low-level client's generated methods.
    pub client: &'static str,
    /// Folder of the wrapper's generated modules.
    pub sdk: &'static str,
    /// The examples of the spec, for the mocks.
    pub examples: &'static str,
    /// The bundle, for people and other tools.
    pub bundle: &'static str,
    /// The bundle on one line, for the crate that embeds it: it carries its own copy, so that it can be packaged.
    pub embedded: Option<&'static str>,
    /// A file with a place for the table of methods.
    pub readme: Option<&'static str>,
}

/// The layout of this workspace.
pub const WORKSPACE: Layout = Layout {
    types_crate: "green_api_types",
    client_crate: "green_api_client",
    types: "crates/green-api-types/src/generated",
    client: "crates/green-api-client/src/generated",
    sdk: "crates/green-api/src/client/generated",
    examples: "crates/green-api-httpmock/src/examples.json",
    bundle: "spec/openapi.json",
    embedded: Some("crates/green-api-sandbox/openapi.json"),
    readme: Some("README.md"),
};

/// Reads the spec in `folder` and generates everything, in memory. Other files are taken from the folder above it.
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
        let made = make(&spec, layout);
        (examples.join(), made)
    });
    examples.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let (operations, code) = made?;
    let mut outputs = write::outputs(&spec, code, layout);
    outputs.extend(readme(folder, &operations, layout));
    Ok(Generated {
        outputs,
        ledger: ledger::ledger(&operations),
    })
}

fn make(
    spec: &load::Spec,
    layout: &Layout,
) -> Result<(Vec<operation::Operation>, generate::Code), Problems> {
    let operations = operation::read(spec)?;
    let lowered = lower::lower(spec, &operations);
    let code = generate::generate(spec, &operations, &lowered, layout)?;
    Ok((operations, code))
}

fn readme(folder: &Path, operations: &[operation::Operation], layout: &Layout) -> Option<Output> {
    let path = layout.readme?;
    let text = std::fs::read_to_string(folder.parent()?.join(path)).ok()?;
    Some(Output {
        path: path.to_owned(),
        text: readme::with_table(&text.replace("\r\n", "\n"), operations)?,
    })
}
