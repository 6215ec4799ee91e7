//! What is wrong with the spec, said so that it can be mended.

use std::fmt;

/// One thing that must be mended before code can be generated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file it is in, relative to the spec folder.
    pub file: String,
    /// The operation or schema, and the place within it.
    pub place: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spec/{}: {}: {}", self.file, self.place, self.message)
    }
}

/// All problems of one run, so that nobody mends them one run at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Notes one more problem.
    pub fn add(
        &mut self,
        file: impl Into<String>,
        place: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.0.push(Problem {
            file: file.into(),
            place: place.into(),
            message: message.into(),
        });
    }

    /// Returns the given value unless there are problems.
    ///
    /// # Errors
    ///
    /// The problems, sorted and without repetitions.
    pub fn or<T>(mut self, value: T) -> Result<T, Self> {
        self.0.sort();
        self.0.dedup();
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// Makes the problems of a run that ends at this file.
    pub fn of_file(file: &str, message: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(file, "the file", message);
        problems
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        let count = self.0.len();
        write!(
            f,
            "{count} problem{} in the spec; nothing was generated",
            if count == 1 { "" } else { "s" }
        )
    }
}

impl std::error::Error for Problems {}
