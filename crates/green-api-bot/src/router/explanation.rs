//! Why a notification goes where it goes.

use std::fmt;

use crate::filter::Reason;

/// The route that a notification takes, and why; returned by [`Bot::explain`](crate::Bot::explain).
///
/// Its `Display` is a line for each route up to the one that fits, with the parts of its filter, and nothing that people wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    what: String,
    /// Up to the first that fits.
    routes: Vec<Reason>,
    has_fallback: bool,
}

impl Explanation {
    pub(super) fn new(what: String, mut routes: Vec<Reason>, has_fallback: bool) -> Self {
        if let Some(first) = routes.iter().position(|route| route.fits) {
            routes.truncate(first.saturating_add(1));
        }
        Self {
            what,
            routes,
            has_fallback,
        }
    }

    /// Returns the name of the route, which is that of its filter, or `fallback`; `None` if nothing is for it.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        let last = self.routes.last().filter(|route| route.fits);
        last.map(|route| route.name.as_str())
            .or(self.has_fallback.then_some(super::FALLBACK))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} goes to ", self.what)?;
        match self.route() {
            Some(name) => writeln!(f, "the route `{name}`")?,
            None => writeln!(f, "no route")?,
        }
        for (number, route) in self.routes.iter().enumerate() {
            write!(f, "{}. ", number.saturating_add(1))?;
            line(f, route, 0)?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, reason: &Reason, depth: usize) -> fmt::Result {
    let verdict = if reason.fits { "fits" } else { "does not fit" };
    writeln!(f, "{}: {verdict}", reason.name)?;
    for part in &reason.parts {
        write!(f, "   {:1$}", "", depth.saturating_mul(2))?;
        line(f, part, depth.saturating_add(1))?;
    }
    Ok(())
}
