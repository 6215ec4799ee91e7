//! Asking before something that cannot be undone.

use std::io::{self, IsTerminal, Write};

use crate::failure::{Failure, Stop};
use crate::output::Output;

/// Goes on if the person says so, on the line or when asked. Where nobody can be asked, it has to be said on the line.
pub(crate) fn confirm<O: Write, E: Write>(
    what: &str,
    yes: bool,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    if yes {
        return Ok(());
    }
    if !output.is_live() || !io::stdin().is_terminal() {
        return Err(Failure::input(format!(
            "{what}; say --yes if that is meant; nothing was sent"
        ))
        .into());
    }
    output.ask(&format!("{what}. Go on? [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|error| {
        Failure::input(format!(
            "the answer cannot be read: {error}; nothing was sent"
        ))
    })?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Failure::input("left alone; nothing was sent").into())
    }
}
