//! Refuses what would be lost, misread or left untested.
//!
//! Every refusal names the file and the place, and says what to write instead. OpenAPI parsers drop unknown keys without a word, so a
//! misspelled `requried` would simply vanish; hence the first module.

mod examples;
mod keys;
mod operations;
mod schemas;

use crate::load::Spec;
use crate::problem::Problems;

/// Checks the whole spec, apart from its examples.
///
/// # Errors
///
/// Everything that was found.
pub fn lint(spec: &Spec) -> Result<(), Problems> {
    let mut problems = Problems::default();
    keys::check(spec, &mut problems);
    problems.or(())?;
    // The other checks read the keys, so they would only repeat what is misspelled.
    let mut problems = Problems::default();
    operations::check(spec, &mut problems);
    schemas::check(spec, &mut problems);
    problems.or(())
}

/// Checks that every operation has example pairs and that every example fits its schema.
///
/// # Errors
///
/// Everything that was found.
pub fn examples(spec: &Spec) -> Result<(), Problems> {
    let mut problems = Problems::default();
    examples::check(spec, &mut problems);
    problems.or(())
}
