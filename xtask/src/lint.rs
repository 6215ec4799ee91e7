//! Refuses what would be lost, misread or left untested.
//!
//! Every refusal names the file and the place, and says what to write instead. Keys that the dialect does not know are refused before, by
//! the grammar.

mod examples;
mod operations;
mod references;
mod schemas;

use crate::load::Spec;
use crate::problem::Problems;

/// Checks the whole spec, apart from its examples, and refuses everything that it finds.
pub fn lint(spec: &Spec) -> Result<(), Problems> {
    let mut problems = Problems::default();
    references::check(spec, &mut problems);
    // The other checks follow references.
    problems.or(())?;
    let mut problems = Problems::default();
    operations::check(spec, &mut problems);
    schemas::check(spec, &mut problems);
    problems.or(())
}

/// Checks that every operation has example pairs and that every example fits its schema.
pub fn examples(spec: &Spec) -> Result<(), Problems> {
    let mut problems = Problems::default();
    examples::check(spec, &mut problems);
    problems.or(())
}
